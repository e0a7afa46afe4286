//! What is known of a toolkit without its tools: little enough to be read for every app at every start.

use composio_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::{Entries, Integration, Toolkit};

const MAGIC: &str = "composio-facts 1 ";

/// A toolkit without its tools and schemas, and how many tools it has.
///
/// ```
/// use composio_catalog::{Facts, Integration, compile};
///
/// let integration = Integration::parse(b"name: Demo\nunique_key: demo")?;
/// let document = br#"{"openapi": "3.1.0", "info": {"title": "d", "version": "1"}, "paths": {
///     "/me": {"get": {"summary": "Who am I", "responses": {"200": {"description": "ok"}}}}}}"#;
/// let toolkit = compile(integration, document, "20260101_00")?.toolkit;
/// let facts = Facts::from_stored(&Facts::of(&toolkit).to_stored()?)?;
/// assert_eq!((facts.toolkit.slug.as_str(), facts.tools), ("demo", 1));
/// assert!(facts.toolkit.tools.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts {
    /// The toolkit; its `tools` and `schemas` are empty, whatever it has.
    pub toolkit: Toolkit,
    /// How many tools it has.
    pub tools: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    slug: String,
    version: String,
    integration: Integration,
    base_url: Option<String>,
    hosts: Vec<String>,
    servers: Vec<String>,
    tools: usize,
}

impl Facts {
    /// Those of `toolkit`.
    #[must_use]
    pub fn of(toolkit: &Toolkit) -> Self {
        Self {
            toolkit: Toolkit {
                slug: toolkit.slug.clone(),
                version: toolkit.version.clone(),
                integration: toolkit.integration.clone(),
                base_url: toolkit.base_url.clone(),
                hosts: toolkit.hosts.clone(),
                servers: toolkit.servers.clone(),
                tools: Entries::default(),
                schemas: Entries::default(),
            },
            tools: toolkit.tools.len(),
        }
    }

    /// The facts as a text for [`Facts::from_stored`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if they have no such form.
    pub fn to_stored(&self) -> Result<String> {
        let toolkit = &self.toolkit;
        let kept = Kept {
            slug: toolkit.slug.clone(),
            version: toolkit.version.clone(),
            integration: toolkit.integration.clone(),
            base_url: toolkit.base_url.clone(),
            hosts: toolkit.hosts.clone(),
            servers: toolkit.servers.clone(),
            tools: self.tools,
        };
        let json = serde_json::to_string(&kept).map_err(|error| {
            let message = format!("the app {} cannot be stored", toolkit.slug);
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        let checksum = crc32fast::hash(json.as_bytes());
        Ok(format!("{MAGIC}{checksum:08x}\n{json}"))
    }

    /// Whether `text` is what [`Facts::to_stored`] of this version wrote. Reading it takes longer.
    #[must_use]
    pub fn are_whole(text: &str) -> bool {
        json(text).is_some()
    }

    /// Reads what [`Facts::to_stored`] wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if the text is damaged, or another version's: take them of the toolkit again.
    pub fn from_stored(text: &str) -> Result<Self> {
        let damaged = || {
            let message = "the stored facts are damaged, or were written by another version";
            Error::new(ErrorKind::Internal, message)
        };
        let json = json(text).ok_or_else(damaged)?;
        let kept: Kept =
            serde_json::from_str(json).map_err(|error| damaged().with_source(error))?;
        Ok(Self {
            toolkit: Toolkit {
                slug: kept.slug,
                version: kept.version,
                integration: kept.integration,
                base_url: kept.base_url,
                hosts: kept.hosts,
                servers: kept.servers,
                tools: Entries::default(),
                schemas: Entries::default(),
            },
            tools: kept.tools,
        })
    }
}

fn json(text: &str) -> Option<&str> {
    let (line, json) = text.split_once('\n')?;
    let checksum = u32::from_str_radix(line.strip_prefix(MAGIC)?, 16).ok()?;
    (crc32fast::hash(json.as_bytes()) == checksum).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::Facts;
    use crate::{Integration, compile};

    const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "d", "version": "1"},
        "servers": [{"url": "https://api.demo.example"}], "paths": {
        "/me": {"get": {"summary": "Who am I", "responses": {"200": {"description": "ok"}}}}}}"#;

    fn facts() -> Facts {
        let yaml = "name: Demo\nunique_key: demo\nauth_schemes: [{name: key, auth_mode: API_KEY}]";
        let integration = Integration::parse(yaml.as_bytes()).unwrap();
        let compiled = compile(integration, DOCUMENT.as_bytes(), "20260101_00").unwrap();
        Facts::of(&compiled.toolkit)
    }

    #[test]
    fn facts_come_back_as_they_were() {
        let facts = facts();
        let text = facts.to_stored().unwrap();
        assert!(Facts::are_whole(&text));
        let read = Facts::from_stored(&text).unwrap();
        assert_eq!(read.tools, 1);
        assert_eq!(read.toolkit.hosts, ["api.demo.example"]);
        assert_eq!(
            serde_json::to_value(&read.toolkit).unwrap(),
            serde_json::to_value(&facts.toolkit).unwrap()
        );
    }

    #[test]
    fn any_other_byte_anywhere_and_any_cut_is_noticed() {
        let text = facts().to_stored().unwrap();
        for place in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] ^= 1;
            if let Ok(other) = String::from_utf8(other) {
                assert!(!Facts::are_whole(&other), "byte {place}");
                assert!(Facts::from_stored(&other).is_err(), "byte {place}");
            }
            assert!(
                Facts::from_stored(&text[..place]).is_err(),
                "cut at {place}"
            );
        }
    }
}
