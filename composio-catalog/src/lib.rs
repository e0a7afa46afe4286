#![doc = include_str!("../README.md")]

mod integration;
mod plan;

pub use integration::{Field, Integration, Proxy, SchemeConfig};
pub use plan::{Argument, BodyEncoding, BodyPlan, Location, Style, ToolPlan, Toolkit};
