//! Requests that ask every route: as our typed client writes them, and raw, good and bad.

use composio_core::{
    Body, Transport,
    client::Client,
    models::{
        AuthScheme, ConnectionData, ConnectionUpdate, CreateAuthConfig, CreateAuthConfigRequest,
        CreateConnectedAccount, FileUploadRequest, ProxyRequest, UpdateAuthConfig,
        UpdateConnectedAccount,
    },
};
use composio_engine::Caller;
use http::Request;
use serde_json::{Value, json};

use crate::{
    exchange::{Exchange, Recorder},
    world::{DOCUMENT, World, yaml},
};

/// Everything that is asked, with its answers.
pub async fn exchanges() -> Vec<Exchange> {
    let world = World::start().await;
    let recorder = Recorder::new(world.engine.clone());
    let client = Client::new(recorder.ours());
    let account = typed(&client).await;
    for prefix in ["/api/v3", "/api/v3.1"] {
        let raw = Raw {
            recorder: &recorder,
            prefix,
        };
        raw.catalogue().await;
        raw.auth_configs().await;
        raw.accounts(&account).await;
        raw.executions(&account).await;
        raw.logs_and_project().await;
        raw.files().await;
        raw.operator(&world).await;
        raw.refusals(&account).await;
    }
    raw_links(&recorder, &world).await;
    recorder.exchanges()
}

/// What the typed client asks; gives an account that stays.
async fn typed(client: &Client) -> String {
    client
        .toolkits()
        .list()
        .category("time-tracking")
        .search("note")
        .sort_by("usage")
        .await
        .unwrap();
    client.toolkits().get("notes").await.unwrap();
    let tools = client.tools();
    tools
        .list()
        .toolkits(["notes"])
        .important(false)
        .query("create a note")
        .limit(2)
        .await
        .unwrap();
    tools
        .list()
        .slugs(["NOTES_CREATE_A_NOTE"])
        .tags(["notes"])
        .scopes(["none"])
        .await
        .unwrap();
    tools.get("NOTES_CREATE_A_NOTE").await.unwrap();
    tools.get("NOTHING").await.unwrap_err();
    tools.slugs().await.unwrap();

    let configs = client.auth_configs();
    let custom = CreateAuthConfig::custom(AuthScheme::ApiKey, [("region", "us")]);
    let request = CreateAuthConfigRequest::new("notes", Some(custom));
    let config = configs.create(&request).await.unwrap().auth_config.id;
    let managed = CreateAuthConfigRequest::new("notes", Some(CreateAuthConfig::managed()));
    let spare = configs.create(&managed).await.unwrap().auth_config.id;
    configs
        .list()
        .toolkit("notes")
        .search("notes")
        .show_disabled(true)
        .await
        .unwrap();
    configs.get(&config).await.unwrap();
    let mut update = UpdateAuthConfig::default();
    update.kind = "custom".to_owned();
    update.credentials = Some([("region", "eu")].into_iter().collect());
    configs.update(&config, &update).await.unwrap();
    configs.disable(&config).await.unwrap();
    configs.enable(&config).await.unwrap();
    configs.delete(&spare).await.unwrap();
    configs.delete(&spare).await.unwrap_err();

    let accounts = client.connected_accounts();
    let mut request = CreateConnectedAccount::new(&config, "alice");
    let state = ConnectionData::new(AuthScheme::ApiKey, [("api_key", "k"), ("status", "ACTIVE")]);
    request.connection.state = Some(state);
    let account = accounts.create(&request).await.unwrap().id;
    let second = accounts.create(&request).await.unwrap().id;
    let list = accounts
        .list()
        .users(["alice"])
        .toolkits(["notes"])
        .statuses(["ACTIVE"]);
    list.auth_configs([&config])
        .ids([&account])
        .order_by("updated_at")
        .order_direction("asc")
        .limit(5)
        .await
        .unwrap();
    accounts.get(&account).await.unwrap();
    let mut change = UpdateConnectedAccount::default();
    change.alias = Some("work".to_owned());
    change.connection = Some(ConnectionUpdate::new(
        AuthScheme::ApiKey,
        [("api_key", "new")],
    ));
    accounts.update(&account, &change).await.unwrap();
    accounts.refresh(&account).await.unwrap();
    accounts.disable(&account).await.unwrap();
    accounts.enable(&account).await.unwrap();
    accounts.delete(&second).await.unwrap();
    accounts.get(&second).await.unwrap_err();

    let call = tools
        .execute("NOTES_CREATE_A_NOTE")
        .user_id("alice")
        .arguments(json!({"title": "t"}));
    call.await.unwrap();
    let call = tools
        .execute("NOTES_GET_CURRENT_USER")
        .connected_account_id(&account);
    call.await.unwrap();
    tools
        .execute("NOTES_CREATE_A_NOTE")
        .user_id("alice")
        .await
        .unwrap_err();
    let mut proxied = ProxyRequest::new("POST", "/notes");
    proxied.connected_account_id = Some(account.clone());
    proxied.body = Some(json!({"text": "x"}).into());
    tools.proxy(&proxied).await.unwrap();

    let upload = FileUploadRequest::new("a.txt", "d41d8cd98f00b204e9800998ecf8427e");
    let upload = upload
        .mimetype("text/plain")
        .tool("notes", "NOTES_CREATE_A_NOTE");
    client.files().request_upload(&upload).await.unwrap();
    client.files().list().await.unwrap();
    account
}

struct Raw<'r> {
    recorder: &'r Recorder,
    prefix: &'static str,
}

impl Raw<'_> {
    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        self.ask_as(None, method, path, body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.ask("POST", path, body).await
    }

    async fn ask_as(&self, caller: Option<Caller>, method: &str, path: &str, body: Value) -> Value {
        let path = format!("{}{path}", self.prefix);
        send(self.recorder.clone(), caller, method, &path, body).await
    }

    async fn catalogue(&self) {
        for path in [
            "/toolkits",
            "/toolkits?limit=1&managed_by=all&sort_by=alphabetically&type=all&include_deprecated=true",
            "/toolkits?sort_by=luck",
            "/toolkits/categories",
            "/toolkits/changelog",
            "/toolkits/notes?version=latest",
            "/toolkits/nothing",
            "/tools?limit=1",
            "/tools?toolkit_slug=notes&toolkit_versions=latest&include_deprecated=false",
            "/tools?limit=x",
            "/tools?toolkit_versions=20010101_00",
            "/tools/enum",
            "/tools/NOTES_DELETE_A_NOTE?toolkit_versions=latest",
            "/tools/NOTHING",
        ] {
            self.get(path).await;
        }
        self.post(
            "/toolkits/multi",
            json!({"toolkits": ["notes"], "limit": 5}),
        )
        .await;
        self.post("/toolkits/multi", json!({"managed_by": "me"}))
            .await;
        self.post(
            "/tools/scopes/required",
            json!({"tools": ["NOTES_GET_STATUS"]}),
        )
        .await;
        self.post("/tools/scopes/required", json!({"tools": []}))
            .await;
        self.post("/tools/scopes/required", json!({"tools": ["NOTHING"]}))
            .await;
    }

    async fn auth_configs(&self) {
        let toolkit = json!({"slug": "notes"});
        let made = self
            .post("/auth_configs", json!({"toolkit": toolkit}))
            .await;
        let path = format!(
            "/auth_configs/{}",
            made["auth_config"]["id"].as_str().unwrap()
        );
        let tools = json!({"tools_available_for_execution": ["NOTES_GET_STATUS"]});
        let custom = json!({"type": "use_custom_auth", "authScheme": "BASIC", "name": "n", "tool_access_config": tools});
        self.post(
            "/auth_configs",
            json!({"toolkit": toolkit, "auth_config": custom}),
        )
        .await;
        self.post("/auth_configs", json!({"toolkit": {"slug": "nothing"}}))
            .await;
        let oauth = json!({"type": "use_custom_auth", "authScheme": "OAUTH2"});
        self.post(
            "/auth_configs",
            json!({"toolkit": toolkit, "auth_config": oauth}),
        )
        .await;
        self.post("/auth_configs", json!([])).await;
        self.get(&path).await;
        self.get("/auth_configs?show_disabled=true&is_composio_managed=true&limit=2")
            .await;
        self.get("/auth_configs?show_disabled=perhaps").await;
        self.ask(
            "PATCH",
            &path,
            json!({"type": "default", "tool_access_config": tools}),
        )
        .await;
        self.ask(
            "PATCH",
            &path,
            json!({"type": "custom", "credentials": {"colour": "red"}}),
        )
        .await;
        self.ask("PATCH", &format!("{path}/DISABLED"), Value::Null)
            .await;
        self.ask("PATCH", &format!("{path}/ENABLED"), Value::Null)
            .await;
        self.ask("PATCH", &format!("{path}/PERHAPS"), Value::Null)
            .await;
        self.ask("DELETE", &path, Value::Null).await;
        self.get(&path).await;
        self.ask("PATCH", &path, json!({"type": "custom"})).await;
        self.ask("PATCH", &format!("{path}/ENABLED"), Value::Null)
            .await;
        self.ask("DELETE", &path, Value::Null).await;
    }

    async fn accounts(&self, account: &str) {
        let known = self.get(&format!("/connected_accounts/{account}")).await;
        let config = &known["auth_config"]["id"];
        let state = json!({"authScheme": "API_KEY", "val": {"status": "ACTIVE", "api_key": "k"}});
        let create = |extra: Value| json!({"auth_config": {"id": config}, "connection": extra});
        let made = self
            .post(
                "/connected_accounts",
                create(json!({"user_id": "bob", "state": state})),
            )
            .await;
        let path = format!("/connected_accounts/{}", made["id"].as_str().unwrap());
        self.post(
            "/connected_accounts",
            create(json!({"data": {"colour": "red"}})),
        )
        .await;
        self.post(
            "/connected_accounts",
            json!({"auth_config": {"id": "ac_none"}, "connection": {}}),
        )
        .await;
        let mut tried = create(json!({"state": state}));
        tried["validate_credentials"] = json!(true);
        self.post("/connected_accounts", tried).await;
        self.get("/connected_accounts?user_ids=bob&statuses=ACTIVE&order_by=created_at&order_direction=desc").await;
        self.get("/connected_accounts?order_by=name").await;
        self.get(&path).await;
        self.ask("PATCH", &path, json!({"alias": self.prefix}))
            .await;
        self.ask("PATCH", &path, json!({"alias": "a\u{7}b"})).await;
        self.ask(
            "PATCH",
            &format!("{path}/status"),
            json!({"enabled": false}),
        )
        .await;
        self.ask("PATCH", &format!("{path}/status"), json!({"enabled": "no"}))
            .await;
        self.post(&format!("{path}/refresh"), json!({})).await;
        self.post(
            &format!("{path}/refresh"),
            json!({"validate_credentials": true}),
        )
        .await;
        self.post(&format!("{path}/revoke"), Value::Null).await;
        self.post(
            "/connected_accounts/link",
            json!({"auth_config_id": config, "user_id": "bob"}),
        )
        .await;
        self.post(
            "/connected_accounts/link",
            json!({"auth_config_id": "ac_none", "user_id": "bob"}),
        )
        .await;
        self.post("/connected_accounts/link", json!({})).await;
        self.ask("DELETE", &path, Value::Null).await;
        for (method, part) in [
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("PATCH", "/status"),
            ("POST", "/refresh"),
            ("POST", "/revoke"),
        ] {
            self.ask(method, &format!("{path}{part}"), json!({"enabled": true}))
                .await;
        }
        let disabled = json!({"auth_config": {"id": config}, "connection": {"user_id": "carol", "state": state}});
        let config = format!("/auth_configs/{}", config.as_str().unwrap());
        self.ask("PATCH", &format!("{config}/DISABLED"), Value::Null)
            .await;
        self.post("/connected_accounts", disabled).await;
        self.ask("PATCH", &format!("{config}/ENABLED"), Value::Null)
            .await;
    }

    async fn executions(&self, account: &str) {
        let run = "/tools/execute/NOTES_CREATE_A_NOTE";
        let call = json!({"user_id": "alice", "arguments": {"title": "t"}, "version": "latest"});
        self.post(run, call.clone()).await;
        self.post(run, json!({"user_id": "alice", "arguments": {}}))
            .await;
        self.post(
            run,
            json!({"user_id": "nobody", "arguments": {"title": "t"}}),
        )
        .await;
        self.post(run, json!({"text": "write a note"})).await;
        self.post("/tools/execute/NOTHING", call.clone()).await;
        self.post(&format!("{run}/input"), json!({"text": "write a note"}))
            .await;
        self.post("/tools/execute/NOTHING/input", json!({"text": "x"}))
            .await;
        let status = format!("/connected_accounts/{account}/status");
        self.ask("PATCH", &status, json!({"enabled": false})).await;
        self.post(run, call).await;
        let proxied = json!({"endpoint": "/me", "method": "GET", "connected_account_id": account});
        self.post("/tools/execute/proxy", proxied.clone()).await;
        self.ask("PATCH", &status, json!({"enabled": true})).await;
        self.post("/tools/execute/proxy", proxied).await;
        let strange = json!({"endpoint": "https://elsewhere.example/", "method": "GET", "connected_account_id": account});
        self.post("/tools/execute/proxy", strange).await;
        self.post(
            "/tools/execute/proxy",
            json!({"endpoint": "/me", "method": "GET", "connected_account_id": "ca_none"}),
        )
        .await;
        self.post("/tools/execute/proxy", json!({})).await;
    }

    async fn logs_and_project(&self) {
        let logs = "/logs/tool_execution";
        let page = self.post(logs, json!({"limit": 2, "filters": [{"field": "status", "operator": "==", "value": "success"}]})).await;
        self.get(&format!(
            "{logs}/{}",
            page["logs"][0]["id"].as_str().unwrap()
        ))
        .await;
        self.get(&format!("{logs}?limit=1&status=failed")).await;
        self.get(&format!("{logs}?limit=x")).await;
        self.get(&format!("{logs}/log_none")).await;
        self.post(logs, json!({"cursor": "x"})).await;
        self.get("/auth/session/info").await;
        self.get("/openapi.json").await;
        self.get("/org/project/config").await;
        self.ask(
            "PATCH",
            "/org/project/config",
            json!({"display_name": "Acme", "log_visibility_setting": "show_all"}),
        )
        .await;
        self.ask(
            "PATCH",
            "/org/project/config",
            json!({"is_2FA_enabled": true}),
        )
        .await;
    }

    async fn files(&self) {
        let request = json!({"toolkit_slug": "notes", "tool_slug": "NOTES_CREATE_A_NOTE", "filename": "b.txt",
            "mimetype": "text/plain", "md5": "d41d8cd98f00b204e9800998ecf8427e"});
        self.post("/files/upload/request", request).await;
        self.post("/files/upload/request", json!({})).await;
        self.get("/files/list?toolkit_slug=notes&limit=3").await;
        self.get("/files/list?limit=x").await;
    }

    async fn operator(&self, world: &World) {
        let name = if self.prefix == "/api/v3" {
            "one"
        } else {
            "two"
        };
        let integration =
            yaml(&world.base).replace("unique_key: notes", &format!("unique_key: {name}"));
        let app = json!({"integration": integration, "document": DOCUMENT});
        self.post("/engine/apps/lint", app.clone()).await;
        self.post(
            "/engine/apps/lint",
            json!({"integration": "no", "document": "no"}),
        )
        .await;
        self.post("/engine/apps", app).await;
        self.post(
            "/engine/apps",
            json!({"integration": "no", "document": "no"}),
        )
        .await;
        self.get("/engine/apps").await;
        self.get(&format!("/engine/apps/{name}")).await;
        self.get("/engine/apps/nothing").await;
        self.ask("DELETE", &format!("/engine/apps/{name}"), Value::Null)
            .await;
        self.ask("DELETE", &format!("/engine/apps/{name}"), Value::Null)
            .await;
        let key = self
            .post(
                "/engine/keys",
                json!({"name": "bot", "user_id": "alice", "apps": ["notes"]}),
            )
            .await;
        self.post("/engine/keys", json!({"expires_at": "soon"}))
            .await;
        self.get("/engine/keys").await;
        let path = format!("/engine/keys/{}", key["id"].as_str().unwrap());
        self.ask("DELETE", &path, Value::Null).await;
        self.ask("DELETE", &path, Value::Null).await;
        self.ask("DELETE", "/engine/users/nobody", Value::Null)
            .await;
    }

    /// What a caller for one user is refused, and what is no route.
    async fn refusals(&self, account: &str) {
        let bob = || Some(Caller::default().user("bob"));
        let account = format!("/connected_accounts/{account}");
        let for_alice = json!({"user_id": "alice", "auth_config_id": "ac_none"});
        for (method, path) in [
            ("GET", account.as_str()),
            ("PATCH", &account),
            ("DELETE", &account),
            ("POST", &format!("{account}/refresh")),
            ("POST", &format!("{account}/revoke")),
            ("GET", "/connected_accounts?user_ids=alice"),
            ("POST", "/connected_accounts/link"),
            ("POST", "/auth_configs"),
            ("PATCH", "/org/project/config"),
            ("GET", "/logs/tool_execution?user_id=alice"),
            ("POST", "/tools/execute/NOTES_CREATE_A_NOTE"),
        ] {
            let body = if method == "GET" {
                Value::Null
            } else {
                for_alice.clone()
            };
            let body = if path == "/auth_configs" {
                json!({"toolkit": {"slug": "notes"}})
            } else {
                body
            };
            self.ask_as(bob(), method, path, body).await;
        }
        let user = || Some(Caller::project("default"));
        for path in ["/engine/apps", "/engine/keys", "/engine/apps/notes"] {
            self.ask_as(user(), "GET", path, Value::Null).await;
        }
        let stray = Raw {
            recorder: &self.recorder.stray(),
            prefix: self.prefix,
        };
        stray.get("/nothing").await;
        stray.ask("PUT", "/toolkits", Value::Null).await;
    }
}

/// Signed addresses stand outside of the API's prefixes.
async fn raw_links(recorder: &Recorder, _world: &World) {
    send(
        recorder.clone(),
        None,
        "GET",
        "/files/file_none?signature=x",
        Value::Null,
    )
    .await;
    send(
        recorder.clone(),
        None,
        "PUT",
        "/files/file_none?signature=x",
        Value::Null,
    )
    .await;
}

async fn send(
    recorder: Recorder,
    caller: Option<Caller>,
    method: &str,
    path: &str,
    body: Value,
) -> Value {
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .body(body)
        .unwrap();
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let response = Transport::from(recorder).send(request).await.unwrap();
    let bytes = response.into_body().bytes(64 * 1024 * 1024).await.unwrap();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}
