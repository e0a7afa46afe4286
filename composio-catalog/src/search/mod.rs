//! Finding tools by what somebody wants to do: an inverted index over their texts, without any model or network.
//!
//! Words are split (`listIssues`, `list_issues`), lower-cased and stemmed (Snowball's English rules). A tool is ranked
//! by BM25F: each word counts by how rare it is and by the field it stands in, and a long field less per word. Words of
//! the same meaning (`create`, `add`, `new`) and words that are misspelled count less than the word itself.

mod build;
mod bytes;
mod chain;
mod columns;
mod fields;
#[cfg(feature = "semantic")]
mod fused;
mod index;
mod meaning;
mod query;
mod renew;
mod spelling;
mod words;

pub use build::{SearchBuilder, SearchText};
pub use chain::Step;
pub use fields::SearchField;
#[cfg(feature = "semantic")]
pub use fused::Asked;
pub use index::{EDITION, SearchIndex};
pub use query::{Hit, Match};

#[cfg(test)]
mod tests;
