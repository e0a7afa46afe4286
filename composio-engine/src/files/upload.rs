use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use composio_core::{
    BoxError, Error, ErrorKind, Result,
    models::{FileUpload, FileUploadRequest},
};
use futures_util::{Stream, StreamExt as _};
use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout_at},
};

use super::{
    Files, Link, Purpose,
    faults::{
        broken_off, invalid, link_invalid, link_used, no_room, not_found, other_media_type,
        too_large, too_many_awaited, too_slow, wrong_length, wrong_md5,
    },
    names,
    reservations::Reservation,
    service::{key_place, seconds},
    writer::{BlobWriter, Written},
};
use crate::{
    caller::Caller,
    clock, ids,
    store::{FileContent, FileRecord, Kept},
};

/// Bytes that are encrypted and written at once.
const BATCH: usize = 256 * 1024;
/// A sender that sends nothing for so long is given up.
const IDLE: Duration = Duration::from_secs(60);
/// Bytes of a slug or a name that a request may have.
const LONGEST: usize = 1_024;

/// What a request that sends bytes says besides them.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    pub(crate) length: Option<u64>,
    pub(crate) media_type: Option<String>,
}

/// Bytes that came and are not kept yet. Dropped, they are gone.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(super) file: FileRecord,
    /// `None` if they were there already.
    written: Option<Written>,
    // Holds the room until the store counts the file.
    _reservation: Option<Reservation>,
}

impl Files {
    /// Awaits a file, or finds the same one there already.
    pub(crate) async fn request_upload(
        &self,
        caller: &Caller,
        request: FileUploadRequest,
    ) -> Result<FileUpload> {
        let now = clock::now();
        let until = now + clock::microseconds(self.limits.upload);
        let file = awaited(caller, request, now, until)?;
        if !file.toolkit.is_empty() {
            caller.check_app(&file.toolkit)?;
        }
        let expires = seconds(until);
        if let Some(same) = self.store.same_file(&file).await? {
            let mut upload = upload(&same.id, "existing");
            upload.existing_url = Some(self.download_address(&same));
            // Some clients send the bytes in any case, and read this address alone.
            upload.new_presigned_url = Some(self.links.address(Purpose::Repeat, &same.id, expires));
            return Ok(upload);
        }
        let usage = self.store.file_usage(&file.project).await?;
        if usage.awaited >= i64::from(self.limits.awaited) {
            return Err(too_many_awaited());
        }
        if usage.bytes.unsigned_abs() >= self.limits.project_bytes {
            return Err(no_room());
        }
        self.store.insert_file(&file, i64::MAX).await?;
        let mut upload = upload(&file.id, "new");
        upload.new_presigned_url = Some(self.links.address(Purpose::Upload, &file.id, expires));
        Ok(upload)
    }

    /// Takes the bytes that come to a signed address and checks them.
    pub(crate) async fn receive<E: Into<BoxError>>(
        &self,
        id: &str,
        link: &Link,
        announced: Announced,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Sent> {
        let now = clock::now();
        let purpose = self.links.check(id, link, seconds(now))?;
        let file = self.store.file(id).await?;
        let file = file
            .filter(|file| file.expires_at > now)
            .ok_or_else(not_found)?;
        match (purpose, &file.content) {
            (Purpose::Upload, None) | (Purpose::Repeat, Some(_)) => {}
            (Purpose::Upload, Some(_)) => return Err(link_used()),
            _ => return Err(link_invalid()),
        }
        if let Some(given) = &announced.media_type
            && names::media_type(given) != file.media_type
        {
            return Err(other_media_type(&file.media_type));
        }
        // A repeated file takes no room in the end, but it takes it while it comes.
        let (written, reservation) = self.write(&file.project, announced.length, bytes).await?;
        if written.md5 != file.md5 {
            return Err(wrong_md5());
        }
        Ok(match purpose {
            Purpose::Upload => Sent {
                file,
                written: Some(written),
                _reservation: Some(reservation),
            },
            _ => Sent {
                file,
                written: None,
                _reservation: None,
            },
        })
    }

    /// Keeps what came to an address.
    pub(crate) async fn keep(&self, sent: Sent) -> Result<()> {
        let Some(written) = sent.written else {
            return Ok(());
        };
        let content = self.settle(&sent.file, written).await?;
        let until = clock::now() + clock::microseconds(self.limits.uploads_kept);
        let quota = self.quota();
        let id = &sent.file.id;
        let kept = self.store.keep_file(id, &content, until, quota).await;
        self.settled(kept, content).await
    }

    /// Writes bytes to a file that has no name yet.
    pub(super) async fn write<E: Into<BoxError>>(
        &self,
        project: &str,
        length: Option<u64>,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<(Written, Reservation)> {
        let limit = self.limits.file_bytes;
        let mut reservation = self.reserve(project).await?;
        if let Some(length) = length {
            if length > limit {
                return Err(too_large(limit));
            }
            reservation.grow_to(length)?;
        }
        let deadline = Instant::now() + self.limits.upload;
        let folder = Arc::clone(&self.folder);
        let mut writer = blocking(move || BlobWriter::create(&folder)).await?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut received = 0_u64;
        let mut bytes = pin!(bytes);
        loop {
            let patience = deadline.min(Instant::now() + IDLE);
            let next = timeout_at(patience, bytes.next()).await;
            let Some(next) = next.map_err(|_| too_slow())? else {
                break;
            };
            let next = next.map_err(|error| broken_off(error.into()))?;
            received += next.len() as u64;
            if received > limit {
                return Err(too_large(limit));
            }
            if length.is_some_and(|length| received > length) {
                return Err(wrong_length());
            }
            reservation.grow_to(received)?;
            for part in next.chunks(BATCH) {
                batch.extend_from_slice(part);
                if batch.len() >= BATCH {
                    (writer, batch) = write_batch(writer, batch).await?;
                }
            }
        }
        if length.is_some_and(|length| received != length) {
            return Err(wrong_length());
        }
        let (writer, _) = write_batch(writer, batch).await?;
        Ok((blocking(move || writer.finish()).await?, reservation))
    }

    /// Gives a written blob its name and seals its key.
    pub(super) async fn settle(&self, file: &FileRecord, written: Written) -> Result<FileContent> {
        let place = key_place(&file.project, &file.id);
        let sealed = self.vault.seal(place, &*written.key).await?;
        let content = FileContent {
            size: i64::try_from(written.size).map_err(|_| too_large(self.limits.file_bytes))?,
            blob: written.draft.name().to_owned(),
            sealed,
        };
        blocking(move || written.draft.keep().map_err(super::faults::failed)).await?;
        Ok(content)
    }

    /// Removes a blob again that the store did not take.
    pub(super) async fn settled(&self, kept: Result<Kept>, content: FileContent) -> Result<()> {
        let refusal = match kept {
            Ok(Kept::Done) => return Ok(()),
            Ok(Kept::NotAwaited) => link_used(),
            Ok(Kept::NoRoom) => no_room(),
            Err(error) => error,
        };
        self.remove(vec![content.blob]).await?;
        Err(refusal)
    }

    pub(super) fn quota(&self) -> i64 {
        i64::try_from(self.limits.project_bytes).unwrap_or(i64::MAX)
    }
}

async fn write_batch(mut writer: BlobWriter, mut batch: Vec<u8>) -> Result<(BlobWriter, Vec<u8>)> {
    blocking(move || {
        writer.write(&batch)?;
        batch.clear();
        Ok((writer, batch))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work).await.map_err(|error| {
        Error::new(ErrorKind::Internal, "writing a file failed").with_source(error)
    })?
}

fn awaited(
    caller: &Caller,
    request: FileUploadRequest,
    now: i64,
    until: i64,
) -> Result<FileRecord> {
    let FileUploadRequest {
        toolkit_slug,
        tool_slug,
        filename,
        mimetype,
        md5,
        ..
    } = request;
    if md5.len() != 32 || !md5.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(invalid("md5 must be 32 hexadecimal digits"));
    }
    let texts = [&toolkit_slug, &tool_slug, &filename, &mimetype];
    if texts.into_iter().any(|text| text.len() > LONGEST) {
        return Err(invalid("a name or a slug is longer than any can be"));
    }
    if filename.is_empty() {
        return Err(invalid("filename is empty"));
    }
    Ok(FileRecord {
        id: ids::file(),
        project: caller.project_id().to_owned(),
        user_id: caller.only_user().map(str::to_owned),
        toolkit: toolkit_slug.to_lowercase(),
        tool: tool_slug.to_uppercase(),
        name: names::file_name(&filename),
        media_type: names::media_type(&mimetype),
        md5: md5.to_ascii_lowercase(),
        content: None,
        created_at: now,
        expires_at: until,
    })
}

fn upload(id: &str, kind: &str) -> FileUpload {
    let mut upload = FileUpload::default();
    id.clone_into(&mut upload.id);
    id.clone_into(&mut upload.key);
    kind.clone_into(&mut upload.kind);
    upload
}
