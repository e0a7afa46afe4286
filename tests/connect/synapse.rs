//! Matrix's Synapse: access tokens that live five seconds, refresh tokens that are good once.

use std::{
    fs,
    path::Path,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use composio_tests::{
    parts::{Missing, PythonEnvironment},
    peer::{Peer, free_port},
    suite::CaseError,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::World;

const SYNAPSE: PythonEnvironment = PythonEnvironment {
    name: "matrix-synapse-1.163.2",
    lock: include_str!("matrix-synapse-1.163.2.txt"),
    sources: &[],
};
const API: &str = "/_matrix/client/v3";
/// How often the access token runs out under the test.
const GENERATIONS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);

struct Synapse {
    peer: Peer,
    _home: TempDir,
}

impl Synapse {
    /// A server that knows `ann` and nobody else.
    fn start() -> Result<Self, Missing> {
        let modules = SYNAPSE.install()?;
        let home = tempfile::tempdir()?;
        let port = free_port();
        let config = home.path().join("homeserver.yaml");
        fs::write(&config, configuration(home.path(), port))?;
        let run = || {
            let mut command = Command::new("python3");
            command
                .args(["-m", "synapse.app.homeserver", "--config-path"])
                .arg(&config)
                .env("PYTHONPATH", &modules)
                .current_dir(home.path());
            command
        };
        let made = run().arg("--generate-keys").output()?;
        if !made.status.success() {
            return Err(Missing::absent("python3 does not run Synapse"));
        }
        let peer = Peer::start(&mut run(), port);
        let body =
            json!({"auth": {"type": "m.login.dummy"}, "username": "ann", "password": "of ann"});
        let (status, answer) = peer.ask(
            "POST",
            &format!("{API}/register"),
            "x: y",
            &body.to_string(),
        );
        assert_eq!(status, 200, "{answer}");
        Ok(Self { peer, _home: home })
    }

    /// What a person gets who signs in with name and password.
    fn sign_in(&self) -> Value {
        let body = json!({"type": "m.login.password", "password": "of ann", "refresh_token": true,
            "identifier": {"type": "m.id.user", "user": "ann"}});
        let (status, tokens) =
            self.peer
                .ask("POST", &format!("{API}/login"), "x: y", &body.to_string());
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    fn as_person(&self, method: &str, path: &str, token: &str) -> (u16, Value) {
        let header = format!("authorization: Bearer {token}");
        self.peer
            .ask(method, &format!("{API}{path}"), &header, "{}")
    }

    fn until_it_ran_out(&self, token: &str) {
        let begun = Instant::now();
        while self.as_person("GET", "/account/whoami", token).0 != 401 {
            assert!(begun.elapsed() < PATIENCE, "the token does not run out");
            sleep(Duration::from_millis(200));
        }
    }

    fn integration(&self) -> String {
        let base = self.peer.base();
        format!(
            "name: Matrix\nunique_key: matrix\nget_current_user_endpoint: /account/whoami\n\
             proxy: {{base_url: '{base}{API}'}}\nauth_schemes:\n  - name: matrix\n    auth_mode: OAUTH2\n    \
             authorization_url: {base}/none\n    token_url: {base}{API}/refresh\n    \
             oauth: {{client_authentication: none, token_body: json, lost_grant_codes: [M_UNKNOWN_TOKEN]}}\n"
        )
    }
}

fn configuration(home: &Path, port: u16) -> String {
    let home = home.display();
    let often = "{per_second: 1000, burst_count: 1000}";
    format!(
        "server_name: desk.example\npid_file: {home}/pid\nmedia_store_path: {home}/media\nsigning_key_path: {home}/key\n\
         listeners: [{{port: {port}, type: http, bind_addresses: [127.0.0.1], resources: [{{names: [client]}}]}}]\n\
         database: {{name: sqlite3, args: {{database: {home}/homeserver.db}}}}\n\
         enable_registration: true\nenable_registration_without_verification: true\nreport_stats: false\n\
         macaroon_secret_key: of this test\nform_secret: of this test\ntrusted_key_servers: []\n\
         refreshable_access_token_lifetime: 5s\nnonrefreshable_access_token_lifetime: 1h\nrc_message: {often}\n\
         rc_registration: {often}\nrc_login: {{address: {often}, account: {often}, failed_attempts: {often}}}\n"
    )
}

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Matrix", "version": "3"}, "paths": {
    "/account/whoami": {"get": {"operationId": "me", "summary": "Who am I", "responses": {"200": {"description": "ok"}}}},
    "/createRoom": {"post": {"operationId": "create", "summary": "Create a room",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object",
            "properties": {"name": {"type": "string"}}}}}}, "responses": {"200": {"description": "ok"}}}},
    "/rooms/{room}/send/m.room.message/{transaction}": {"put": {"operationId": "send", "summary": "Send a message",
        "parameters": [{"name": "room", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "transaction", "in": "path", "required": true, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["msgtype", "body"],
            "properties": {"msgtype": {"type": "string"}, "body": {"type": "string"}}}}}},
        "responses": {"200": {"description": "ok"}}}}}}"#;

/// The state that a person's tokens make.
fn state(tokens: &Value) -> Value {
    json!({"state": {"authScheme": "OAUTH2", "val": {"status": "ACTIVE",
        "access_token": tokens["access_token"], "refresh_token": tokens["refresh_token"]}}})
}

pub(crate) fn messages() -> Result<(), CaseError> {
    let synapse = Synapse::start()?;
    let world = World::open(None);
    world.add_app(&synapse.integration(), DOCUMENT);
    let config = world.auth_config("matrix", "OAUTH2", &json!({"client_id": "composio"}));
    let tokens = synapse.sign_in();
    let mut connection = state(&tokens);
    connection["user_id"] = json!("ann");
    let body = json!({"auth_config": {"id": config}, "connection": connection});
    let (status, made) = world.send("POST", "/connected_accounts", &body);
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["status"], "ACTIVE", "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    let room = world.execute("MATRIX_CREATE_A_ROOM", "ann", &json!({"name": "tests"}));
    let room = room["data"]["room_id"].as_str().expect("a room").to_owned();

    let mut token = tokens["access_token"].as_str().unwrap().to_owned();
    for generation in 0..GENERATIONS {
        synapse.until_it_ran_out(&token);
        let sent = json!({"room": room, "transaction": format!("t{generation}"), "msgtype": "m.text",
            "body": format!("message {generation}")});
        let sent = world.execute("MATRIX_SEND_A_MESSAGE", "ann", &sent);
        assert_eq!(sent["successful"], true, "{generation}: {sent}");
        token = world.token(&id);
    }
    let own = synapse.sign_in();
    let own = own["access_token"].as_str().unwrap();
    let (_, shown) = synapse.as_person("GET", &format!("/rooms/{room}/messages?dir=b"), own);
    for generation in 0..GENERATIONS {
        assert!(
            shown.to_string().contains(&format!("message {generation}")),
            "{shown}"
        );
    }
    gone(&synapse, &world, &id, own);
    Ok(())
}

/// The person signs out everywhere: that is seen, said, and mended by signing in again.
fn gone(synapse: &Synapse, world: &World, id: &str, own: &str) {
    assert_eq!(synapse.as_person("POST", "/logout/all", own).0, 200);
    let refused = world.execute("MATRIX_WHO_AM_I", "ann", &json!({}));
    assert_ne!(refused["successful"], true, "{refused}");
    let account = world.account(id);
    assert_eq!(account["status"], "EXPIRED", "{account}");
    let reason = account["status_reason"].as_str().unwrap();
    assert!(reason.contains("refresh token"), "{reason}");
    let renewed = json!({"connection": state(&synapse.sign_in())});
    let (status, answer) = world.send("PATCH", &format!("/connected_accounts/{id}"), &renewed);
    assert_eq!(status, 200, "{answer}");
    let me = world.execute("MATRIX_WHO_AM_I", "ann", &json!({}));
    assert_eq!(me["data"]["user_id"], "@ann:desk.example", "{me}");
}
