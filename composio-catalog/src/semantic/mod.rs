//! Finding tools by what a sentence means: a sentence encoder of the BERT kind, run in this process, beside the words.
//!
//! The weights are the operator's: any folder as sentence-transformers writes it for a BERT (`config.json`,
//! `tokenizer.json` or `vocab.txt`, `model.safetensors`), such as all-MiniLM-L6-v2. [`Encoder`] turns a text into a
//! vector of length one, [`Vectors`] keeps those of the tools, and [`SearchIndex::search_meaning`] fuses both scores.
//!
//! [`SearchIndex::search_meaning`]: crate::search::SearchIndex::search_meaning

mod config;
mod encoder;
mod model;
mod text;
mod tokens;
mod vectors;
mod weights;

pub use encoder::{Encoder, EncoderFiles};
pub use text::text_of;
pub use vectors::{Meaning, Vectors};
