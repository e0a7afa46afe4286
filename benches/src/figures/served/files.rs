use std::convert::Infallible;

use bytes::Bytes;
use composio_core::{
    Body,
    models::{FileResult, FileUploadRequest},
};
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use md5::{Digest as _, Md5};
use tokio::runtime;

use super::{megabytes, program::Home};
use crate::harness::{Outcome, Row, Table};

const PIECE: usize = 64 * 1024;
const PIECES: usize = 16 * 1024;
/// What the server may hold at most, in megabytes.
const BAR: f64 = 30.0;

/// A file of 1 GB up and down; what the server held at most.
pub(super) fn measure(home: &Home, table: &mut Table) -> Outcome {
    let server = home.serve()?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = server.client()?;
        let files = client.files();
        let piece = Bytes::from(vec![7; PIECE]);
        let request = FileUploadRequest::new("large.bin", md5_of(&piece)?);
        let pieces = stream::iter((0..PIECES).map({
            let piece = piece.clone();
            move |_| Ok::<_, Infallible>(Frame::data(piece.clone()))
        }));
        files
            .upload(&request, Body::new(StreamBody::new(pieces)))
            .await?;
        let there = files.request_upload(&request).await?;
        let mut file = FileResult::default();
        file.s3url = there.existing_url.ok_or("the file is not there")?;
        let mut body = files.download(&file).await?;
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame?.data_ref().map_or(0, Bytes::len);
        }
        if length == PIECE * PIECES {
            Outcome::Ok(())
        } else {
            Err(format!("{length} bytes came back").into())
        }
    })?;
    let what = "a file of 1 GB up and down: what the server held at most";
    let peak = server.memory("VmHWM:")?;
    table.push(Row::at_most(what, peak, BAR, megabytes));
    Ok(())
}

fn md5_of(piece: &Bytes) -> Outcome<String> {
    let mut hash = Md5::new();
    for _ in 0..PIECES {
        hash.update(piece);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
