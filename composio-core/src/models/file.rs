use std::fmt;
#[cfg(feature = "files")]
use std::io;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

/// The body of `POST /files/upload/request` (wire reference 1.10): the file that will be sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileUploadRequest {
    /// The toolkit that the file is for.
    pub toolkit_slug: String,
    /// The tool that the file is for.
    pub tool_slug: String,
    /// The file's name, without folders.
    pub filename: String,
    /// Its media type, such as `image/png`.
    pub mimetype: String,
    /// The MD5 of its bytes (RFC 1321) in hexadecimal digits.
    pub md5: String,
}

impl FileUploadRequest {
    /// A file of the media type `application/octet-stream`, for no tool in particular.
    #[must_use]
    pub fn new(filename: impl Into<String>, md5: impl Into<String>) -> Self {
        Self {
            filename: filename.into(),
            mimetype: "application/octet-stream".to_owned(),
            md5: md5.into(),
            ..Self::default()
        }
    }

    /// A file with these bytes.
    #[cfg(feature = "files")]
    #[must_use]
    pub fn of(filename: impl Into<String>, bytes: &[u8]) -> Self {
        Self::new(filename, digits(<md5::Md5 as md5::Digest>::digest(bytes)))
    }

    /// A file with the bytes that `reader` gives. It blocks, and reads to the end.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    #[cfg(feature = "files")]
    pub fn read(filename: impl Into<String>, mut reader: impl io::Read) -> io::Result<Self> {
        let mut hash = md5::Md5::default();
        let mut part = vec![0; 64 * 1024];
        loop {
            let length = match reader.read(&mut part) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            md5::Digest::update(&mut hash, part.get(..length).unwrap_or_default());
        }
        Ok(Self::new(filename, digits(md5::Digest::finalize(hash))))
    }

    /// Sets the media type.
    #[must_use]
    pub fn mimetype(mut self, mimetype: impl Into<String>) -> Self {
        self.mimetype = mimetype.into();
        self
    }

    /// Sets the tool that the file is for, and its toolkit.
    #[must_use]
    pub fn tool(mut self, toolkit: impl Into<String>, tool: impl Into<String>) -> Self {
        self.toolkit_slug = toolkit.into();
        self.tool_slug = tool.into();
        self
    }
}

#[cfg(feature = "files")]
fn digits(hash: impl AsRef<[u8]>) -> String {
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Where a file goes (wire reference 1.10). `Debug` hides the addresses, since who has one needs no key.
#[derive(Clone, Default, Deserialize)]
#[non_exhaustive]
pub struct FileUpload {
    /// The file's id.
    pub id: String,
    /// What a tool's arguments call the file: `s3key`.
    pub key: String,
    /// `new`, `existing` if the same file is there already, or `update`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the bytes of a new file are PUT; engines give it for an existing one too.
    #[serde(default)]
    pub new_presigned_url: Option<String>,
    /// Where the bytes of another version are PUT.
    #[serde(default)]
    pub update_presigned_url: Option<String>,
    /// Where an existing file is fetched.
    #[serde(default)]
    pub existing_url: Option<String>,
    /// What keeps the file.
    #[serde(default)]
    pub metadata: FileStorage,
}

/// What keeps a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileStorage {
    /// `s3`, or `azure_blob_storage`, which wants a header more.
    #[serde(default)]
    pub storage_backend: String,
}

impl Default for FileStorage {
    fn default() -> Self {
        Self {
            storage_backend: "s3".to_owned(),
        }
    }
}

impl FileUpload {
    fn addresses(&self) -> [(&'static str, &'static str, Option<&String>); 3] {
        [
            (
                "new_presigned_url",
                "newPresignedUrl",
                self.new_presigned_url.as_ref(),
            ),
            (
                "update_presigned_url",
                "updatePresignedUrl",
                self.update_presigned_url.as_ref(),
            ),
            ("existing_url", "existingUrl", self.existing_url.as_ref()),
        ]
    }
}

impl Serialize for FileUpload {
    // The wire names each address twice; readers of either spelling are about.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("id", &self.id)?;
        out.serialize_entry("key", &self.key)?;
        out.serialize_entry("type", &self.kind)?;
        for (name, old_name, address) in self.addresses() {
            if let Some(address) = address {
                out.serialize_entry(name, address)?;
                out.serialize_entry(old_name, address)?;
            }
        }
        out.serialize_entry("metadata", &self.metadata)?;
        out.end()
    }
}

impl fmt::Debug for FileUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileUpload")
            .field("key", &self.key)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A file as a tool's arguments name it (wire reference 2.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileArgument {
    /// The name that the tool's service sees.
    pub name: String,
    /// The media type.
    pub mimetype: String,
    /// The key that the upload gave.
    pub s3key: String,
}

/// A file as a tool's result holds it (wire reference 2.6). `Debug` hides the address, since who has it needs no key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileResult {
    /// The file's name, without folders.
    pub name: String,
    /// The media type.
    pub mimetype: String,
    /// Where it is fetched, for some time and without a key.
    pub s3url: String,
}

impl fmt::Debug for FileResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileResult")
            .field("name", &self.name)
            .field("mimetype", &self.mimetype)
            .finish_non_exhaustive()
    }
}

/// An entry of the list of files (wire reference 1.10).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileEntry {
    /// The toolkit that the file is for or came from.
    pub toolkit_slug: String,
    /// The tool that the file is for or came from.
    pub tool_slug: String,
    /// The file's name.
    pub filename: String,
    /// The media type.
    pub mimetype: String,
    /// The MD5 of its bytes in hexadecimal digits.
    pub md5: String,
}
