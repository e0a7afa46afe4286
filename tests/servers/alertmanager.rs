//! Alertmanager: silences, with user name and password. Its own description comes in no package, so what is used of it
//! is described here.

use std::fs;
use std::path::Path;
use std::process::Command;

use composio_tests::suite::CaseError;
use serde_json::{Value, json};

use crate::cli::Cli;
use crate::peer::{Peer, free_port, program};

const PASSWORD: &str = "only for a test";
/// Of [`PASSWORD`], by bcrypt.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuueyGfMlPbw76jnbWUz.1RLRgR/FehOr6";
/// `ann` and [`PASSWORD`], as RFC 7617 writes them.
const BASIC: &str = "authorization: Basic YW5uOm9ubHkgZm9yIGEgdGVzdA==";

pub(crate) fn silences() -> Result<(), CaseError> {
    let server = program("prometheus-alertmanager", "prometheus-alertmanager")?;
    let cli = Cli::new();
    let peer = start(&server, cli.home());
    assert_eq!(peer.get("/api/v2/silences", "x: y").0, 401);
    add(&cli, peer.port);

    let silences = cli.execute("ALERTS_LIST_SILENCES", &json!({}));
    assert_eq!(silences, json!([]));

    let mut silence = json!({
        "matchers": [{"name": "alertname", "value": "Disk", "isRegex": false, "isEqual": true}],
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "ann", "comment": "first"});
    let created = cli.execute("ALERTS_CREATE_OR_UPDATE_A_SILENCE", &silence);
    let id = created["silenceID"].as_str().unwrap().to_owned();
    assert_eq!(shown(&peer, &id)["comment"], "first");

    silence["id"] = json!(id);
    silence["comment"] = json!("second");
    let updated = cli.execute("ALERTS_CREATE_OR_UPDATE_A_SILENCE", &silence);
    let id = updated["silenceID"].as_str().unwrap().to_owned();
    assert_eq!(shown(&peer, &id)["comment"], "second");

    cli.execute("ALERTS_EXPIRE_A_SILENCE", &json!({"silenceID": id}));
    assert_eq!(shown(&peer, &id)["status"]["state"], "expired");

    let nobody = json!({"silenceID": "00000000-0000-4000-8000-000000000000"});
    let error = cli.fails("ALERTS_GET_A_SILENCE", &nobody);
    assert!(error.contains("404"), "{error}");
    Ok(())
}

fn shown(peer: &Peer, id: &str) -> Value {
    peer.get(&format!("/api/v2/silence/{id}"), BASIC).1
}

fn start(server: &Path, home: &Path) -> Peer {
    let (config, web) = (home.join("alerts.yml"), home.join("web.yml"));
    fs::write(
        &config,
        "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n",
    )
    .unwrap();
    fs::write(&web, format!("basic_auth_users:\n  ann: {HASH}\n")).unwrap();
    let port = free_port();
    let mut command = Command::new(server);
    command
        .arg("--cluster.listen-address=")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--web.config.file={}", web.display()))
        .arg(format!("--storage.path={}", home.join("alerts").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Peer::start(&mut command, port)
}

fn add(cli: &Cli, port: u16) {
    let integration = cli.home().join("integration.yaml");
    let field = |name: &str| {
        format!(
            "      - name: {name}\n        type: string\n        required: true\n        expected_from_customer: true\n"
        )
    };
    let yaml = format!(
        "name: Alerts\nunique_key: alerts\nauth_schemes:\n  - name: basic\n    auth_mode: BASIC\n    fields:\n{}{}    \
         proxy:\n      base_url: http://127.0.0.1:{port}/api/v2\n",
        field("username"),
        field("password")
    );
    fs::write(&integration, yaml).unwrap();
    let document = cli.home().join("openapi.json");
    fs::write(&document, description().to_string()).unwrap();
    let [document, integration] = [&document, &integration].map(|path| path.to_str().unwrap());
    let arguments = [
        "apps",
        "add",
        "alerts",
        "--spec",
        document,
        "--integration",
        integration,
    ];
    cli.run(&arguments, "");
    cli.run(
        &["add", "alerts", "--param", "username=ann"],
        &format!("{PASSWORD}\n"),
    );
}

fn description() -> Value {
    let done = json!({"200": {"description": "done"}});
    let id = json!([{"name": "silenceID", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let matchers = json!({"type": "array", "items": {"type": "object"}});
    let silence = json!({"type": "object", "required": ["matchers", "startsAt", "endsAt", "createdBy", "comment"],
        "properties": {"id": {"type": "string"}, "matchers": matchers, "startsAt": {"type": "string"},
        "endsAt": {"type": "string"}, "createdBy": {"type": "string"}, "comment": {"type": "string"}}});
    json!({"openapi": "3.0.3", "info": {"title": "Alerts", "version": "2"}, "paths": {
        "/silences": {
            "get": {"summary": "List silences", "responses": done},
            "post": {"summary": "Create or update a silence", "responses": done,
                "requestBody": {"required": true, "content": {"application/json": {"schema": silence}}}}},
        "/silence/{silenceID}": {
            "get": {"summary": "Get a silence", "parameters": id, "responses": done},
            "delete": {"summary": "Expire a silence", "parameters": id, "responses": done}}}})
}
