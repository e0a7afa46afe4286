//! The document as a compact tree that borrows from the text, and its references.

mod bundle;
mod discovery;
mod discovery_media;
mod edit;
mod fields;
mod join;
mod node;
mod overlay;
mod read;
mod reference;
mod servers;
mod swagger;
mod swagger_parameter;

pub use bundle::Bundle;
pub(crate) use node::Node;
pub(crate) use overlay::apply;
pub(crate) use read::{as_openapi, overlay_value, parse, read};
pub(crate) use reference::{Document, Unresolved};

#[cfg(test)]
mod tests;
