//! What the tools of the newest versions mean, by the operator's sentence encoder.
//!
//! Vectors are made by a job, in pieces that are kept as they are done, so that it can be interrupted at any time and
//! goes on where it was. A search takes what there is: tools without a vector are found by their words.

use std::{
    ops::Range,
    sync::{Arc, OnceLock, Weak},
    time::{Duration, Instant},
};

use composio_catalog::{
    search::SearchIndex,
    semantic::{Encoder, Meaning, Vectors, text_of},
};
use composio_core::{Error, ErrorKind, Result};
use tokio::{sync::Mutex, task::spawn_blocking};

use super::{Catalogue, Snapshot, faults::lost, release::ReleaseKey};
use crate::store::{Store, VectorRecord};

/// How tools become texts and these become vectors. Where it is another, kept vectors are made anew.
const EDITION: &str = "1";
/// Tools of a piece: some tenths of a second of work, lost at most when the job is interrupted.
const PIECE: usize = 64;
/// Texts of searches whose vectors are at hand: whoever turns a page asks the same again.
const AT_HAND: u64 = 1_000;
/// While tools are being encoded, how often a search looks for more of their vectors.
const LOOK: Duration = Duration::from_secs(5);
/// How often a served engine looks for tools that are not encoded.
const PAUSE: Duration = Duration::from_secs(30);

/// The encoder, if the operator has named one, and the vectors of the tools as they are known.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    given: OnceLock<Given>,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Given {
    encoder: Arc<Encoder>,
    stamp: String,
    asked: moka::sync::Cache<String, Arc<Meaning>>,
}

/// The vectors of one snapshot's index.
#[derive(Debug)]
struct Held {
    snapshot: String,
    vectors: Arc<Vectors>,
    /// Pieces that there were.
    pieces: u64,
    looked: Instant,
}

/// What somebody asks for, and the vectors to hold it against.
pub(super) type Asked = (Arc<Meaning>, Arc<Vectors>);

impl Catalogue {
    /// Finds tools by meaning too from now on. The first encoder stays.
    pub(crate) fn set_encoder(&self, encoder: Encoder) {
        let given = Given {
            stamp: format!("{EDITION} {}", encoder.fingerprint()),
            encoder: Arc::new(encoder),
            asked: moka::sync::Cache::new(AT_HAND),
        };
        self.meanings.given.set(given).ok();
    }

    pub(crate) fn has_encoder(&self) -> bool {
        self.meanings.given.get().is_some()
    }

    /// Encodes the tools of newest versions that have no sound vectors yet; gives how many those were. `progress` is told
    /// how many tools have theirs, and of how many.
    pub(crate) async fn encode(&self, progress: &(dyn Fn(u64, u64) + Send + Sync)) -> Result<u64> {
        let Some(given) = self.meanings.given.get() else {
            let message = "no sentence encoder was given: name the folder of one";
            return Err(Error::new(ErrorKind::Config, message));
        };
        self.look().await;
        let snapshot = self.snapshot();
        let total = snapshot.apps().map(|app| app.newest.tools).sum();
        let (mut done, mut encoded) = (0, 0);
        let tell = |done: usize| progress(number(done), number(total));
        tell(0);
        for app in snapshot.apps() {
            let end = done + app.newest.tools;
            let kept = sound_pieces(&*self.store, given, &app.key, app.newest.tools).await?;
            let missing = pieces(app.newest.tools).filter(|(piece, _)| !kept.contains(piece));
            let missing: Vec<(u64, Range<usize>)> = missing.collect();
            let left: usize = missing.iter().map(|(_, range)| range.len()).sum();
            done = end - left;
            tell(done);
            for (piece, range) in missing {
                let count = range.len();
                if !self.encode_piece(given, &app.key, piece, range).await? {
                    break;
                }
                encoded += count;
                done += count;
                tell(done);
            }
            done = end;
        }
        tell(total);
        Ok(number(encoded))
    }

    /// `false` if the app is damaged or gone: its tools are found nowhere.
    async fn encode_piece(
        &self,
        given: &Given,
        key: &ReleaseKey,
        piece: u64,
        range: Range<usize>,
    ) -> Result<bool> {
        let Ok(contents) = self.shelf.get(key).await else {
            return Ok(false);
        };
        let encoder = Arc::clone(&given.encoder);
        let encode = move || {
            let plans = contents.tools().values();
            let plans = plans.skip(range.start).take(range.len());
            let texts: Vec<&str> = plans
                .map(|plan| text_of(&plan.name, &plan.description))
                .collect();
            Vectors::pack(&encoder.encode_all(&texts))
        };
        let record = VectorRecord {
            slug: key.slug.to_string(),
            version: key.version.to_string(),
            piece,
            stamp: given.stamp.clone(),
            bytes: spawn_blocking(encode).await.map_err(lost)?,
        };
        match self.store.keep_vectors(&record).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            kept => kept.map(|()| true),
        }
    }

    /// What `text` means and the vectors of the tools of `index`; `None` without an encoder, and before the first tool is
    /// encoded.
    pub(super) async fn asked(
        &self,
        snapshot: &Snapshot,
        index: &Arc<SearchIndex>,
        text: &str,
    ) -> Option<Asked> {
        let given = self.meanings.given.get()?;
        let vectors = self.vectors(given, snapshot, index).await;
        let vectors = vectors
            .inspect_err(|error| tracing::warn!(%error, "tools are found by their words alone"))
            .ok()
            .filter(|vectors| vectors.known() > 0)?;
        if let Some(meaning) = given.asked.get(text) {
            return Some((meaning, vectors));
        }
        let (encoder, owned) = (Arc::clone(&given.encoder), text.to_owned());
        let meaning = spawn_blocking(move || Meaning::new(&encoder.encode(&owned)));
        let meaning = Arc::new(meaning.await.ok()?);
        given.asked.insert(text.to_owned(), Arc::clone(&meaning));
        Some((meaning, vectors))
    }

    async fn vectors(
        &self,
        given: &Given,
        snapshot: &Snapshot,
        index: &Arc<SearchIndex>,
    ) -> Result<Arc<Vectors>> {
        let mut held = self.meanings.held.lock().await;
        if let Some(held) = held.as_mut().filter(|held| held.snapshot == snapshot.stamp) {
            let is_whole = held.vectors.known() == held.vectors.len();
            if is_whole || held.looked.elapsed() < LOOK {
                return Ok(Arc::clone(&held.vectors));
            }
            held.looked = Instant::now();
            if self.store.count_vectors(&given.stamp).await? == held.pieces {
                return Ok(Arc::clone(&held.vectors));
            }
        }
        let pieces = self.store.count_vectors(&given.stamp).await?;
        let mut vectors = Vectors::new(given.encoder.dimensions(), index.len());
        for (slug, places) in index.toolkits() {
            let Some(app) = snapshot.app(slug) else {
                continue;
            };
            let kept = self.store.vectors(slug, &app.key.version, &given.stamp);
            for (piece, bytes) in kept.await? {
                // One that is damaged is not taken, and made anew by the job.
                if let Some(own) = range(piece, places.len()) {
                    let at = places.start + own.start..places.start + own.end;
                    let _ = vectors.take(at, &bytes);
                }
            }
        }
        let vectors = Arc::new(vectors);
        *held = Some(Held {
            snapshot: snapshot.stamp.clone(),
            vectors: Arc::clone(&vectors),
            pieces,
            looked: Instant::now(),
        });
        Ok(vectors)
    }
}

/// Encodes what is added to a served engine, as long as the engine is there.
pub(crate) async fn encode_due(catalogue: Weak<Catalogue>) {
    let mut done = String::new();
    while let Some(catalogue) = catalogue.upgrade() {
        catalogue.look().await;
        let stamp = catalogue.snapshot().stamp.clone();
        if stamp != done && encode_now(&catalogue).await {
            done = stamp;
        }
        drop(catalogue);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn encode_now(catalogue: &Catalogue) -> bool {
    let encoded = catalogue.encode(&|_, _| ()).await;
    let encoded = encoded
        .inspect_err(|error| tracing::warn!(%error, "some tools are found by their words alone"));
    encoded.is_ok()
}

/// The numbers of the pieces that are kept whole.
async fn sound_pieces(
    store: &dyn Store,
    given: &Given,
    key: &ReleaseKey,
    tools: usize,
) -> Result<Vec<u64>> {
    let kept = store.vectors(&key.slug, &key.version, &given.stamp).await?;
    let dimensions = given.encoder.dimensions();
    let sound = kept.into_iter().filter(|(piece, bytes)| {
        let length = range(*piece, tools).map(|range| range.len());
        length.is_some_and(|length| Vectors::new(dimensions, length).take(0..length, bytes))
    });
    Ok(sound.map(|(piece, _)| piece).collect())
}

/// The pieces of an app, each with the places of its tools.
fn pieces(tools: usize) -> impl Iterator<Item = (u64, Range<usize>)> {
    (0_u64..).map_while(move |piece| Some((piece, range(piece, tools)?)))
}

fn range(piece: u64, tools: usize) -> Option<Range<usize>> {
    let start = usize::try_from(piece).ok()?.checked_mul(PIECE)?;
    (start < tools).then(|| start..tools.min(start + PIECE))
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
