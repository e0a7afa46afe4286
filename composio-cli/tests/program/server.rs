use std::os::unix::fs::PermissionsExt;

use crate::support::{Server, World};

#[test]
fn keys_are_made_listed_and_revoked() {
    let mut world = World::new();
    world.run("keys list");
    world.run("keys create --name 'support bot' -e mira --app desk");
    world.run("keys create --operator --expires-at 2030-01-01T00:00:00Z --json");
    world.run("keys create --expires-at tomorrow");
    world.run("keys list");
    let listed = world.output("keys list --json", "");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let id = listed["items"][0]["id"].as_str().unwrap();
    world.run(&format!("keys revoke {id}"));
    world.run(&format!("keys revoke {id}"));
    world.check("keys");
}

#[test]
fn a_key_for_one_user_is_told_what_it_may_not() {
    let mut world = World::connected();
    let created = world.output("keys create -e jon --json", "");
    let created: serde_json::Value = serde_json::from_slice(&created.stdout).unwrap();
    let server = Server::start(&world);
    world.set("COMPOSIO_BASE_URL", &server.url);
    world.run("connections list");
    world.set("COMPOSIO_API_KEY", "ak_nobody");
    world.run("connections list");
    world.set("COMPOSIO_API_KEY", created["key"].as_str().unwrap());
    world.run("whoami");
    world.run("connections list");
    world.run("execute DESK_GET_THE_AUTHENTICATED_USER -e mira");
    world.run("apps add desk --spec desk.yaml");
    world.run("keys create");
    world.run("users delete jon --yes");
    let url = server.url.clone();
    assert!(server.end().success());
    world.run("connections list");
    world.set("COMPOSIO_BASE_URL", "http://desk.example");
    world.run("connections list");
    world.set("COMPOSIO_BASE_URL", &url.replace("http", "ftp"));
    world.run("connections list");
    world.check("narrow-key");
}

#[test]
fn a_login_is_kept_for_its_owner_alone() {
    let mut world = World::with_desk();
    world.run("whoami");
    let created = world.output("keys create --operator --json", "");
    let created: serde_json::Value = serde_json::from_slice(&created.stdout).unwrap();
    let key = created["key"].as_str().unwrap();
    let server = Server::start(&world);
    let login = format!("login --base-url {}", server.url);
    world.run_with(&login, "ak_nobody\n");
    world.run_with(&login, "\n");
    world.run(&login);
    world.run_with(&login, &format!("{key}\n"));
    let path = world.home().join("credentials.json");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    world.run("whoami");
    world.run("--local whoami");
    world.run("actions list --limit 1");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    world.run("whoami");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    world.run("logout");
    world.run("logout");
    world.run("whoami --json");
    world.check("login");
}

#[test]
fn a_server_wants_a_master_key_and_an_address_that_is_free() {
    let mut world = World::new();
    world.run("serve");
    world.run("vault init");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    world.run(&format!("serve --listen {address}"));
    world.run("serve --listen nowhere");
    world.check("serve");
}
