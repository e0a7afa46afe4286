use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use composio_core::{
    Error, ErrorKind, Result,
    models::{FileEntry, FileResult},
};
use zeroize::Zeroizing;

use super::{
    FileLimits, Link, Purpose,
    faults::{damaged, no_room, not_found},
    folder::Folder,
    links::Links,
    reader::Content,
    reservations::{Reservation, Reservations},
};
use crate::{
    caller::Caller,
    clock,
    public_url::PublicUrl,
    store::{FileFilter, FileRecord, Store, Window},
    vault::{Place, Vault},
};

/// The name under which the key that signs addresses is kept.
const SIGNING_KEY: &str = "file_links";

/// What the room of files is built from.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileOptions {
    /// Beside which the folder stands; `None` in memory.
    pub(crate) database: Option<PathBuf>,
    pub(crate) limits: FileLimits,
    pub(crate) public_url: Arc<PublicUrl>,
}

/// The files of all projects.
#[derive(Debug)]
pub(crate) struct Files {
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
    pub(super) folder: Arc<Folder>,
    pub(super) limits: FileLimits,
    pub(super) links: Links,
    reservations: Arc<Reservations>,
    is_closed: AtomicBool,
}

impl Files {
    /// Gets the key that signs addresses, or makes one. Nothing is written to the folder.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        vault: Vault,
        options: FileOptions,
    ) -> Result<Self> {
        let key = signing_key(&*store, &vault).await?;
        Ok(Self {
            folder: Arc::new(Folder::new(options.database.as_deref())),
            links: Links::new(&key, options.public_url)?,
            limits: options.limits,
            reservations: Arc::default(),
            is_closed: AtomicBool::new(false),
            store,
            vault,
        })
    }

    /// Where addresses lead.
    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// The file that a signed address names, with its bytes.
    pub(crate) async fn fetch(&self, id: &str, link: &Link) -> Result<(FileRecord, Content)> {
        let now = clock::now();
        if self.links.check(id, link, seconds(now))? != Purpose::Download {
            return Err(super::faults::link_invalid());
        }
        let file = self.stored(id, now).await?;
        let content = self.content(&file).await?;
        Ok((file, content))
    }

    /// The file that a call for `user` names, with its bytes; it is noted that they used it.
    pub(crate) async fn take(
        &self,
        caller: &Caller,
        user: Option<&str>,
        id: &str,
    ) -> Result<(FileRecord, Content)> {
        let now = clock::now();
        let file = self.stored(id, now).await?;
        let is_users = match &file.user_id {
            Some(owner) => user.is_none_or(|user| user == owner),
            None => true,
        };
        if !is_users || !may_see(caller, &file) {
            return Err(not_found());
        }
        let content = self.content(&file).await?;
        let until = now + clock::microseconds(self.limits.uploads_kept);
        self.store.use_file(id, user, until).await?;
        Ok((file, content))
    }

    /// The files that the caller may see: the entries of `window`, and how many there are in all.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        mut filter: FileFilter,
        window: Window,
    ) -> Result<(Vec<FileEntry>, u64)> {
        caller.project_id().clone_into(&mut filter.project);
        filter.user = caller.only_user().map(str::to_owned);
        filter.apps = caller.only_apps().map(<[String]>::to_vec);
        let (files, total) = self.store.files(&filter, window).await?;
        Ok((files.into_iter().map(entry).collect(), total))
    }

    /// Removes the files of a user: their own, and those of the project that were used for nobody else. Gives how many
    /// there were.
    pub(crate) async fn delete_user(&self, project: &str, user: &str) -> Result<u64> {
        let (blobs, files) = self.store.delete_files_of(project, user).await?;
        self.remove(blobs).await?;
        Ok(files)
    }

    /// Removes what ends with the engine.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.folder.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// The file as a tool's result holds it.
    pub(super) fn result(&self, file: &FileRecord) -> FileResult {
        let mut result = FileResult::default();
        result.name.clone_from(&file.name);
        result.mimetype.clone_from(&file.media_type);
        result.s3url = self.download_address(file);
        result
    }

    pub(super) fn download_address(&self, file: &FileRecord) -> String {
        let until = clock::now() + clock::microseconds(self.limits.link);
        let expires = seconds(until.min(file.expires_at));
        self.links.address(Purpose::Download, &file.id, expires)
    }

    pub(super) async fn stored(&self, id: &str, now: i64) -> Result<FileRecord> {
        let file = self.store.file(id).await?;
        file.filter(|file| file.content.is_some() && file.expires_at > now)
            .ok_or_else(not_found)
    }

    /// Begins to take bytes into a project, as far as it has room.
    pub(super) async fn reserve(&self, project: &str) -> Result<Reservation> {
        let used = self.store.file_usage(project).await?.bytes.unsigned_abs();
        let room = self.limits.project_bytes.checked_sub(used);
        Ok(self.reservations.begin(project, room.ok_or_else(no_room)?))
    }

    pub(super) async fn remove(&self, blobs: Vec<String>) -> Result<()> {
        let folder = Arc::clone(&self.folder);
        let remove = move || blobs.iter().for_each(|blob| folder.remove(blob));
        tokio::task::spawn_blocking(remove).await.map_err(|error| {
            Error::new(ErrorKind::Internal, "removing files failed").with_source(error)
        })
    }

    async fn content(&self, file: &FileRecord) -> Result<Content> {
        let content = file.content.as_ref().ok_or_else(not_found)?;
        let place = key_place(&file.project, &file.id);
        let key = self.vault.open(place, &content.sealed).await?;
        let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| damaged())?;
        Ok(Content {
            folder: Arc::clone(&self.folder),
            blob: content.blob.clone(),
            key: Zeroizing::new(key),
            size: content.size.unsigned_abs(),
        })
    }
}

/// Where the data key of a file belongs.
pub(super) fn key_place<'a>(project: &'a str, id: &'a str) -> Place<'a> {
    Place {
        project,
        record: id,
        field: "file",
        generation: 0,
    }
}

/// Seconds since 1970, rounded up, so that no address is over before its time.
pub(super) fn seconds(microseconds: i64) -> i64 {
    microseconds.div_euclid(1_000_000) + i64::from(microseconds.rem_euclid(1_000_000) > 0)
}

fn may_see(caller: &Caller, file: &FileRecord) -> bool {
    file.project == caller.project_id()
        && caller
            .only_user()
            .is_none_or(|user| file.user_id.as_deref() == Some(user))
        && (file.toolkit.is_empty() || caller.may_use(&file.toolkit))
}

fn entry(file: FileRecord) -> FileEntry {
    let mut entry = FileEntry::default();
    entry.toolkit_slug = file.toolkit;
    entry.tool_slug = file.tool;
    entry.filename = file.name;
    entry.mimetype = file.media_type;
    entry.md5 = file.md5;
    entry
}

async fn signing_key(store: &dyn Store, vault: &Vault) -> Result<Zeroizing<Vec<u8>>> {
    let place = Place {
        project: "",
        record: "meta",
        field: SIGNING_KEY,
        generation: 0,
    };
    let sealed = match store.meta(SIGNING_KEY).await? {
        Some(sealed) => sealed,
        None => {
            let key = Zeroizing::new(rand::random::<[u8; 32]>());
            let sealed = vault.seal(place, &*key).await?;
            store.meta_or_insert(SIGNING_KEY, &sealed).await?
        }
    };
    vault.open(place, &sealed).await
}
