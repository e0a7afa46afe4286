//! A connection by consent, with a service on this machine whose page consents at once.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Stdio},
};

use demo::Notes;
use tokio::runtime::Runtime;

use crate::support::World;

/// Starts the service, and a world whose engine knows it and its OAuth client.
fn world() -> (Runtime, Notes, World) {
    let runtime = Runtime::new().unwrap();
    let notes = runtime.block_on(Notes::start()).unwrap();
    let world = World::new();
    fs::write(world.path().join("notes.json"), notes.openapi()).unwrap();
    fs::write(world.path().join("notes.yaml"), notes.integration()).unwrap();
    let (id, secret) = notes.client();
    let create = format!("integrations create notes --param client_id={id}");
    for (line, input) in [
        (
            "apps add notes --spec notes.json --integration notes.yaml",
            String::new(),
        ),
        (&create, format!("{}\n", secret.expose())),
    ] {
        let done = world.output(line, &input);
        assert!(done.status.success(), "{done:?}");
    }
    (runtime, notes, world)
}

/// Starts a command that waits for a consent, and gives the link it shows.
fn waiting(world: &World, line: &str) -> (Child, String) {
    let mut child = world
        .command()
        .args(line.split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap());
    let mut lines = told.lines().map(Result::unwrap);
    let link = lines.find(|line| line.starts_with("http://"));
    let link = link.unwrap_or_else(|| panic!("no link: {child:?}"));
    // What it says later must not find a closed pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, link)
}

fn ended(mut child: Child) -> String {
    let mut said = String::new();
    let mut out = child.stdout.take().unwrap();
    out.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    said
}

fn consents(is_served: bool) {
    let (runtime, _notes, mut world) = world();
    let server = is_served.then(|| world.serve());
    let (child, link) = waiting(&world, "add notes -e ann --no-browser");
    let (_, page) = runtime.block_on(demo::visit(&link)).unwrap();
    assert!(page.contains("connected"), "{page}");
    let said = ended(child);
    assert!(said.contains("ACTIVE"), "{said}");
    let who = world.output("execute NOTES_GET_THE_AUTHENTICATED_USER -e ann", "");
    let login = String::from_utf8(who.stdout).unwrap();
    assert!(login.contains("mira"), "{login}");
    assert!(server.is_none_or(|server| server.end().success()));
}

#[test]
fn a_consent_comes_back_to_the_engine_of_this_process() {
    consents(false);
}

#[test]
fn a_consent_comes_back_to_a_server() {
    consents(true);
}

#[test]
fn whoever_does_not_consent_in_time_is_told_how_to_go_on() {
    let (_runtime, _notes, world) = world();
    let ended = world.output("add notes -e ann --no-browser --timeout 0", "");
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(6), "{said}");
    assert!(
        said.contains("INITIATED") || said.contains("not heard of"),
        "{said}"
    );
    assert!(said.contains("composio connections refresh ca_"), "{said}");
    let elsewhere = world.output("add notes -e ann --listen 0.0.0.0:0", "");
    assert_eq!(elsewhere.status.code(), Some(2));
}
