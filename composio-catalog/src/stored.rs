//! How a compiled toolkit is kept: a text of which little must be read before the first call.
//!
//! ```text
//! composio-toolkit 1 <CRC-32 of all that follows the line, in hex> <length of the header>\n
//! <header: JSON of the facts, and the names and lengths of the tools and the schemas>
//! <the tools, then the schemas, in JSON, one after the other>
//! ```

use std::sync::Arc;

use composio_core::{Error, ErrorKind, Result};
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};

use crate::{Entries, Integration, ToolPlan, Toolkit};

const MAGIC: &str = "composio-toolkit 1 ";

#[derive(Debug, Serialize)]
struct Header<'t> {
    slug: &'t str,
    version: &'t str,
    integration: &'t Integration,
    base_url: Option<&'t str>,
    hosts: &'t [String],
    servers: &'t [String],
    tools: Vec<(&'t str, usize)>,
    schemas: Vec<(&'t str, usize)>,
}

#[derive(Debug, Deserialize)]
struct ReadHeader {
    slug: String,
    version: String,
    integration: Integration,
    base_url: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    // Absent in what earlier versions wrote.
    servers: Option<Vec<String>>,
    tools: Vec<(String, usize)>,
    schemas: Vec<(String, usize)>,
}

impl Toolkit {
    /// The toolkit as a text for [`Toolkit::from_stored`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if it has no such form.
    pub fn to_stored(&self) -> Result<String> {
        self.write().map_err(|error| {
            let message = format!("the app {} cannot be stored", self.slug);
            Error::new(ErrorKind::Internal, message).with_source(error)
        })
    }

    fn write(&self) -> serde_json::Result<String> {
        let mut bodies = String::new();
        let header = Header {
            slug: &self.slug,
            version: &self.version,
            integration: &self.integration,
            base_url: self.base_url.as_deref(),
            hosts: &self.hosts,
            servers: &self.servers,
            tools: self.tools.store(&mut bodies)?,
            schemas: self.schemas.store(&mut bodies)?,
        };
        let mut text = serde_json::to_string(&header)?;
        let length = text.len();
        text.push_str(&bodies);
        let checksum = crc32fast::hash(text.as_bytes());
        text.insert_str(0, &format!("{MAGIC}{checksum:08x} {length}\n"));
        Ok(text)
    }

    /// Reads what [`Toolkit::to_stored`] wrote. Tools and schemas stay text until they are asked for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if the text is damaged, or another version's.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Result<Self> {
        let text = text.into();
        let Some((header, start)) = header(&text) else {
            let message = "the stored toolkit is damaged, or was written by another version";
            return Err(Error::new(ErrorKind::Internal, message));
        };
        let read = header.and_then(|header| {
            let (tools, end) = Entries::stored(&text, start, header.tools)?;
            let (schemas, end) = Entries::stored(&text, end, header.schemas)?;
            (end == text.len()).then_some(Self {
                slug: header.slug,
                version: header.version,
                integration: header.integration,
                base_url: header.base_url,
                hosts: header.hosts,
                servers: header.servers.unwrap_or_else(|| servers(&tools)),
                tools,
                schemas,
            })
        });
        read.ok_or_else(|| {
            let message = "the stored toolkit is not what its header says";
            Error::new(ErrorKind::Internal, message)
        })
    }
}

/// The servers of the tools that have their own, each once.
fn servers(tools: &Entries<ToolPlan>) -> Vec<String> {
    let servers = tools.values().filter_map(|plan| plan.server.as_ref());
    let servers: IndexSet<&String> = servers.collect();
    servers.into_iter().cloned().collect()
}

/// The header, if it can be read, and where the bodies begin; `None` if the text is not what was written.
fn header(text: &str) -> Option<(Option<ReadHeader>, usize)> {
    let (line, rest) = text.split_once('\n')?;
    let (checksum, length) = line.strip_prefix(MAGIC)?.split_once(' ')?;
    let checksum = u32::from_str_radix(checksum, 16).ok()?;
    let length: usize = length.parse().ok()?;
    if crc32fast::hash(rest.as_bytes()) != checksum {
        return None;
    }
    let header = serde_json::from_str(rest.get(..length)?).ok();
    Some((header, line.len() + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::MAGIC;
    use crate::{Integration, Toolkit, compile};

    const DOCUMENT: &str = r##"{"openapi": "3.1.0", "info": {"title": "d", "version": "1"}, "paths": {
        "/größe": {"post": {"summary": "Set the size", "requestBody": {"content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Size"}}}}, "responses": {"200": {"description": "ok"}}}},
        "/me": {"get": {"summary": "Who am I", "responses": {"200": {"description": "ok"}}}}},
        "components": {"schemas": {"Size": {"type": "object", "properties": {"größe": {"type": "integer"}}}}}}"##;

    fn toolkit() -> Toolkit {
        let yaml = "name: Demo\nunique_key: demo\nauth_schemes: [{name: key, auth_mode: API_KEY}]";
        let integration = Integration::parse(yaml.as_bytes()).unwrap();
        let compiled = compile(integration, DOCUMENT.as_bytes(), "20260101_00").unwrap();
        compiled.toolkit
    }

    #[test]
    fn what_is_stored_comes_back_as_it_was_however_often() {
        let toolkit = toolkit();
        let text = toolkit.to_stored().unwrap();
        let read = Toolkit::from_stored(text.clone()).unwrap();
        assert_eq!(read.tools.len(), 2);
        let plan = read.tools.get("DEMO_SET_THE_SIZE").unwrap();
        assert_eq!(plan.path, "/größe");
        let schema = |toolkit: &Toolkit| {
            let plan = toolkit.tools.get_index(0).unwrap();
            toolkit.input_schema(plan).as_str().to_owned()
        };
        assert_eq!(schema(&read), schema(&toolkit));
        assert_eq!(
            serde_json::to_value(&read).unwrap(),
            serde_json::to_value(&toolkit).unwrap()
        );
        assert_eq!(read.to_stored().unwrap(), text);
    }

    #[test]
    fn the_servers_of_tools_are_found_where_an_earlier_version_kept_no_list() {
        let document = DOCUMENT.replace(
            r#""summary": "Who am I","#,
            r#""summary": "Who am I", "servers": [{"url": "https://me.example"}],"#,
        );
        let compiled = compile(toolkit().integration, document.as_bytes(), "20260101_00").unwrap();
        let text = compiled.toolkit.to_stored().unwrap();
        let (line, rest) = text.split_once('\n').unwrap();
        let list = r#""servers":["https://me.example"],"#;
        let rest = rest.replacen(list, "", 1);
        let length: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
        let checksum = crc32fast::hash(rest.as_bytes());
        let length = length - list.len();
        let read = Toolkit::from_stored(format!("{MAGIC}{checksum:08x} {length}\n{rest}")).unwrap();
        assert_eq!(read.servers, ["https://me.example"]);
    }

    #[test]
    fn any_other_byte_anywhere_is_noticed() {
        let text = toolkit().to_stored().unwrap();
        for place in (0..text.len()).filter(|place| text.is_char_boundary(*place)) {
            let mut other = text.clone().into_bytes();
            other[place] ^= 1;
            if let Ok(other) = String::from_utf8(other) {
                assert!(Toolkit::from_stored(other).is_err(), "byte {place}");
            }
            let cut = text.get(..place).unwrap();
            assert!(Toolkit::from_stored(cut).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused_whatever_the_checksum_says() {
        let (_, rest) = toolkit()
            .to_stored()
            .unwrap()
            .split_once('\n')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let header = |length: String| {
            let checksum = crc32fast::hash(rest.as_bytes());
            Toolkit::from_stored(format!("{MAGIC}{checksum:08x} {length}\n{rest}"))
        };
        for length in ["0", "1", "18446744073709551615", "-1", ""] {
            assert!(header(length.to_owned()).is_err(), "{length}");
        }
        assert!(header((rest.len() + 1).to_string()).is_err());
        for text in ["", "\n", "composio-toolkit 2 00000000 0\n", "{}"] {
            assert!(Toolkit::from_stored(text).is_err(), "{text}");
        }
    }
}
