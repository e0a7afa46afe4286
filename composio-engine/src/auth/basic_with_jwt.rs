//! `BASIC_WITH_JWT`: user name and password, exchanged for a token that the requests carry.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use composio_catalog::{ClientAuthentication, TokenBody};
use composio_core::Result;
use http::header;

use super::{
    obtain::{Obtain, Request, TokenRequest},
    scheme::{Scheme, anything},
};

pub(super) const SCHEME: Scheme = Scheme {
    names: &[],
    members: &[],
    check: anything,
};

/// The request for a token: `username` and `password` in a JSON body, or by `Authorization: Basic` (RFC 7617) if the
/// scheme says so.
pub(super) fn request(request: &Request<'_>) -> Result<Obtain> {
    let oauth = &request.scheme.oauth;
    let url = request.token_url("password")?;
    let username = request.field("username")?;
    let password = request.field("password")?;
    let mut asked = TokenRequest::new(url, request)?;
    asked.scrubber.add(password.expose());
    if oauth.client_authentication == Some(ClientAuthentication::Basic) {
        let pair = format!("{}:{}", username.expose(), password.expose());
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        asked.authorize(&value, header::AUTHORIZATION)?;
    } else {
        asked.push("username", username.expose());
        asked.push("password", password.expose());
    }
    asked.body = oauth.token_body.unwrap_or(TokenBody::Json);
    Ok(Obtain::Ask(Box::new(asked)))
}
