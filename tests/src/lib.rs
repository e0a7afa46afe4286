//! What the cross-crate suites share.
//!
//! - [`announced`] runs a server that says where it is.
//! - [`api`] asks an engine as the program that it runs in does.
//! - [`oidc`] runs a certified OpenID provider with an API behind it.
//! - [`peer`] runs servers of Debian packages.
//! - [`parts`] installs real material from outside (documents, recordings) under `target/parts/`.
//! - [`pieces`] takes bytes apart.
//! - [`program`] runs the `composio` program.
//! - [`small_encoder`] makes the files of a sentence encoder.
//! - [`suite`] runs cases that need such material, on the `libtest-mimic` harness.
//! - [`tree`] reads the repository itself: tracked files, members and their dependencies.
//! - [`visitor`] goes where a person's browser goes.

pub mod announced;
pub mod api;
pub mod oidc;
pub mod parts;
pub mod peer;
pub mod pieces;
pub mod program;
pub mod small_encoder;
pub mod suite;
pub mod tree;
pub mod visitor;

/// The uses that the README shows, compiled as they stand there.
#[cfg(doctest)]
mod uses {
    #[doc = include_str!("../../docs/uses/openai.md")]
    struct OpenAi;

    #[doc = include_str!("../../docs/uses/rig.md")]
    struct Rig;

    #[cfg(feature = "langchain")]
    #[doc = include_str!("../../docs/uses/langchain.md")]
    struct LangChain;
}

/// The examples of the guides.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../docs/hooks.md")]
    struct Hooks;

    #[doc = include_str!("../../docs/from-python.md")]
    struct FromPython;
}
