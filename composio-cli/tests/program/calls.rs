use std::fs;

use crate::support::World;

/// Both ways to run a scenario; they have one snapshot.
const WAYS: [Way; 2] = [Way::InProcess, Way::Served];

#[derive(Clone, Copy)]
enum Way {
    InProcess,
    Served,
}

fn each_way(name: &str, scenario: impl Fn(&mut World)) {
    for way in WAYS {
        let mut world = World::with_desk();
        let server = match way {
            Way::InProcess => None,
            Way::Served => Some(world.serve()),
        };
        scenario(&mut world);
        world.check(name);
        assert!(server.is_none_or(|server| server.end().success()));
    }
}

#[test]
fn actions_are_listed_and_shown() {
    each_way("actions", list_actions);
}

fn list_actions(world: &mut World) {
    world.run("actions list");
    world.run("actions list --app desk --all");
    world.run("actions list --search 'open a ticket' --limit 2");
    world.run("actions list --app nodesk");
    world.run("actions search open a ticket --limit 2");
    world.run("actions search zzz");
    world.run("actions search open --app nodesk");
    world.run("actions show DESK_CREATE_A_TICKET");
    world.run("actions show DESK_FETCH_MESSAGES");
    world.run("actions show DESK_FLY");
}

#[test]
fn a_user_is_connected_and_actions_run() {
    each_way("calls", call);
}

fn call(world: &mut World) {
    let key = format!("{}\n", world.key);
    world.run("execute DESK_GET_A_TICKET -p '{\"number\": 1}' -e mira");
    world.run("add desk -e mira");
    world.run_with("add desk -e mira", &key);
    world.run("execute DESK_GET_A_TICKET -p '{\"number\": 1}' -e mira");
    world.run("execute DESK_GET_A_TICKET -p '{\"number\": 99}' -e mira");
    world.run("execute DESK_GET_A_TICKET -p '{\"number\": 99}' -e mira --json");
    world.run("execute DESK_GET_A_TICKET -e mira");
    world.run("execute DESK_GET_A_TICKET -p 1 -e mira");
    world.run("execute DESK_GET_A_TICKET -p {number -e mira");
    world.run("execute DESK_FLY -e mira");
    world.run_with("execute DESK_GET_A_TICKET -p - -e mira", "{\"number\": 2}");
    fs::write(world.path().join("arguments.json"), "{\"number\": 2}").unwrap();
    world.run("execute DESK_GET_A_TICKET -p @arguments.json -e mira --json");
    world.run("execute DESK_GET_A_TICKET -p @none.json -e mira");
    let message = "{\"title\": \"Hello\", \"body\": \"Not sent\"}";
    world.run(&format!(
        "execute DESK_CREATE_A_TICKET -p '{message}' -e mira --dry-run"
    ));
    world.run("execute DESK_GET_A_TICKET -p '{\"number\": 1}' -e mira --dry-run --json");
    world.run("execute DESK_GET_A_TICKET -p '{\"number\": 1}' -e jon --dry-run");
}

#[test]
fn connections_are_listed_switched_and_deleted() {
    each_way("connections", switch_connections);
}

fn switch_connections(world: &mut World) {
    let key = format!("{}\n", world.key);
    assert!(world.output("add desk -e mira", &key).status.success());
    world.run("connections list");
    world.run_with("add desk -e mira", &key);
    let second = "add desk -e mira --force --label work --label 'paper jams' --alias second";
    world.run_with(second, &key);
    world.run("connections list --label work");
    let second = world.output("connections list --label work --json", "");
    let page: serde_json::Value = serde_json::from_slice(&second.stdout).unwrap();
    let second = page["items"][0]["id"].as_str().unwrap();
    world.run(&format!("connections get {second}"));
    world.run(&format!("connections refresh {second}"));
    world.run(&format!("connections revoke {second}"));
    world.run(&format!("connections delete {second}"));
    let listed = world.output("connections list --json", "");
    let page: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let id = page["items"][0]["id"].as_str().unwrap().to_owned();
    world.run(&format!("connections get {id}"));
    world.run(&format!("connections disable {id}"));
    world.run("execute DESK_GET_THE_AUTHENTICATED_USER -e mira");
    world.run("connections list --active");
    world.run(&format!("connections enable {id}"));
    world.run(&format!(
        "execute DESK_GET_THE_AUTHENTICATED_USER --connected-account-id {id}"
    ));
    world.run("connections list --app desk -e jon");
    world.run(&format!("connections delete {id}"));
    world.run(&format!("connections delete {id}"));
    world.run("connections list");
}

#[test]
fn connections_move_by_an_export_that_their_owner_alone_can_read() {
    each_way("transfer", transfer);
}

fn transfer(world: &mut World) {
    let key = format!("{}\n", world.key);
    let add = "add desk -e mira --label work --alias first";
    assert!(world.output(add, &key).status.success());
    let listed = world.output("connections list --json", "");
    let page: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let id = page["items"][0]["id"].as_str().unwrap().to_owned();
    world.run("connections export ca_none --output kept.json");
    world.run(&format!("connections export {id} --output kept.json"));
    world.run(&format!("connections export {id} --output kept.json"));
    let kept = world.path().join("kept.json");
    assert!(fs::read_to_string(&kept).unwrap().contains(&world.key));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&kept).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    world.run(&format!("connections delete {id}"));
    world.run("connections import kept.json");
    world.run("execute DESK_GET_THE_AUTHENTICATED_USER -e mira");
    world.run("connections list --label work");
    world.run("connections import kept.json");
    world.run("connections import desk.yaml");
    world.run("connections import none.json");
    fs::remove_file(kept).unwrap();
}

#[test]
fn a_user_is_deleted_with_everything() {
    each_way("users", delete_user);
}

fn delete_user(world: &mut World) {
    let key = format!("{}\n", world.key);
    assert!(world.output("add desk -e mira", &key).status.success());
    world.run("users delete mira");
    world.run("users delete mira --yes");
    world.run("connections list");
    world.run("users delete mira --yes --json");
}
