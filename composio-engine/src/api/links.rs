//! Signed addresses of files. They need no key: the signature says what they are good for.

use std::{ops::Range, sync::Arc};

use axum::{
    Router,
    body::Body as AxumBody,
    extract::{Request, State},
    response::IntoResponse,
    routing::get,
};
use composio_core::{Error, ErrorKind};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    error::{Answer, Fault},
    params::{Params, Segments},
};
use crate::{
    files::{Announced, Link},
    platform::Platform,
    store::FileRecord,
};

pub(super) fn routes() -> Router<Arc<Platform>> {
    Router::new().route("/files/{id}", get(fetch).put(send))
}

async fn send(
    State(platform): State<Arc<Platform>>,
    Segments(id): Segments<String>,
    params: Params,
    request: Request,
) -> Answer<StatusCode> {
    let announced = announced(request.headers());
    let bytes = request.into_body().into_data_stream();
    let link = link(&params);
    let receive = platform.files.receive(&id, &link, announced, bytes);
    let sent = Box::pin(receive).await?;
    let keep = |platform: Arc<Platform>| async move { platform.files.keep(sent).await };
    platform.finish(keep).await?;
    Ok(StatusCode::OK)
}

async fn fetch(
    State(platform): State<Arc<Platform>>,
    Segments(id): Segments<String>,
    params: Params,
    headers: HeaderMap,
) -> Answer<impl IntoResponse> {
    let (file, content) = platform.files.fetch(&id, &link(&params)).await?;
    let size = content.size();
    let range = asked(&headers, &file, size)?;
    let status = match &range {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let mut answer = described(&file);
    if let Some(range) = &range {
        let (start, last) = (range.start, range.end - 1);
        insert(
            &mut answer,
            header::CONTENT_RANGE,
            &format!("bytes {start}-{last}/{size}"),
        );
    }
    let range = range.unwrap_or(0..size);
    answer.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(range.end - range.start),
    );
    Ok((status, answer, AxumBody::from_stream(content.stream(range))))
}

fn announced(headers: &HeaderMap) -> Announced {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    Announced {
        length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        media_type: text(header::CONTENT_TYPE).map(str::to_owned),
    }
}

fn link(params: &Params) -> Link {
    Link {
        purpose: params.one("purpose"),
        expires: params.one("expires"),
        signature: params.one("signature"),
    }
}

// A file from outside is never shown in the name of this host.
fn described(file: &FileRecord) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert(&mut headers, header::CONTENT_TYPE, &file.media_type);
    insert(
        &mut headers,
        header::CONTENT_DISPOSITION,
        &disposition(&file.name),
    );
    insert(&mut headers, header::ETAG, &format!("\"{}\"", file.md5));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'",
        ),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::ACCEPT_RANGES, "bytes"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// RFC 6266: the name in ASCII, and as it is.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|character| match character {
            '"' | '\\' => '_',
            other if other.is_ascii_graphic() || other == ' ' => other,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The one range that is asked for (RFC 9110, section 14.2); `None` for the whole.
fn asked(headers: &HeaderMap, file: &FileRecord, size: u64) -> Result<Option<Range<u64>>, Fault> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_same = text(header::IF_RANGE).is_none_or(|tag| tag.trim_matches('"') == file.md5);
    let Some(range) = text(header::RANGE).filter(|_| is_same) else {
        return Ok(None);
    };
    match parse(range, size) {
        Some(Some(range)) => Ok(Some(range)),
        // What is not understood is not asked for.
        None => Ok(None),
        Some(None) => {
            let message = format!("the file has {size} bytes, and none of them were asked for");
            Err(Fault::from(
                Error::new(ErrorKind::InvalidInput, message)
                    .with_status(StatusCode::RANGE_NOT_SATISFIABLE)
                    .with_slug("File_RangeNotSatisfiable"),
            ))
        }
    }
}

/// `None` if it is not one range of bytes, `Some(None)` if the file does not have them.
fn parse(text: &str, size: u64) -> Option<Option<Range<u64>>> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let range = match (first, last) {
        ("", count) => size.saturating_sub(count.parse().ok()?)..size,
        (first, "") => first.parse().ok()?..size,
        (first, last) => {
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if last < first {
                return None;
            }
            first..size.min(last.saturating_add(1))
        }
    };
    Some(Some(range).filter(|range| !range.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{disposition, parse};

    #[test]
    fn ranges_are_read() {
        let cases = [
            ("bytes=0-0", Some(Some(0..1))),
            ("bytes=5-", Some(Some(5..10))),
            ("bytes=-3", Some(Some(7..10))),
            ("bytes=-30", Some(Some(0..10))),
            ("bytes=2-99", Some(Some(2..10))),
            ("bytes=10-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=3-2", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=0-18446744073709551615", Some(Some(0..10))),
        ];
        for (text, range) in cases {
            assert_eq!(parse(text, 10), range, "{text}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("Ü \"x\".pdf"),
            "attachment; filename=\"_ _x_.pdf\"; filename*=UTF-8''%C3%9C%20%22x%22%2Epdf"
        );
    }
}
