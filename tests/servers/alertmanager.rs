//! Alertmanager: silences, with user name and password.

use std::fs;

use composio_tests::peer::{Alertmanager, Peer};
use composio_tests::suite::CaseError;
use serde_json::{Value, json};

use crate::cli::Cli;

pub(crate) fn silences() -> Result<(), CaseError> {
    let cli = Cli::new();
    let peer = Alertmanager::start(cli.home())?;
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
    peer.get(&format!("/api/v2/silence/{id}"), Alertmanager::ANN)
        .1
}

fn add(cli: &Cli, port: u16) {
    let integration = cli.home().join("integration.yaml");
    fs::write(&integration, Alertmanager::integration(port)).unwrap();
    let document = cli.home().join("openapi.json");
    fs::write(&document, Alertmanager::document().to_string()).unwrap();
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
        &format!("{}\n", Alertmanager::PASSWORD),
    );
}
