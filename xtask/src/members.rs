//! The packages of the workspace, as `cargo metadata` tells them.

use serde_json::Value;

use crate::headers;
use crate::shell::{self, Step};

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: String,
    /// Whether it is meant for others.
    pub(crate) is_published: bool,
}

/// All of them, in the workspace's order.
pub(crate) fn all() -> Step<Vec<Member>> {
    let told = shell::output(&mut shell::cargo([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: Value = serde_json::from_str(&told)?;
    Ok(list(metadata.get("packages")).map(member).collect())
}

/// `--workspace` without what cannot be built here.
pub(crate) fn buildable() -> Vec<String> {
    let mut arguments = vec!["--workspace".to_owned()];
    if !headers::are_there() {
        for name in headers::NEED_HEADERS {
            arguments.extend(["--exclude".to_owned(), (*name).to_owned()]);
        }
    }
    arguments
}

fn member(package: &Value) -> Member {
    Member {
        name: text(package.get("name")),
        is_published: package.get("publish").is_none_or(Value::is_null),
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
