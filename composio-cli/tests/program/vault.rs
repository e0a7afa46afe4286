use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::{Server, World};

const TICKET: &str = "execute DESK_GET_THE_AUTHENTICATED_USER -e mira";

#[test]
fn a_master_key_is_made_taken_over_and_changed_while_a_server_serves() {
    let mut world = World::connected();
    world.run("vault init");
    world.run("vault init");
    let file = world.home().join("master.key");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!world.home().join("composio.db.key").exists());
    world.run(TICKET);
    let before = fs::read_to_string(&file).unwrap();
    let server = Server::start(&world);
    world.run("vault rotate --json");
    world.run("vault rotate --resume");
    world.run(TICKET);
    assert!(server.end().success());
    let now = fs::read_to_string(&file).unwrap();
    let (newest, former) = now.split_once('\n').unwrap();
    assert_eq!(former.trim(), before.trim());
    assert_ne!(newest, before.trim());
    // The former key is not needed any longer, and does not do alone.
    fs::write(&file, newest).unwrap();
    world.run(TICKET);
    fs::write(&file, &before).unwrap();
    world.run(TICKET);
    world.check("vault");
}

#[test]
fn a_master_key_comes_from_where_the_operator_says() {
    let mut world = World::new();
    world.run("serve --key-file kept/key");
    fs::create_dir(world.path().join("kept")).unwrap();
    world.run("vault init --key-file kept/key");
    world.run("apps add desk --spec desk.yaml --integration integration.yaml --key-file kept/key");
    // Another key is not taken for it, and none is made beside it.
    world.run("keys list");
    world.run("vault init");
    fs::set_permissions(
        world.path().join("kept/key"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    world.run("apps list --key-file kept/key");
    world.set("COMPOSIO_MASTER_KEY", "c2hvcnQ=");
    world.run("serve");
    world.run("vault init");
    world.run("vault rotate");
    world.set("COMPOSIO_BASE_URL", "http://127.0.0.1:9");
    world.set("COMPOSIO_API_KEY", "ak_nobody");
    world.run("vault rotate");
    world.check("vault-keys");
}

#[test]
fn the_audit_log_is_listed_and_read_whole() {
    let mut world = World::connected();
    world.run("audit list");
    world.run(TICKET);
    world.run("audit list -e mira --limit 5");
    world.run("audit list -e jon");
    world.run("audit verify");
    world.run("audit verify --json --head 1:00");
    world.run("users delete mira --yes");
    world.run("audit list");
    let server = world.serve();
    world.run("audit list --action call");
    world.run("audit verify");
    assert!(server.end().success());
    world.check("audit");
}
