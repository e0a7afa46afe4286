//! `GOOGLE_SERVICE_ACCOUNT`: the key file of a Google service account, which signs for itself (RFC 7523).

use composio_core::{Error, ErrorKind, Result, Secret};
use serde::Deserialize;
use serde_json::Map;
use url::Url;

use super::{
    fields::Values,
    jwt::SigningKey,
    obtain::{Obtain, Request},
    scheme::Scheme,
    service_account::{Signing, USUAL, send},
};

pub(super) const SCHEME: Scheme = Scheme {
    names: &[],
    members: &[],
    check,
};

const FIELD: &str = "credentials_json";
/// Where Google's service accounts get tokens. The file's `token_uri` is not followed: who gives the file would choose
/// where the engine goes.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// The members of a key file that matter.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(default, rename = "type")]
    kind: String,
    client_email: String,
    private_key: Secret,
    private_key_id: Option<String>,
}

/// The request for a token with the scopes of the account.
pub(super) fn request(request: &Request<'_>) -> Result<Obtain> {
    let (file, key) = read(request.field(FIELD)?)?;
    let mut claims = Map::new();
    let scopes = request.scopes();
    if !scopes.is_empty() {
        claims.insert("scope".to_owned(), scopes.into());
    }
    let signing = Signing {
        key,
        key_id: file.private_key_id,
        issuer: Some(file.client_email),
        claims,
    };
    let url = match &request.scheme.token_url {
        Some(_) => request.token_url(FIELD)?,
        None => Url::parse(TOKEN_URL).map_err(|_| unreadable("there is no token endpoint"))?,
    };
    send(request, signing, url)
}

// Who mistypes a key is told when it is given.
fn check(values: &Values) -> Result<()> {
    match values.get(FIELD) {
        Some(text) => read(text).map(|_| ()),
        None => Ok(()),
    }
}

fn read(text: &Secret) -> Result<(KeyFile, SigningKey)> {
    // The parser's message would quote the text.
    let file: KeyFile = serde_json::from_str(text.expose())
        .map_err(|_| unreadable("it is no JSON with client_email and private_key"))?;
    if !file.kind.is_empty() && file.kind != "service_account" {
        return Err(unreadable("its type is not service_account"));
    }
    let key = SigningKey::read(USUAL, &file.private_key)?;
    Ok((file, key))
}

fn unreadable(why: &str) -> Error {
    let message = format!("{FIELD} is not the key file of a service account: {why}");
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
}
