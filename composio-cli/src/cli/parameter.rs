use std::{fmt, fs::File, io::Read as _, str::FromStr};

use composio_core::Secret;

/// `name=value`, whose value may be a secret.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: Secret,
}

/// A longer file holds no credential.
const LONGEST: u64 = 64 * 1024;

impl Parameter {
    /// Reads `name=file`: the value is what the file holds, without the end of the line if it is a single one.
    pub(crate) fn of_file(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, path) = parts.ok_or("write it as name=file")?;
        let unreadable = |error: std::io::Error| format!("{path} cannot be read: {error}");
        let mut value = String::new();
        let mut file = File::open(path).map_err(unreadable)?.take(LONGEST + 1);
        file.read_to_string(&mut value).map_err(unreadable)?;
        if value.len() as u64 > LONGEST {
            return Err(format!("{path} is longer than {LONGEST} bytes"));
        }
        Ok(Self {
            name: name.to_owned(),
            value: Secret::from(of_line(&value)),
        })
    }
}

// Editors end a line that was meant to be a key alone, and no header takes a line's end.
fn of_line(text: &str) -> &str {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        text
    } else {
        line
    }
}

impl FromStr for Parameter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: Secret::from(value),
            }),
            _ => Err("write it as name=value"),
        }
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?}", self.name, self.value)
    }
}
