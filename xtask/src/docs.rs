//! The documentation of every published crate.

use crate::headers;
use crate::members;
use crate::shell::{self, Step};

pub(crate) fn run(_: &[String]) -> Step {
    let mut command = shell::cargo(["doc", "--no-deps", "--quiet"]);
    for member in members::all()?.iter().filter(|member| member.is_published) {
        if headers::are_there() || !headers::NEED_HEADERS.contains(&member.name.as_str()) {
            command.args(["--package", &member.name]);
        }
    }
    shell::run(
        command
            .args(["--all-features"])
            .env("RUSTDOCFLAGS", "--deny warnings --deny missing_docs"),
    )
}
