use std::fs;

use super::{Part, Source};

/// A local folder that does not exist: `npm` refuses it without asking a registry.
const ABSENT: Part = Part {
    name: "./no-such-folder",
    version: "0.0.0-none",
    source: Source::Npm,
    sha256: "00",
    members: &["package"],
};

#[test]
fn installed_part_is_not_fetched_again() {
    let parts = tempfile::tempdir().unwrap();
    let home = parts.path().join(ABSENT.folder());
    fs::create_dir(&home).unwrap();
    fs::write(home.join(".sha256"), "00\npackage\n").unwrap();
    assert_eq!(ABSENT.install_under(parts.path()).unwrap(), home);
}

#[test]
fn part_that_cannot_be_fetched_is_missing_with_a_reason_and_leaves_nothing() {
    let parts = tempfile::tempdir().unwrap();
    let missing = ABSENT.install_under(parts.path()).unwrap_err();
    assert!(missing.reason.starts_with("npm: "), "{}", missing.reason);
    assert!(!missing.tampered);
    assert_eq!(fs::read_dir(parts.path()).unwrap().count(), 0);
}

#[test]
fn file_with_another_hash_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive.tgz");
    fs::write(&archive, "not what was pinned").unwrap();
    let missing = ABSENT.check(&archive).unwrap_err();
    assert!(missing.tampered);
}
