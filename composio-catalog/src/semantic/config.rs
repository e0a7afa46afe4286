//! What the files beside the weights say of a model.

use composio_core::{Error, ErrorKind, Result};
use serde::Deserialize;

/// Larger models are refused: what says so is damaged, or means hours for each text.
const WIDEST: usize = 1_024;
const DEEPEST: usize = 24;
const INNERMOST: usize = 8_192;
const WORDS: usize = 1_000_000;

/// The shape of a model, as `config.json` has it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Config {
    model_type: Option<String>,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
    #[serde(rename = "hidden_size")]
    pub(super) width: usize,
    #[serde(rename = "num_hidden_layers")]
    pub(super) layers: usize,
    #[serde(rename = "num_attention_heads")]
    pub(super) heads: usize,
    #[serde(rename = "intermediate_size")]
    pub(super) inner: usize,
    #[serde(rename = "max_position_embeddings")]
    pub(super) positions: usize,
    #[serde(rename = "vocab_size")]
    pub(super) words: usize,
    #[serde(default = "usual_epsilon", rename = "layer_norm_eps")]
    pub(super) epsilon: f32,
}

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    Mean,
    First,
}

#[derive(Debug, Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

impl Config {
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        let config: Self = serde_json::from_slice(text).map_err(|error| {
            fault("the encoder's config.json does not describe a BERT").with_source(error)
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let is = |said: &Option<String>, known: &str| said.as_deref().is_none_or(|it| it == known);
        if !is(&self.model_type, "bert") {
            return Err(fault("the encoder's model_type is not `bert`"));
        }
        if !is(&self.hidden_act, "gelu") || !is(&self.position_embedding_type, "absolute") {
            return Err(fault(
                "the encoder is a BERT with another activation than `gelu`, or with relative positions",
            ));
        }
        let within = |size: usize, most: usize| (1..=most).contains(&size);
        let is_sound = within(self.width, WIDEST)
            && within(self.layers, DEEPEST)
            && within(self.heads, self.width)
            && self.width.is_multiple_of(self.heads)
            && within(self.inner, INNERMOST)
            && within(self.positions, INNERMOST)
            && self.positions >= 8
            && within(self.words, WORDS)
            && (0.0..1.0).contains(&self.epsilon);
        if is_sound {
            Ok(())
        } else {
            Err(fault(
                "the sizes in the encoder's config.json are not those of a small BERT",
            ))
        }
    }
}

impl Pooling {
    /// As `1_Pooling/config.json` says; the mean where there is none.
    pub(super) fn parse(text: Option<&[u8]>) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self::Mean);
        };
        let file: PoolingFile = serde_json::from_slice(text).map_err(|error| {
            fault("the encoder's 1_Pooling/config.json is damaged").with_source(error)
        })?;
        match (file.pooling_mode_mean_tokens, file.pooling_mode_cls_token) {
            (true, false) => Ok(Self::Mean),
            (false, true) => Ok(Self::First),
            _ => Err(fault(
                "the encoder's pooling is neither the mean of the tokens nor the first of them",
            )),
        }
    }
}

/// Something about the encoder's files that the operator can mend.
pub(super) fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}

fn usual_epsilon() -> f32 {
    1e-12
}
