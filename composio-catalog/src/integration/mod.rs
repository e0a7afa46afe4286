//! `integration.yaml`: an app's facts, auth schemes and request templates, as the product documents describe it.

mod assertion;
mod check;
mod curated;
mod curated_lint;
mod derive;
mod details;
mod hosts;
mod identity;
mod lenient;
mod lint;
mod model;
mod oauth;
mod overlay;
mod parse;
mod template;

pub(crate) use details::sounds_secret;

pub use assertion::{AssertionConfig, AssertionUse, SigningAlgorithm};
pub use curated::{CuratedPages, CuratedStep, CuratedTool};
pub use identity::Identity;
pub use model::{Field, Integration, Proxy, SchemeConfig};
pub use oauth::{ClientAuthentication, OauthConfig, TokenBody};
pub use overlay::Overlay;

#[cfg(test)]
mod tests;
