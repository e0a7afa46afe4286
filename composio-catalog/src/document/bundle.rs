//! A document and those that it refers to become one that stands alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use url::Url;

use super::{join::Join, read, servers};
use crate::CompileError;

/// More documents than this are not read for one app.
const MAX_DOCUMENTS: usize = 64;
/// All of them together, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// A document with references to others, and what was fetched of those. Nothing is fetched here: whoever has a `Bundle`
/// asks what is [`missing`](Self::missing) and gives it, until nothing is.
///
/// ```
/// use composio_catalog::Bundle;
///
/// let document = br#"{"openapi": "3.0.3", "info": {"title": "Desk", "version": "1"}, "servers": [{"url": "/v1"}],
///     "paths": {"/ticket": {"get": {"responses": {"200": {"description": "ok", "content": {"application/json": {
///         "schema": {"$ref": "schemas.yaml#/Ticket"}}}}}}}}}"#;
/// let mut bundle = Bundle::new(document.to_vec(), "https://desk.example/api/openapi.json")?;
/// assert_eq!(bundle.missing(), ["https://desk.example/api/schemas.yaml"]);
/// bundle.add("https://desk.example/api/schemas.yaml", b"Ticket: {type: object}".to_vec())?;
/// assert!(bundle.missing().is_empty());
/// let alone = String::from_utf8(bundle.finish()?)?;
/// assert!(alone.contains("#/components/schemas/Ticket") && alone.contains("https://desk.example/v1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Bundle {
    address: Url,
    documents: BTreeMap<String, Vec<u8>>,
    missing: BTreeSet<String>,
    refused: HashSet<String>,
}

impl Bundle {
    /// `address` is where the document was found, as an absolute address: `https:`, or `file:` for a file. References and
    /// servers are read relative to it.
    ///
    /// # Errors
    ///
    /// [`CompileError::Syntax`] if `address` is none, [`CompileError::TooLarge`] over 64 MiB.
    pub fn new(document: Vec<u8>, address: &str) -> Result<Self, CompileError> {
        let address = Url::parse(address)
            .map_err(|error| CompileError::Syntax(format!("its address is none: {error}")))?;
        let mut bundle = Self {
            address: without_fragment(address),
            documents: BTreeMap::new(),
            missing: BTreeSet::new(),
            refused: HashSet::new(),
        };
        let address = bundle.address.to_string();
        bundle.take(&address, document)?;
        Ok(bundle)
    }

    /// The addresses of documents that are referred to and not there yet, in the order of the alphabet.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        self.missing.iter().map(String::as_str).collect()
    }

    /// Gives the document at an address that [`missing`](Self::missing) named.
    ///
    /// # Errors
    ///
    /// [`CompileError::TooLarge`] if there are more than 64 documents, or if all have more than 64 MiB.
    pub fn add(&mut self, address: &str, document: Vec<u8>) -> Result<(), CompileError> {
        self.missing.remove(address);
        self.take(address, document)
    }

    /// Says that a document cannot be had. What refers to it admits anything, and the report of the compilation names it.
    pub fn refuse(&mut self, address: &str) {
        self.missing.remove(address);
        self.refused.insert(address.to_owned());
    }

    fn take(&mut self, address: &str, document: Vec<u8>) -> Result<(), CompileError> {
        let bytes: usize = self.documents.values().map(Vec::len).sum();
        if self.documents.len() >= MAX_DOCUMENTS || bytes + document.len() > MAX_BYTES {
            let message =
                format!("it refers to over {MAX_DOCUMENTS} documents or {MAX_BYTES} bytes");
            return Err(CompileError::TooLarge(message));
        }
        if let Ok(base) = Url::parse(address)
            && let Some(references) = references(&document)
        {
            for reference in references {
                let Some(target) = joined(&base, &reference) else {
                    continue;
                };
                let target = target.to_string();
                if target != address
                    && !self.documents.contains_key(&target)
                    && !self.refused.contains(&target)
                {
                    self.missing.insert(target);
                }
            }
        }
        self.documents.insert(address.to_owned(), document);
        Ok(())
    }

    /// The document that stands alone: as it was if it did, else as JSON. What could not be had is referred to as before.
    ///
    /// # Errors
    ///
    /// [`CompileError`] if one of the documents cannot be read, or if what they refer to is too much.
    pub fn finish(mut self) -> Result<Vec<u8>, CompileError> {
        let address = self.address.to_string();
        let main = self.documents.remove(&address).unwrap_or_default();
        if self.documents.is_empty() && !has_relative_server(&main) {
            return Ok(main);
        }
        let mut others = HashMap::new();
        for (address, bytes) in &self.documents {
            // An error here is the one document's alone: what refers to it stays as it is.
            if let Ok(node) = read::parse(bytes) {
                others.insert(address.as_str(), node);
            }
        }
        let root = read::parse(&main)?;
        let mut joined = Join::of(&root, &self.address, &others)?;
        if self.address.scheme() != "file" {
            servers::resolve(&mut joined, &self.address, 0);
        }
        serde_json::to_vec(&joined).map_err(|error| CompileError::Syntax(error.to_string()))
    }
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

/// The document that a reference leads to, from one at `base`.
pub(super) fn joined(base: &Url, reference: &str) -> Option<Url> {
    let (file, _) = reference.split_once('#').unwrap_or((reference, ""));
    let url = base.join(file).ok().map(without_fragment)?;
    // A document from the network never leads to files of this machine.
    let is_near =
        url.scheme() == base.scheme() || base.scheme() == "file" && url.scheme() == "https";
    (is_near && matches!(url.scheme(), "https" | "http" | "file")).then_some(url)
}

/// The references of a document that lead out of it. They are searched in the text: most documents have none, and need
/// not be read twice. What only looks like one does no harm.
fn references(document: &[u8]) -> Option<BTreeSet<String>> {
    let text = std::str::from_utf8(document).ok()?;
    let mut found = BTreeSet::new();
    for (at, key) in text.match_indices("$ref") {
        let behind = text.get(at + key.len()..)?;
        let behind = behind.trim_start_matches(['"', '\'', ' ']);
        let Some(value) = behind.strip_prefix(':') else {
            continue;
        };
        let value = value.trim_start();
        let (value, ends): (&str, &[char]) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                (value.get(1..)?, if quote == '"' { &['"'] } else { &['\''] })
            }
            _ => (value, &['\n', '\r', ' ', ',', '}']),
        };
        let value = value.split(ends).next().unwrap_or_default();
        if !value.is_empty() && !value.starts_with('#') && value.len() <= 2_048 {
            found.insert(value.replace("\\/", "/"));
        }
    }
    Some(found)
}

/// Whether some server's address may be relative; one that is absolute has a scheme.
fn has_relative_server(document: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(document) else {
        return false;
    };
    match text.find("servers") {
        Some(_) => text.match_indices("url").any(|(at, key)| {
            let behind = text.get(at + key.len()..).unwrap_or_default();
            let behind = behind.trim_start_matches(['"', '\'', ' ', ':']);
            behind.starts_with(['/', '.'])
        }),
        // Swagger 2.0 without a host, and OpenAPI 3 without a server, are served from where they were found.
        None => !text.contains("\"host\"") && !text.contains("host:"),
    }
}
