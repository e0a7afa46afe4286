//! OpenSSL's headers, which only `composio-langchain` needs.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell::{self, Step};

/// Packages that need the headers.
pub(crate) const NEED_HEADERS: &[&str] = &["composio-langchain", "langchain-executor"];

/// Whether the headers can be found.
pub(crate) fn are_there() -> bool {
    env::var_os("OPENSSL_DIR").is_some()
        || Path::new("/usr/include/openssl/ssl.h").exists() && quiet("pkg-config", &["--version"])
        || quiet("pkg-config", &["--exists", "openssl"])
}

/// Installs the Debian packages that hold the headers, if this is such a system.
pub(crate) fn install() -> Step {
    if are_there() || !quiet("apt-get", &["--version"]) {
        return Ok(());
    }
    eprintln!("installing libssl-dev and pkg-config for composio-langchain");
    shell::run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let install = [
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        "libssl-dev",
        "pkg-config",
    ];
    shell::run(
        Command::new("apt-get")
            .args(install)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn quiet(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
