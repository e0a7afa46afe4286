//! Bodies stream: a gigabyte through a transport leaves no trace in memory.
//!
//! The only suite in its process, since it reads the process's own peak.

use std::{
    convert::Infallible,
    fs,
    io::{self, Read as _},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body as AxumBody, Bytes},
    routing::post,
};
use composio_core::{
    Body, Transport,
    client::{Client, Files},
    models::{FileResult, FileUploadRequest},
};
use composio_engine::Engine;
use composio_tests::suite::{Outcome, Suite};
use futures_util::{StreamExt as _, stream};
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyDataStream, StreamBody};
use tower::{layer::layer_fn, util::MapRequest};

const GIGABYTE: u64 = 1 << 30;
const CHUNK: usize = 64 * 1024;
const LIMIT_KIB: u64 = 30 * 1024;
/// What a large body may add to the peak of a process that has an engine, whatever its size.
const ADDED_KIB: u64 = 12 * 1024;

fn main() -> ExitCode {
    Suite::new()
        .case(
            "a gigabyte through a transport and a layer stays under 30 MB",
            || run(through_a_layer()),
        )
        .case(
            "a gigabyte sent to an engine that does not want it is not kept",
            || run(into_the_engine()),
        )
        .case(
            "a large file goes into an engine and back and is never held",
            || run(through_the_files()),
        )
        // One after the other: all of them read the one peak of this process.
        .run_in_order()
}

fn run(future: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(future)
}

/// Ciphers without optimisation are slow: then a part of it shows as well what is held.
const FILE: u64 = if cfg!(debug_assertions) {
    GIGABYTE / 32
} else {
    GIGABYTE
};

fn gigabyte() -> Body {
    sevens(GIGABYTE)
}

fn sevens(size: u64) -> Body {
    let chunk = Bytes::from(vec![7_u8; CHUNK]);
    let chunks = size / u64::try_from(CHUNK).unwrap();
    Body::new(StreamBody::new(stream::iter(
        (0..chunks).map(move |_| Ok::<_, Infallible>(Frame::data(chunk.clone()))),
    )))
}

/// The most memory the process ever held, in KiB; `None` where the system does not tell.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .ok()
}

fn under_the_limit() -> Outcome {
    match peak_kib() {
        Some(peak) if peak >= LIMIT_KIB => Err(format!("the peak was {peak} KiB").into()),
        _ => Ok(()),
    }
}

async fn through_a_layer() -> Outcome {
    let echo = Router::new().route("/echo", post(|body: AxumBody| async { body }));
    let seen = Arc::new(AtomicU64::new(0));
    let counter = seen.clone();
    let transport = Transport::new(echo.into_service::<Body>()).layer(&layer_fn(move |inner| {
        let counter = counter.clone();
        MapRequest::new(inner, move |request: Request<Body>| {
            counter.fetch_add(1, Ordering::Relaxed);
            request
        })
    }));
    let response = transport
        .send(Request::post("/echo").body(gigabyte())?)
        .await?;
    let mut back = BodyDataStream::new(response.into_body());
    let mut length = 0;
    while let Some(chunk) = back.next().await {
        length += u64::try_from(chunk.map_err(|error| error.to_string())?.len())?;
    }
    if (length, seen.load(Ordering::Relaxed)) != (GIGABYTE, 1) {
        return Err(format!("{length} bytes came back").into());
    }
    under_the_limit()
}

async fn into_the_engine() -> Outcome {
    let engine = Engine::builder().in_memory().build().await?;
    let transport = Transport::from(engine);
    let before = peak_kib();
    for path in ["/api/v3.1/nowhere", "/api/v3.1/tools/execute/NOTES_ADD"] {
        let response = transport
            .send(Request::post(path).body(gigabyte())?)
            .await?;
        let status = response.status();
        if status != StatusCode::NOT_FOUND && status != StatusCode::PAYLOAD_TOO_LARGE {
            return Err(format!("{path}: {status}").into());
        }
    }
    added_little(before)
}

async fn through_the_files() -> Outcome {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("composio.db")).await?;
    let files = Client::new(engine.clone()).files();
    to_and_fro(&files, GIGABYTE / 4_096).await?;
    let before = peak_kib();
    to_and_fro(&files, FILE).await?;
    let outcome = added_little(before);
    engine.close().await;
    outcome
}

fn added_little(before: Option<u64>) -> Outcome {
    match before.zip(peak_kib()) {
        Some((before, after)) if after - before >= ADDED_KIB => {
            Err(format!("it added {} KiB to the peak", after - before).into())
        }
        _ => Ok(()),
    }
}

async fn to_and_fro(files: &Files, size: u64) -> Outcome {
    let request = FileUploadRequest::read("sevens", io::repeat(7).take(size))?;
    files.upload(&request, sevens(size)).await?;
    let known = files.request_upload(&request).await?;
    let mut file = FileResult::default();
    file.s3url = known.existing_url.unwrap_or_default();
    let mut back = BodyDataStream::new(files.download(&file).await?);
    let mut length = 0;
    while let Some(chunk) = back.next().await {
        length += u64::try_from(chunk.map_err(|error| error.to_string())?.len())?;
    }
    if length != size {
        return Err(format!("{length} bytes came back").into());
    }
    Ok(())
}
