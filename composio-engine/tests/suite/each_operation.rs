//! Every operation of the engine's own document, asked for what belongs to somebody else.

use std::collections::{BTreeMap, BTreeSet};

use composio_core::client::Client;
use composio_core::models::FileUploadRequest;
use composio_engine::{NewKey, ServeOptions};
use serde_json::{Value, json};

use crate::{
    pages,
    served::Server,
    support::{Vendor, get},
};

/// What somebody gets who asks for what is not theirs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gets {
    Status(u16),
    /// An empty list.
    Nothing,
    /// What everybody gets: 2xx, and nothing of Bob's in it.
    Common,
}
use Gets::{Common, Nothing, Status};

/// An operation, the query or the body that names what is Bob's, and what comes of it with a key for Alice alone and
/// with a key of another project. `ACCOUNT`, `CONFIG`, `LOG` and `FILE` stand for Bob's.
type Probe = (&'static str, &'static str, Gets, Gets);

const PROBES: &[Probe] = &[
    ("listToolkits", "", Common, Common),
    ("listCategories", "", Common, Common),
    ("getChangelog", "", Common, Common),
    ("listSomeToolkits", "{}", Common, Common),
    ("getToolkit", "", Common, Common),
    ("listTools", "?auth_config_ids=CONFIG", Common, Nothing),
    ("listToolSlugs", "", Common, Common),
    (
        "getRequiredScopes",
        r#"{"tools":["DEMO_GET_CURRENT_USER"]}"#,
        Common,
        Common,
    ),
    ("getTool", "", Common, Common),
    (
        "executeTool",
        r#"{"user_id":"bob","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    (
        "executeTool",
        r#"{"entity_id":"bob","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    (
        "executeTool",
        r#"{"user_id":"alice","entity_id":"bob","arguments":{}}"#,
        Status(400),
        Status(400),
    ),
    (
        "executeTool",
        r#"{"connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    (
        "executeTool",
        r#"{"user_id":"alice","connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    ("writeArguments", "{}", Status(501), Status(501)),
    (
        "proxyRequest",
        r#"{"user_id":"bob","toolkit_slug":"demo","endpoint":"/me","method":"GET"}"#,
        Status(403),
        Status(404),
    ),
    (
        "proxyRequest",
        r#"{"connected_account_id":"ACCOUNT","endpoint":"/me","method":"GET"}"#,
        Status(403),
        Status(404),
    ),
    ("listAuthConfigs", "", Common, Nothing),
    (
        "createAuthConfig",
        r#"{"toolkit":{"slug":"demo"}}"#,
        Status(403),
        Common,
    ),
    ("getAuthConfig", "", Common, Status(404)),
    (
        "updateAuthConfig",
        r#"{"type":"custom","name":"mine"}"#,
        Status(403),
        Status(404),
    ),
    ("deleteAuthConfig", "", Status(403), Status(404)),
    ("setAuthConfigStatus", "{}", Status(403), Status(404)),
    (
        "listConnectedAccounts",
        "?user_ids=bob",
        Status(403),
        Nothing,
    ),
    (
        "listConnectedAccounts",
        "?user_ids=alice,bob",
        Status(403),
        Nothing,
    ),
    (
        "listConnectedAccounts",
        "?connected_account_ids=ACCOUNT",
        Nothing,
        Nothing,
    ),
    (
        "listConnectedAccounts",
        "?auth_config_ids=CONFIG",
        Nothing,
        Nothing,
    ),
    (
        "createConnectedAccount",
        r#"{"auth_config":{"id":"CONFIG"},"connection":{"user_id":"bob","data":{"api_key":"x"}}}"#,
        Status(403),
        Status(404),
    ),
    (
        "linkConnectedAccount",
        r#"{"auth_config_id":"CONFIG","user_id":"bob"}"#,
        Status(403),
        Status(404),
    ),
    (
        "completeAuth",
        r#"{"user_id":"bob","session_uri":"SESSION"}"#,
        Status(403),
        Status(404),
    ),
    (
        "completeAuth",
        r#"{"user_id":"alice","session_uri":"session_none"}"#,
        Status(404),
        Status(404),
    ),
    // Nobody's state opens nothing, whoever brings it.
    (
        "finishConsent",
        "?state=of-nobody&code=of-nobody",
        Status(400),
        Status(400),
    ),
    ("getConnectedAccount", "", Status(403), Status(404)),
    (
        "updateConnectedAccount",
        r#"{"alias":"mine"}"#,
        Status(403),
        Status(404),
    ),
    ("deleteConnectedAccount", "", Status(403), Status(404)),
    (
        "setConnectedAccountStatus",
        r#"{"enabled":false}"#,
        Status(403),
        Status(404),
    ),
    ("refreshConnectedAccount", "{}", Status(403), Status(404)),
    ("revokeConnectedAccount", "{}", Status(403), Status(404)),
    (
        "requestUpload",
        // Bob's very file: nobody else may learn that the engine has it.
        r#"{"toolkit_slug":"demo","tool_slug":"DEMO_CREATE_A_NOTE","filename":"a.txt","mimetype":"text/plain","md5":"DIGEST"}"#,
        Common,
        Common,
    ),
    ("listFiles", "", Nothing, Nothing),
    ("listFiles", "?toolkit_slug=demo", Nothing, Nothing),
    ("downloadFile", "", Status(403), Status(403)),
    ("uploadFile", "{}", Status(403), Status(403)),
    ("listLogs", "?user_id=bob", Status(403), Nothing),
    ("listLogs", "?log_id=LOG", Nothing, Nothing),
    (
        "listLogs",
        "?connected_account_id=ACCOUNT",
        Nothing,
        Nothing,
    ),
    (
        "searchLogs",
        r#"{"filters":[{"field":"user_id","operator":"==","value":"bob"}]}"#,
        Status(403),
        Nothing,
    ),
    (
        "searchLogs",
        r#"{"filters":[{"field":"user_id","operator":"contains","value":"bob"}]}"#,
        Nothing,
        Nothing,
    ),
    ("searchLogs", "{}", Nothing, Nothing),
    ("getLog", "", Status(403), Status(404)),
    ("getSession", "", Common, Common),
    ("getProjectConfig", "", Common, Common),
    (
        "updateProjectConfig",
        r#"{"display_name":"mine"}"#,
        Status(403),
        Common,
    ),
    ("getDocument", "", Common, Common),
    ("listApps", "", Status(403), Status(403)),
    ("addApp", r#"{"document":"{}"}"#, Status(403), Status(403)),
    ("lintApp", r#"{"document":"{}"}"#, Status(403), Status(403)),
    ("getApp", "", Status(403), Status(403)),
    ("removeApp", "", Status(403), Status(403)),
    ("deprecateVersion", "{}", Status(403), Status(403)),
    ("undeprecateVersion", "", Status(403), Status(403)),
    ("getOauthClient", "", Status(403), Status(403)),
    (
        "putOauthClient",
        r#"{"credentials":{"client_id":"mine"}}"#,
        Status(403),
        Status(403),
    ),
    ("deleteOauthClient", "", Status(403), Status(403)),
    ("listKeys", "", Status(403), Status(403)),
    (
        "createKey",
        r#"{"operator":true}"#,
        Status(403),
        Status(403),
    ),
    ("revokeKey", "", Status(403), Status(403)),
    ("exportConnectedAccount", "", Status(403), Status(403)),
    ("listAudit", "?user_id=bob", Status(403), Status(403)),
    ("diffVersions", "", Status(403), Status(403)),
    ("verifyAudit", "{}", Status(403), Status(403)),
    ("deleteUser", "?project=default", Status(403), Status(403)),
    (
        "dryRunTool",
        r#"{"user_id":"bob","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    (
        "dryRunTool",
        r#"{"connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    (
        "dryRunTool",
        r#"{"user_id":"alice","connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(403),
        Status(404),
    ),
    ("getHealth", "", Common, Common),
    ("getReadiness", "", Common, Common),
    ("getMetrics", "", Status(403), Status(403)),
];

/// Where a request names a user and an account that is not theirs: what a key for the whole project gets.
const MISMATCHED: &[(&str, &str, Gets)] = &[
    (
        "executeTool",
        r#"{"user_id":"alice","connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(404),
    ),
    (
        "executeTool",
        r#"{"entity_id":"alice","connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(404),
    ),
    (
        "dryRunTool",
        r#"{"user_id":"alice","connected_account_id":"ACCOUNT","arguments":{}}"#,
        Status(404),
    ),
    (
        "proxyRequest",
        r#"{"user_id":"alice","connected_account_id":"ACCOUNT","endpoint":"/me","method":"GET"}"#,
        Status(404),
    ),
    (
        "listLogs",
        "?user_id=alice&connected_account_id=ACCOUNT",
        Nothing,
    ),
    (
        "searchLogs",
        r#"{"filters":[{"field":"user_id","operator":"==","value":"alice"},
            {"field":"connected_account_id","operator":"==","value":"ACCOUNT"}]}"#,
        Nothing,
    ),
    (
        "listAudit",
        "?user_id=alice&connected_account_id=ACCOUNT",
        Status(403),
    ),
];

/// Bob's things in the project `default`, and the engine's document.
struct World {
    server: Server,
    vendor: Vendor,
    account: String,
    config: String,
    log: String,
    file: String,
    digest: String,
    /// What waits for the word that it was Bob.
    session: String,
    /// An API key that somebody has, by its id.
    key: String,
    /// The method, path and operation of each id.
    operations: BTreeMap<String, (String, String, Value)>,
}

impl World {
    async fn start() -> Self {
        let vendor = Vendor::start().await;
        let server = Server::start(&vendor, ServeOptions::new()).await;
        let connect = server.engine.connect("demo").entity("bob");
        let account = connect.field("api_key", "key-of-bob").await.unwrap();
        let bob = server.key(NewKey::new().user("bob")).await;
        let client = Client::new(server.transport(&bob));
        let result = client.tools().execute("DEMO_GET_CURRENT_USER").await;
        let request = FileUploadRequest::of("a.txt", b"what bob wrote");
        let file = client
            .files()
            .upload(&request, b"what bob wrote".to_vec())
            .await
            .unwrap();
        let keys = get(&server.engine, "/api/v3/engine/keys").await.json;
        let document = get(&server.engine, "/api/v3/openapi.json").await.json;
        let session = pages::session(&server.engine, "bob", "key-of-bob").await;
        Self {
            session,
            account: account.id,
            config: account.auth_config.id,
            log: result.unwrap().log_id.unwrap(),
            file: file.s3key,
            digest: request.md5,
            key: keys["items"][0]["id"].as_str().unwrap().to_owned(),
            operations: operations(&document),
            server,
            vendor,
        }
    }

    /// The request of a probe as it goes over the wire.
    fn request(&self, operation: &str, what: &str, key: Option<&str>) -> String {
        let (method, path, _) = &self.operations[operation];
        let mut path = path
            .replace("{status}", "DISABLED")
            .replace("{version}", "20200101_00")
            .replace("{user_id}", "bob");
        for (below, id) in [
            ("/api/v3.1/auth_configs/", &self.config),
            ("/api/v3.1/connected_accounts/", &self.account),
            ("/api/v3.1/engine/connected_accounts/", &self.account),
            ("/api/v3.1/logs/", &self.log),
            ("/api/v3.1/engine/keys/", &self.key),
            ("/files/", &self.file),
        ] {
            if path.starts_with(below) {
                path = path.replace("{id}", id);
            }
        }
        let slug = if path.contains("/tools/") {
            "DEMO_GET_CURRENT_USER"
        } else {
            "demo"
        };
        let path = path.replace("{slug}", slug);
        assert!(
            !path.contains('{'),
            "{path} names what this test does not know"
        );
        let what = what
            .replace("ACCOUNT", &self.account)
            .replace("CONFIG", &self.config)
            .replace("DIGEST", &self.digest)
            .replace("SESSION", &self.session)
            .replace("LOG", &self.log);
        let (query, body) = match what.strip_prefix('?') {
            Some(_) => (what, String::new()),
            None => (String::new(), what),
        };
        let key = key.map_or_else(String::new, |key| format!("x-api-key: {key}\r\n"));
        format!(
            "{method} {path}{query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{key}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Whether the probe came to `gets`; otherwise what it came to.
    async fn probe(
        &self,
        probe: (&str, &str),
        key: Option<&str>,
        gets: Gets,
    ) -> Result<(), String> {
        let request = self.request(probe.0, probe.1, key);
        let (status, answer) = self.server.raw(&request).await;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let list = body.get("items").or_else(|| body.get("logs"));
        let is_empty = list.and_then(Value::as_array).is_some_and(Vec::is_empty);
        let leaks = [&self.log, &self.file, "key-of-bob", "what bob wrote"]
            .into_iter()
            .chain((gets == Common).then_some(self.account.as_str()))
            .any(|secret| body.to_string().contains(secret));
        let is_so = match gets {
            // A refusal may repeat the id that was asked for.
            Status(wanted) => status == wanted && !body.to_string().contains("key-of-bob"),
            Nothing => status == 200 && is_empty && !leaks,
            Common => (200..300).contains(&status) && !leaks && body["type"] != "existing",
        };
        if is_so {
            return Ok(());
        }
        Err(format!(
            "{probe:?} should get {gets:?}, not {status} {body}"
        ))
    }
}

/// Every operation of the document by its id.
fn operations(document: &Value) -> BTreeMap<String, (String, String, Value)> {
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let is_elsewhere = item.get("servers").is_some();
        let base = if is_elsewhere { "" } else { "/api/v3.1" };
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let found = (
                method.to_uppercase(),
                format!("{base}{path}"),
                operation.clone(),
            );
            assert!(
                operations.insert(id, found).is_none(),
                "{path} is named twice"
            );
        }
    }
    operations
}

/// What leaves something that is the asker's own comes last, so that their lists are empty until then.
fn in_order() -> impl Iterator<Item = &'static Probe> {
    let leaves = ["executeTool", "proxyRequest", "createAuthConfig"];
    let is_last = move |probe: &&Probe| leaves.contains(&probe.0);
    let asks = PROBES.iter().filter(move |probe| !is_last(probe));
    asks.chain(PROBES.iter().filter(is_last))
}

fn none_of(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_is_known_here() {
    let world = World::start().await;
    let known: BTreeSet<_> = PROBES.iter().map(|probe| probe.0).collect();
    let written: BTreeSet<_> = world.operations.keys().map(String::as_str).collect();
    assert_eq!(written, known);
    let named = |operation: &Value| {
        let asked = [&operation["parameters"], &operation["requestBody"]];
        let text = asked.map(Value::to_string).concat();
        text.contains("connected_account_id\"") && text.contains("user_id\"")
    };
    let both: BTreeSet<_> = world
        .operations
        .iter()
        .filter(|(_, (_, _, operation))| named(operation))
        .map(|(id, _)| id.as_str())
        .collect();
    let known: BTreeSet<_> = MISMATCHED.iter().map(|probe| probe.0).collect();
    assert_eq!(both, known);
}

#[tokio::test]
async fn a_key_for_one_user_opens_nothing_of_anothers_at_any_operation() {
    let world = World::start().await;
    let calls = world.vendor.seen().len();
    let key = world.server.key(NewKey::new().user("alice")).await;
    let mut wrong = Vec::new();
    for &(operation, what, gets, _) in in_order() {
        let probe = world.probe((operation, what), Some(key.expose()), gets);
        wrong.extend(probe.await.err());
    }
    none_of(&wrong);
    assert_eq!(world.vendor.seen().len(), calls);
}

#[tokio::test]
async fn a_key_of_another_project_sees_nothing_of_this_one_at_any_operation() {
    let world = World::start().await;
    let calls = world.vendor.seen().len();
    let key = world.server.key(NewKey::new().project("other")).await;
    let config = "/api/v3/org/project/config";
    let before = get(&world.server.engine, config).await.json;
    let mut wrong = Vec::new();
    for &(operation, what, _, gets) in in_order() {
        let probe = world.probe((operation, what), Some(key.expose()), gets);
        wrong.extend(probe.await.err());
    }
    none_of(&wrong);
    assert_eq!(world.vendor.seen().len(), calls);
    assert_eq!(get(&world.server.engine, config).await.json, before);
}

#[tokio::test]
async fn an_account_of_another_user_than_the_one_named_is_not_found() {
    let world = World::start().await;
    let calls = world.vendor.seen().len();
    let key = world.server.key(NewKey::new()).await;
    let mut wrong = Vec::new();
    for &(operation, what, gets) in MISMATCHED {
        let probe = world.probe((operation, what), Some(key.expose()), gets);
        wrong.extend(probe.await.err());
    }
    none_of(&wrong);
    assert_eq!(world.vendor.seen().len(), calls);
}

#[tokio::test]
async fn only_an_operators_key_opens_the_operators_routes() {
    let world = World::start().await;
    let key = world.server.key(NewKey::new()).await;
    let mut wrong = Vec::new();
    for &(operation, what, _, _) in PROBES {
        let (_, path, written) = &world.operations[operation];
        let is_operators = (path.contains("/engine/") && written["tags"] == json!(["engine"]))
            || path == "/metrics";
        if is_operators {
            let probe = world.probe((operation, what), Some(key.expose()), Status(403));
            wrong.extend(probe.await.err());
        }
    }
    none_of(&wrong);
}

#[tokio::test]
async fn without_a_key_no_operation_of_the_api_answers() {
    let world = World::start().await;
    let mut wrong = Vec::new();
    for &(operation, what, _, _) in PROBES {
        let (_, path, written) = &world.operations[operation];
        // What stands for the key: a signature in the address, or a state that is good once.
        let own = match path.as_str() {
            path if path.starts_with("/files/") => Some(403),
            path if path.ends_with("/auth/callback") => Some(400),
            // Whoever watches over the machine has none.
            "/health" | "/ready" => Some(200),
            _ => None,
        };
        let is_keyless = written["security"] == json!([]);
        assert_eq!(is_keyless, own.is_some(), "{operation}");
        let is_said = written["responses"].get("401").is_some();
        assert_ne!(is_keyless, is_said, "{operation}");
        let gets = Status(own.unwrap_or(401));
        for key in [None, Some("ak_unknown")] {
            wrong.extend(world.probe((operation, what), key, gets).await.err());
        }
    }
    none_of(&wrong);
}
