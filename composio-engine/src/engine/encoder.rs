//! The operator's sentence encoder, by which tools are found by meaning too.

use std::{path::Path, sync::Arc};

use composio_core::Result;
#[cfg(not(feature = "semantic"))]
use composio_core::{Error, ErrorKind};

use super::Engine;
use crate::platform::Platform;

impl Engine {
    /// Encodes the tools that have no vectors of the [encoder](crate::EngineBuilder::encoder) yet, so that they are found
    /// by meaning too; gives how many those were. `progress` is told how many tools have theirs, and of how many.
    ///
    /// A tool takes some milliseconds. What is done is kept: dropping the future loses a fraction of a second's work, and
    /// calling it again goes on. Vectors that are damaged, or of another encoder, are made anew. Searches are answered
    /// meanwhile, tools without vectors by their words. An engine that is [served](Engine::serve) does this by itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](composio_core::ErrorKind) if no encoder was given,
    /// [`ErrorKind::NotSupported`](composio_core::ErrorKind) without the feature `semantic`, and those of the store.
    pub async fn encode_tools(
        &self,
        progress: impl Fn(u64, u64) + Send + Sync + 'static,
    ) -> Result<u64> {
        #[cfg(feature = "semantic")]
        return self.platform.catalogue.encode(&progress).await;
        #[cfg(not(feature = "semantic"))]
        {
            drop(progress);
            std::future::ready(Err(unsupported())).await
        }
    }
}

/// Reads the encoder in `folder`, and lets the catalogue find by it.
pub(super) async fn give(platform: &Arc<Platform>, folder: &Path) -> Result<()> {
    #[cfg(feature = "semantic")]
    {
        let folder = folder.to_owned();
        let read = tokio::task::spawn_blocking(move || files::read(&folder));
        let encoder = read.await.map_err(super::builder::failed)??;
        platform.catalogue.set_encoder(encoder);
        Ok(())
    }
    #[cfg(not(feature = "semantic"))]
    {
        let _ = (platform, folder);
        std::future::ready(Err(unsupported())).await
    }
}

/// Encodes what is added as long as the task runs; `None` if there is nothing to encode by.
pub(super) fn tend(platform: &Arc<Platform>) -> Option<tokio::task::JoinHandle<()>> {
    #[cfg(feature = "semantic")]
    {
        let catalogue = &platform.catalogue;
        let due = || crate::catalogue::encode_due(Arc::downgrade(catalogue));
        catalogue.has_encoder().then(|| tokio::spawn(due()))
    }
    #[cfg(not(feature = "semantic"))]
    {
        let _ = platform;
        None
    }
}

#[cfg(not(feature = "semantic"))]
fn unsupported() -> Error {
    let message = "this build finds tools by words alone: build it with the feature `semantic` for a sentence encoder";
    Error::new(ErrorKind::NotSupported, message)
}

#[cfg(feature = "semantic")]
mod files {
    use std::{fs, path::Path};

    use composio_catalog::semantic::{Encoder, EncoderFiles};
    use composio_core::{Error, ErrorKind, Result};

    /// Bytes of the weights, and of each other file: more is no small encoder.
    const WEIGHTS: u64 = 2 * 1024 * 1024 * 1024;
    const FILE: u64 = 64 * 1024 * 1024;

    pub(super) fn read(folder: &Path) -> Result<Encoder> {
        let config = file(folder, "config.json", FILE)?;
        let json = folder.join("tokenizer.json");
        let tokenizer = if json.exists() {
            "tokenizer.json"
        } else {
            "vocab.txt"
        };
        let tokenizer = file(folder, tokenizer, FILE)?;
        let weights = file(folder, "model.safetensors", WEIGHTS)?;
        let pooling = match folder.join("1_Pooling").exists() {
            true => Some(file(folder, "1_Pooling/config.json", FILE)?),
            false => None,
        };
        let mut files = EncoderFiles::new(&config, &tokenizer, &weights);
        if let Some(pooling) = &pooling {
            files = files.with_pooling(pooling);
        }
        Encoder::new(&files).map_err(|error| {
            let message = format!(
                "{} is no sentence encoder: {}",
                folder.display(),
                error.message()
            );
            Error::new(ErrorKind::Config, message).with_source(error)
        })
    }

    fn file(folder: &Path, name: &str, most: u64) -> Result<Vec<u8>> {
        let path = folder.join(name);
        let fault = |why: String| {
            let message = format!("{} is no sentence encoder: {name} {why}", folder.display());
            Error::new(ErrorKind::Config, message)
        };
        let about =
            fs::metadata(&path).map_err(|error| fault(format!("cannot be read: {error}")))?;
        if !about.is_file() || about.len() > most {
            return Err(fault(format!("is no file of at most {most} bytes")));
        }
        fs::read(&path).map_err(|error| fault(format!("cannot be read: {error}")))
    }
}
