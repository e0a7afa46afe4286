//! Files in the arguments and the results of tools (wire reference 2.6).

#[cfg(feature = "files")]
mod access;
#[cfg(feature = "files")]
mod download;
#[cfg(feature = "files")]
mod kinds;
#[cfg(feature = "files")]
mod leaves;
#[cfg(not(feature = "files"))]
mod none;
#[cfg(feature = "files")]
mod source;
#[cfg(feature = "files")]
mod upload;

#[cfg(feature = "files")]
pub use source::data_url;

#[cfg(feature = "files")]
pub(crate) use access::{FileAccess, file_setters};
#[cfg(feature = "files")]
pub(crate) use download::download;
#[cfg(feature = "files")]
pub(crate) use leaves::{Reader, own, show};
#[cfg(not(feature = "files"))]
pub(crate) use none::{FileAccess, Reader, download, has_any, own, refusal, show, upload};
#[cfg(feature = "files")]
pub(crate) use source::refusal;
#[cfg(feature = "files")]
pub(crate) use upload::{has_any, upload};

#[cfg(test)]
#[cfg(feature = "files")]
mod tests;
