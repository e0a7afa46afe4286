#![doc = include_str!("../README.md")]

mod compile;
mod diff;
mod document;
mod entries;
mod error;
mod facts;
mod integration;
mod plan;
mod report;
mod schema;
mod scopes;
pub mod search;
#[cfg(feature = "semantic")]
pub mod semantic;
mod steps;
mod stored;
mod text;
mod tool_models;
mod view;
mod yaml;

#[cfg(test)]
mod tests;

pub use compile::{Compiled, compile, compile_with};
pub use diff::{Change, ToolDiff, VersionDiff};
pub use document::Bundle;
pub use entries::Entries;
pub use error::CompileError;
pub use facts::Facts;
pub use integration::{
    AssertionConfig, AssertionUse, ClientAuthentication, CuratedPages, CuratedStep, CuratedTool,
    Field, Identity, Integration, OauthConfig, Overlay, Proxy, SchemeConfig, SigningAlgorithm,
    TokenBody,
};
pub use plan::{Argument, BodyEncoding, BodyPlan, Location, Style, ToolPlan, Toolkit};
pub use report::{Diagnostic, Report};
pub use steps::{Step, Steps};
pub use tool_models::ToolModels;
