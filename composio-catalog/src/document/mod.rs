//! The document as a compact tree that borrows from the text, and its references.

mod discovery;
mod fields;
mod node;
mod read;
mod reference;
mod swagger;
mod swagger_parameter;

pub(crate) use node::Node;
pub(crate) use read::read;
pub(crate) use reference::{Document, Unresolved};

#[cfg(test)]
mod tests;
