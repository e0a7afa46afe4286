//! Every command of `docs/cli.md`, in order, in one shell.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{PROGRAM, World, redactions};

const MARK: &str = "@@ next command @@";
const WRITTEN_SERVER: &str = "127.0.0.1:8080";

/// The commands of the `console` blocks and what is said to come of them.
fn commands(page: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_console = false;
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            is_console = language == "console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) {
            found.push((command.to_owned(), String::new()));
        } else if is_console && let Some((_, output)) = found.last_mut() {
            output.push_str(line);
            output.push('\n');
        }
    }
    found
}

/// What came of each command, standard error included.
fn outputs(world: &World, commands: &[(String, String)]) -> Vec<String> {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut script = "exec 2>&1\n".to_owned();
    for (command, _) in commands {
        let command = command.replace(WRITTEN_SERVER, &address.to_string());
        script.push_str(&format!("{command}\necho '{MARK}'\n"));
    }
    let mut folders = vec![Path::new(PROGRAM).parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let shell = Command::new("sh")
        .current_dir(world.path())
        .args(["-c", &script])
        .env_clear()
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("HOME", world.path())
        .env("COMPOSIO_HOME", world.home())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let all = String::from_utf8(shell.stdout).unwrap();
    let mut outputs: Vec<String> = all
        .split(&format!("{MARK}\n"))
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(outputs.pop().as_deref(), Some(""), "{all}");
    outputs
}

#[test]
fn every_command_of_the_walk_through_does_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    let page = fs::read_to_string(page).unwrap();
    let world = World::new();
    fs::write(world.path().join("desk.key"), format!("{}\n", world.key)).unwrap();
    let commands = commands(&page);
    assert!(commands.len() > 25, "{}", commands.len());
    let outputs = outputs(&world, &commands);
    assert_eq!(outputs.len(), commands.len());
    let redactions = redactions(world.path());
    for ((command, told), output) in commands.iter().zip(&outputs) {
        // A blank line before the end of a block is the page's own.
        let told = redactions.redact(told.trim_end());
        let output = redactions.redact(output.trim_end());
        assert_eq!(output, told, "$ {command}");
    }
}
