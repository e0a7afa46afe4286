use std::fmt;

use composio_core::Result;

use super::{
    config::{Config, Pooling},
    model::Model,
    tokens::Tokens,
    weights::Weights,
};

/// Tokens of a text that are read: what a tool does is told at the beginning.
const LONGEST: usize = 128;
/// Tokens that go through the layers together: enough for the multiplication to pay, little enough to stay in a cache.
const TOGETHER: usize = 256;

/// The contents of the files that an encoder consists of, as sentence-transformers writes them.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EncoderFiles<'f> {
    /// `config.json`.
    pub config: &'f [u8],
    /// `tokenizer.json`, or `vocab.txt`.
    pub tokenizer: &'f [u8],
    /// `model.safetensors`, in 32-bit floats.
    pub weights: &'f [u8],
    /// `1_Pooling/config.json`, if there is one; the mean of the tokens is taken without it.
    pub pooling: Option<&'f [u8]>,
}

/// A sentence encoder: texts in, vectors of length one out. Texts of similar meaning have vectors of similar direction.
///
/// It is about as large in memory as its weights are as a file, never changes, and may be used from several threads.
pub struct Encoder {
    tokens: Tokens,
    model: Model,
    longest: usize,
    fingerprint: String,
}

impl<'f> EncoderFiles<'f> {
    /// The files that every encoder has.
    #[must_use]
    pub fn new(config: &'f [u8], tokenizer: &'f [u8], weights: &'f [u8]) -> Self {
        Self {
            config,
            tokenizer,
            weights,
            pooling: None,
        }
    }

    /// Adds `1_Pooling/config.json`.
    #[must_use]
    pub fn with_pooling(mut self, pooling: &'f [u8]) -> Self {
        self.pooling = Some(pooling);
        self
    }
}

impl Encoder {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if one of them is damaged or cut short, if they do not belong together, or if they are not
    /// of a BERT with at most 24 layers of at most 1,024 columns. The message names the file and what is wrong in it.
    ///
    /// [`ErrorKind::Config`]: composio_core::ErrorKind::Config
    pub fn new(files: &EncoderFiles<'_>) -> Result<Self> {
        let config = Config::parse(files.config)?;
        let pooling = Pooling::parse(files.pooling)?;
        let tokens = Tokens::read(files.tokenizer, config.words)?;
        let weights = Weights::read(files.weights)?;
        let longest = config.positions.min(LONGEST);
        Ok(Self {
            fingerprint: fingerprint(files),
            model: Model::read(config, pooling, &weights)?,
            tokens,
            longest,
        })
    }

    /// How many numbers a vector has.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.model.width()
    }

    /// Tells this encoder's vectors from those of another: a checksum of its files.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The vector of `text`, of which the first 128 tokens count.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<f32> {
        let mut vectors = self.encode_all(&[text]);
        vectors.pop().unwrap_or_default()
    }

    /// The vectors of `texts`, in their order.
    #[must_use]
    pub fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut batch = Vec::new();
        let mut size = 0;
        for text in texts {
            let tokens = self.tokens.of(text, self.longest);
            if size + tokens.len() > TOGETHER && !batch.is_empty() {
                vectors.append(&mut self.model.encode(&batch));
                batch.clear();
                size = 0;
            }
            size += tokens.len();
            batch.push(tokens);
        }
        if !batch.is_empty() {
            vectors.append(&mut self.model.encode(&batch));
        }
        vectors
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("dimensions", &self.dimensions())
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

fn fingerprint(files: &EncoderFiles<'_>) -> String {
    let parts = [
        files.config,
        files.tokenizer,
        files.weights,
        files.pooling.unwrap_or_default(),
    ];
    let sums = parts.map(|part| format!("{:08x}", crc32fast::hash(part)));
    sums.concat()
}
