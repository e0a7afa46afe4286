use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use crate::support::{PROGRAM, World};

#[test]
fn a_reader_that_has_had_enough_ends_the_program_quietly() {
    let world = World::new();
    // More than a pipe holds.
    let mut child = world
        .command()
        .args(["completions", "zsh"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("#compdef composio"), "{line}");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn a_full_disk_is_told() {
    let world = World::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = world
        .command()
        .arg("whoami")
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("the output cannot be written"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_database_without_room_on_its_disk_is_not_called_damaged() {
    let world = World::with_desk();
    for line in ["apps list", "keys create"] {
        // No file may grow, as if the disk were full.
        let limited = format!("trap '' XFSZ; ulimit -f 0; exec {PROGRAM} {line}");
        let ended = Command::new("sh")
            .args(["-c", &limited])
            .env_clear()
            .envs(world.environment())
            .output()
            .unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(6), "{told}");
        assert!(!told.contains("damaged"), "{told}");
        assert!(told.contains("make room on the disk"), "{told}");
    }
    assert!(world.output("apps list", "").status.success());
}

#[test]
fn a_text_that_is_empty_is_refused_and_lets_nothing_through() {
    let world = World::connected();
    for line in [
        "connections list -e ''",
        "connections list -e ' '",
        "connections delete ''",
        "users delete '' --yes",
        "apps show ''",
        "execute ''",
        "add desk -e ''",
    ] {
        let ended = world.output(line, "");
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{line}: {told}");
        assert!(told.contains("must not be empty"), "{line}: {told}");
        assert!(ended.stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_key_is_taken_from_a_file_without_the_end_of_its_line() {
    let world = World::with_desk();
    for (user, end) in [("unix", "\n"), ("windows", "\r\n"), ("bare", "")] {
        fs::write(world.path().join("a.key"), format!("{}{end}", world.key)).unwrap();
        let added = world.output(
            &format!("add desk -e {user} --param-file api_key=a.key"),
            "",
        );
        assert!(added.status.success(), "{added:?}");
        let run = format!("execute DESK_GET_THE_AUTHENTICATED_USER -e {user}");
        let ran = world.output(&run, "");
        assert!(ran.status.success(), "{ran:?}");
    }
}

#[test]
fn tables_of_copied_width_fit_eighty_columns() {
    let world = World::with_desk();
    for line in [
        "actions list",
        "apps list",
        "apps show desk",
        "--help",
        "add --help",
    ] {
        let output = world.output(line, "");
        let text = String::from_utf8(output.stdout).unwrap();
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(
            longest.is_some_and(|longest| longest <= 80),
            "{line}: {longest:?}"
        );
    }
}

#[test]
fn manual_pages_and_completions_know_every_verb() {
    let world = World::new();
    let written = world.output("man pages", "");
    assert!(written.status.success(), "{written:?}");
    for page in [
        "composio",
        "composio-execute",
        "composio-apps-add",
        "composio-keys-create",
    ] {
        let page = world.path().join("pages").join(format!("{page}.1"));
        assert!(fs::read_to_string(page).unwrap().contains(".SH NAME"));
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = world.output(&format!("completions {shell}"), "");
        let script = String::from_utf8(script.stdout).unwrap();
        assert!(script.contains("connections"), "{shell}");
    }
}

#[test]
fn help_tells_the_variables_and_the_exit_codes() {
    let mut world = World::new();
    world.run("--help");
    world.run("");
    world.run("fly");
    world.run("apps");
    world.run("execute --help");
    world.check("help");
}
