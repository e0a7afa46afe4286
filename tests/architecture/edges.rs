//! Arrows are imports; nothing points back and siblings do not point sideways.

use composio_tests::tree::{self, Package};

/// Each published crate and the crates of the family that it may import.
const FAMILY: &[(&str, &[&str])] = &[
    ("composio-core", &["composio-macros"]),
    ("composio-macros", &[]),
    ("composio-openai", &["composio-core"]),
    ("composio-rig", &["composio-core"]),
    ("composio-langchain", &["composio-core"]),
    ("composio-kernels", &[]),
    ("composio-catalog", &["composio-core", "composio-kernels"]),
    ("composio-build", &["composio-core", "composio-catalog"]),
    ("composio-toolkits", &[]),
    (
        "composio-engine",
        &["composio-core", "composio-catalog", "composio-toolkits"],
    ),
    (
        "composio-cli",
        &[
            "composio-core",
            "composio-catalog",
            "composio-build",
            "composio-engine",
        ],
    ),
];

/// Packages that are not published may import anything.
const FREE: &[&str] = &["composio-tests", "composio-benches", "xtask"];

/// Each confined library (a trailing `*` stands for any ending) and the crates that may import it.
const CONFINED: &[(&str, &[&str])] = &[
    ("async-openai*", &["composio-openai"]),
    ("rig-*", &["composio-rig"]),
    ("langchain-rust", &["composio-langchain"]),
    ("axum*", &["composio-engine", "composio-cli"]),
    ("sqlx*", &["composio-engine"]),
    ("rusqlite", &[]),
    // async-openai's middleware has reqwest's response in its signature.
    ("reqwest", &["composio-core", "composio-openai"]),
    ("hyper*", &["composio-engine", "composio-cli"]),
    ("fearless_simd", &["composio-kernels"]),
    ("ndarray", &["composio-catalog"]),
    ("safetensors", &["composio-catalog"]),
    ("tracing-subscriber", &["composio-cli"]),
    ("clap*", &["composio-cli"]),
];

/// What a crate without I/O must not see at all.
const IO: &[&str] = &[
    "tokio*",
    "async-std",
    "reqwest",
    "hyper*",
    "axum*",
    "sqlx*",
    "tower*",
    "socket2",
    "mio",
];

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |start| name.starts_with(start))
}

fn is_published(package: &Package) -> bool {
    let is_example = package.folder.starts_with("examples");
    !is_example && !FREE.contains(&package.name.as_str())
}

/// What a user of the crate gets with it: everything but development dependencies.
fn imports(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|found| !found.development)
        .map(|found| found.name.as_str())
}

/// Every import of a published crate that `is_forbidden` names, as `crate -> library`.
fn forbidden(packages: &[Package], is_forbidden: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| is_published(package)) {
        for name in imports(package).filter(|name| is_forbidden(&package.name, name)) {
            found.push(format!("{} -> {name}", package.name));
        }
    }
    found
}

fn is_forbidden_in_family(from: &str, to: &str) -> bool {
    let allowed = FAMILY
        .iter()
        .find(|(name, _)| *name == from)
        .map_or(&[][..], |(_, allowed)| allowed);
    to.starts_with("composio-") && !allowed.contains(&to)
}

fn is_confined_elsewhere(from: &str, to: &str) -> bool {
    CONFINED
        .iter()
        .any(|(pattern, homes)| matches(pattern, to) && !homes.contains(&from))
}

fn is_io_in_catalog(from: &str, to: &str) -> bool {
    ["composio-catalog", "composio-build"].contains(&from)
        && IO.iter().any(|pattern| matches(pattern, to))
}

#[test]
fn crates_import_only_what_stands_below_them() {
    assert_eq!(
        forbidden(&tree::packages(), is_forbidden_in_family),
        Vec::<String>::new()
    );
}

#[test]
fn every_published_crate_has_its_place_in_the_family() {
    for package in tree::packages()
        .iter()
        .filter(|package| is_published(package))
    {
        assert!(
            FAMILY.iter().any(|(name, _)| *name == package.name),
            "{} has no rule",
            package.name
        );
    }
}

#[test]
fn frameworks_databases_and_servers_stay_in_their_crates() {
    assert_eq!(
        forbidden(&tree::packages(), is_confined_elsewhere),
        Vec::<String>::new()
    );
}

#[test]
fn catalogue_imports_nothing_that_does_io() {
    assert_eq!(
        forbidden(&tree::packages(), is_io_in_catalog),
        Vec::<String>::new()
    );
}

#[test]
fn default_build_needs_no_system_library() {
    let manifest = tree::text("Cargo.toml".as_ref()).unwrap();
    let members = manifest
        .split("default-members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .unwrap();
    assert!(members.contains("\"composio-core\""));
    assert!(
        !members.contains("langchain"),
        "langchain-rust needs OpenSSL's headers"
    );
}

/// The rules themselves are tried on edges that must not be there.
#[test]
fn forbidden_edges_are_found() {
    assert!(is_forbidden_in_family("composio-core", "composio-engine"));
    assert!(is_forbidden_in_family("composio-rig", "composio-openai"));
    assert!(is_forbidden_in_family(
        "composio-catalog",
        "composio-engine"
    ));
    assert!(is_confined_elsewhere("composio-core", "async-openai"));
    assert!(is_confined_elsewhere("composio-openai", "rig-core"));
    assert!(is_confined_elsewhere("composio-rig", "reqwest"));
    assert!(is_confined_elsewhere("composio-core", "axum"));
    assert!(is_io_in_catalog("composio-catalog", "tokio"));
    assert!(!is_confined_elsewhere("composio-rig", "rig-core"));
}
