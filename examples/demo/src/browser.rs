use composio_core::{Body, Config, Error, ErrorKind, HttpTransport, Result, Transport};
use http::{Request, header};

/// The most redirects of one visit.
const REDIRECTS: usize = 10;

/// Does what a person's browser does with a link on this machine: goes where it leads. Gives the address at the end, and
/// the page that is there.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] if nobody answers, [`ErrorKind::LimitReached`] if the redirects do not end.
pub async fn visit(url: &str) -> Result<(String, String)> {
    let config = Config::new("none").base_url("http://127.0.0.1");
    let network = Transport::from(HttpTransport::new(&config)?);
    let mut url = url.to_owned();
    for _ in 0..REDIRECTS {
        let request = Request::get(&url).body(Body::empty()).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "the link is none").with_source(error)
        })?;
        let response = network.send(request).await?;
        let location = response.headers().get(header::LOCATION);
        match location.and_then(|location| location.to_str().ok()) {
            Some(location) if response.status().is_redirection() => location.clone_into(&mut url),
            _ => {
                let page = response.into_body().bytes(1 << 20).await?;
                return Ok((url, String::from_utf8_lossy(&page).into_owned()));
            }
        }
    }
    Err(Error::new(
        ErrorKind::LimitReached,
        "the redirects do not end",
    ))
}
