use composio_core::{Error, ErrorKind};

pub(super) fn no_key(id: &str) -> Error {
    let id: String = id.chars().filter(|c| !c.is_control()).take(80).collect();
    Error::new(ErrorKind::NotFound, format!("there is no API key {id}")).with_slug("Key_NotFound")
}

pub(super) fn unusable(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, what).with_slug("Key_Invalid")
}
