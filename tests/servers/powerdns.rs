//! PowerDNS: zones of a name server, with a key in a header.

use std::fs;
use std::path::Path;

use composio_tests::parts::POWERDNS_OPENAPI;
use composio_tests::peer::{Peer, PowerDns, free_port};
use composio_tests::suite::CaseError;
use serde_json::json;

use crate::cli::Cli;

const KEY: &str = "key-of-a-test-server";

pub(crate) fn zones() -> Result<(), CaseError> {
    let document = POWERDNS_OPENAPI.install()?.join("api/powerdns.local.json");
    let cli = Cli::new();
    let peer = PowerDns::start(cli.home(), KEY, free_port())?;
    add(&cli, &document, peer.port);

    let servers = cli.execute("POWERDNS_LIST_ALL_SERVERS", &json!({}));
    assert_eq!(servers[0]["id"], "localhost", "{servers}");

    let zone = json!({"server_id": "localhost", "name": "example.org.", "kind": "Native",
        "nameservers": ["ns1.example.org."]});
    let created = cli.execute(
        "POWERDNS_CREATES_A_NEW_DOMAIN_RETURNS_THE_ZONE_ON_CREATION",
        &zone,
    );
    assert_eq!(created["name"], "example.org.", "{created}");
    assert_eq!(zone_of(&peer).0, 200);

    let record = json!({"server_id": "localhost", "zone_id": "example.org.", "rrsets": [{
        "name": "www.example.org.", "type": "A", "ttl": 60, "changetype": "REPLACE",
        "records": [{"content": "192.0.2.7", "disabled": false}]}]});
    let update = tool(&cli, "CREATES_MODIFIES_DELETES_RRSETS");
    cli.execute(&update, &record);
    let (_, shown) = zone_of(&peer);
    assert!(shown.to_string().contains("192.0.2.7"), "{shown}");

    let place = json!({"server_id": "localhost", "zone_id": "example.org."});
    cli.execute(&tool(&cli, "DELETES_THIS_ZONE"), &place);
    assert_eq!(zone_of(&peer).0, 404);

    let error = cli.fails("POWERDNS_ZONE_MANAGED_BY_A_SERVER", &place);
    assert!(error.contains("404"), "{error}");
    Ok(())
}

/// Adds the app from the server's own description and connects with its key, which goes through standard input.
fn add(cli: &Cli, document: &Path, port: u16) {
    let integration = cli.home().join("integration.yaml");
    fs::write(&integration, PowerDns::integration(port)).unwrap();
    let [document, integration] = [document, &integration].map(|path| path.to_str().unwrap());
    let arguments = [
        "apps",
        "add",
        "powerdns",
        "--spec",
        document,
        "--integration",
        integration,
    ];
    let added = cli.run(&arguments, "");
    assert_eq!(added["toolkit"], "powerdns", "{added}");
    cli.run(&["add", "powerdns"], &format!("{KEY}\n"));
}

/// The action whose name begins so behind the app's.
fn tool(cli: &Cli, beginning: &str) -> String {
    let actions = cli.run(&["actions", "list", "--app", "powerdns", "--all"], "");
    let actions = actions["items"]
        .as_array()
        .or(actions.as_array())
        .unwrap()
        .clone();
    let beginning = format!("POWERDNS_{beginning}");
    let slugs = actions.iter().filter_map(|action| action["slug"].as_str());
    let found = slugs.into_iter().find(|slug| slug.starts_with(&beginning));
    found
        .unwrap_or_else(|| panic!("there is no {beginning}"))
        .to_owned()
}

fn zone_of(peer: &Peer) -> (u16, serde_json::Value) {
    let path = "/api/v1/servers/localhost/zones/example.org.";
    peer.get(path, &format!("x-api-key: {KEY}"))
}
