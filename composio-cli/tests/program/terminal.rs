use std::{
    fmt::Write as _,
    fs,
    process::Command,
    sync::{Arc, Barrier},
};

use rexpect::session::{PtySession, spawn_command};

use serde_json::{Value, json};

use crate::{
    support::{PROGRAM, World},
    vendor::{Answer, Vendor, trusting},
};

const PATIENCE: u64 = 30_000;

/// The program on a terminal that shows what is typed, as those of people do.
fn program(world: &World, line: &str) -> PtySession {
    shell(world, &format!("exec {PROGRAM} {line}"))
}

fn shell(world: &World, script: &str) -> PtySession {
    let path = std::env::var_os("PATH").unwrap();
    let mut command = Command::new("sh");
    command
        .current_dir(world.path())
        .args(["-c", &format!("stty echo cols 100; {script}")])
        .env_clear()
        .envs(world.environment())
        .env("TERM", "xterm")
        .env("PATH", path);
    spawn_command(command, Some(PATIENCE)).unwrap()
}

/// The exit code, as `Exited(Pid(7), 130)` shows it.
fn code(session: &PtySession) -> i32 {
    let ended = format!("{:?}", session.process().wait().unwrap());
    let code = ended.rsplit(", ").next().unwrap().trim_end_matches(')');
    code.parse().unwrap_or_else(|_| panic!("{ended}"))
}

/// A document of so many operations; 20,000 take a while.
fn document(world: &World, operations: usize) {
    let mut document = "openapi: 3.0.3\ninfo: {title: Big, version: '1'}\nservers: [{url: 'https://big.example'}]\npaths:\n".to_owned();
    for number in 0..operations {
        writeln!(
            document,
            "  /things/{number}/{{id}}:\n    get:\n      summary: Get thing {number}\n      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]\n      responses: {{'200': {{description: It, content: {{application/json: {{schema: {{type: object, properties: {{name: {{type: string}}}}}}}}}}}}}}"
        )
        .unwrap();
    }
    fs::write(world.path().join("big.yaml"), document).unwrap();
}

#[test]
fn a_secret_is_not_shown_while_it_is_typed_and_an_answer_is() {
    let world = World::with_desk();
    let mut session = program(&world, "add desk -e mira");
    session.exp_string("API key: ").unwrap();
    session.send_line(&world.key).unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("ACTIVE"), "{rest}");
    assert!(!rest.contains(&world.key), "the key was echoed");
    assert_eq!(code(&session), 0);

    let mut session = program(&world, "apps remove desk");
    session.exp_string("[y/N]: ").unwrap();
    session.send_line("nonsense").unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("nonsense"), "{rest}");
    assert!(rest.contains("nothing was changed"), "{rest}");
    assert_eq!(code(&session), 130);

    let mut session = program(&world, "apps remove desk");
    session.exp_string("[y/N]: ").unwrap();
    session.send_line("y").unwrap();
    session.exp_string("desk is removed").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(code(&session), 0);
}

#[test]
fn after_an_interrupted_question_the_terminal_shows_what_is_typed() {
    let world = World::with_desk();
    let script = format!("trap : INT; {PROGRAM} add desk; echo \"ended $?\"; stty -a");
    let mut session = shell(&world, &script);
    session.exp_string("API key: ").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("ended 130").unwrap();
    let state = session.exp_eof().unwrap();
    let words: Vec<&str> = state.split_whitespace().collect();
    assert!(words.contains(&"echo"), "{state}");
}

#[test]
fn an_interrupted_import_leaves_nothing_and_can_be_repeated() {
    let world = World::with_desk();
    document(&world, 20_000);
    let mut session = program(&world, "apps add big --spec big.yaml");
    session.exp_string("adding big").unwrap();
    session.send_control('c').unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("interrupted"), "{rest}");
    assert!(!rest.contains("actions"), "it had ended before: {rest}");
    assert_eq!(code(&session), 130);

    let listed = world.output("apps list", "");
    let apps = String::from_utf8(listed.stdout).unwrap();
    assert!(apps.contains("desk") && !apps.contains("big"), "{apps}");
    let linted = world.output("apps add desk --spec desk.yaml --yes", "");
    assert!(linted.status.success(), "{linted:?}");
}

#[test]
fn progress_and_colour_are_for_terminals() {
    let mut world = World::new();
    let mut session = program(&world, "apps add desk --spec desk.yaml --yes");
    let all = session.exp_eof().unwrap();
    assert!(all.contains("adding desk"), "{all:?}");
    let mut session = program(&world, "apps list");
    let coloured = session.exp_eof().unwrap();
    assert!(coloured.contains("\x1b[1m"), "{coloured:?}");
    world.set("NO_COLOR", "1");
    let plain = program(&world, "apps list").exp_eof().unwrap();
    assert!(!plain.contains('\x1b'), "{plain:?}");

    let piped = world.output("apps add desk --spec desk.yaml --yes", "");
    let stderr = String::from_utf8(piped.stderr).unwrap();
    assert!(!stderr.contains("adding"), "{stderr:?}");
}

#[test]
fn an_import_shows_in_percent_how_far_it_is_on_a_terminal_alone() {
    let world = World::new();
    document(&world, 300);
    let mut session = program(&world, "apps lint big --spec big.yaml");
    let all = session.exp_eof().unwrap();
    assert_eq!(code(&session), 0, "{all}");
    let bar = regex::Regex::new(r"reading big \[[=> ]{20}\] \d+ % of 300 operations").unwrap();
    assert!(bar.is_match(&all), "{all:?}");

    let piped = world.output("apps lint big --spec big.yaml", "");
    assert!(piped.status.success(), "{piped:?}");
    let said = String::from_utf8([piped.stdout, piped.stderr].concat()).unwrap();
    assert!(!said.contains('%') && !said.contains("reading"), "{said}");
}

#[test]
fn a_document_that_is_fetched_shows_how_much_of_it_has_come() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    let spec = vendor.url("/openapi.json");
    let document = notes("Get status", &"x".repeat(4_000));
    for (is_told, shown) in [(true, "50 % of"), (false, "KiB fetched")] {
        let gate = Arc::new(Barrier::new(2));
        let answer = Answer::Halves(document.to_string(), is_told, Arc::clone(&gate));
        vendor.tell("/openapi.json", answer);
        let line = format!("apps add notes --spec {spec} --integration notes.yaml --yes");
        let mut session = program(&world, &line);
        session.exp_string("adding notes").unwrap();
        session.exp_string(shown).unwrap();
        gate.wait();
        session.exp_string("has 1 actions").unwrap();
        session.exp_eof().unwrap();
        assert_eq!(code(&session), 0);
    }
}

/// A document of one operation.
fn notes(summary: &str, description: &str) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "Notes", "version": "1", "description": description},
        "servers": [{"url": "https://notes.example"}],
        "paths": {"/status": {"get": {"summary": summary, "responses": {"200": {"description": "ok"}}}}}})
}

#[test]
fn a_document_that_is_another_after_the_question_than_before_it_is_not_taken() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    let spec = vendor.url("/openapi.json");
    let line = format!("apps add notes --spec {spec} --integration notes.yaml");
    vendor.give("/openapi.json", &notes("Get status", ""));
    let added = world.output(&line, "");
    assert!(added.status.success(), "{added:?}");

    vendor.give("/openapi.json", &notes("Get the state", ""));
    let mut session = program(&world, &line);
    let before = session.exp_string("[y/N]: ").unwrap();
    assert!(before.contains("NOTES_GET_THE_STATE"), "{before}");
    vendor.give("/openapi.json", &notes("Delete everything", ""));
    session.send_line("y").unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("no longer the one"), "{rest}");
    assert_ne!(code(&session), 0);

    let actions = world.output("actions list --app notes", "");
    let actions = String::from_utf8(actions.stdout).unwrap();
    assert!(actions.contains("NOTES_GET_STATUS"), "{actions}");
    assert!(!actions.contains("EVERYTHING"), "{actions}");
}
