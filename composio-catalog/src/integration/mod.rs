//! `integration.yaml`: an app's facts, auth schemes and request templates, as the product documents describe it.

mod check;
mod derive;
mod details;
mod lenient;
mod model;
mod parse;
mod template;

pub use model::{Field, Integration, Proxy, SchemeConfig};

#[cfg(test)]
mod tests;
