use composio_core::{Error, ErrorKind, Result, Secret};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use zeroize::Zeroizing;

/// Reads a PEM text: PKCS #8, PKCS #1 or SEC 1 (RFC 7468, RFC 5915). Line breaks may be lost, or written as `\n`.
///
/// Errors: `InvalidInput` for any other text; the message holds nothing of it.
pub(in crate::auth) fn read_pem(text: &Secret) -> Result<PrivateKeyDer<'static>> {
    let unreadable = || {
        let message = "the private key is no PEM text";
        Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
    };
    let text = text.expose();
    let (_, rest) = text.split_once("-----BEGIN ").ok_or_else(unreadable)?;
    let (label, rest) = rest.split_once("-----").ok_or_else(unreadable)?;
    let (body, _) = rest.split_once("-----END ").ok_or_else(unreadable)?;
    if body.contains(':') {
        let message = "the private key is encrypted: it has to be given without a passphrase";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid"));
    }
    // A form of one line drops line breaks, and JSON that was escaped twice has them as two characters.
    let mut pem = Zeroizing::new(String::with_capacity(text.len() + 8));
    for part in ["-----BEGIN ", label, "-----\n"] {
        pem.push_str(part);
    }
    let lines = body.split(char::is_whitespace);
    for line in lines.flat_map(|line| line.split("\\n").flat_map(|part| part.split("\\r"))) {
        pem.push_str(line);
    }
    for part in ["\n-----END ", label, "-----\n"] {
        pem.push_str(part);
    }
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| unreadable())
}
