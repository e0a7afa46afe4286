//! Requests that no client of ours writes, good and bad, one function for each group of routes.

use composio_core::{Body, Transport};
use composio_engine::Caller;
use http::Request;
use serde_json::{Value, json};

use crate::{
    exchange::Recorder,
    world::{DOCUMENT, yaml},
};

const ACCOUNTS: &str = "/connected_accounts";
const CONFIGS: &str = "/auth_configs";
const LOGS: &str = "/logs/tool_execution";
const PROXY: &str = "/tools/execute/proxy";

/// Requests below one prefix.
#[derive(Clone)]
pub struct Raw {
    pub recorder: Recorder,
    pub prefix: &'static str,
}

impl Raw {
    pub async fn catalogue(&self) {
        let sorted = "/toolkits?limit=1&managed_by=all&sort_by=alphabetically&type=all&include_deprecated=true";
        for path in [
            "/toolkits",
            sorted,
            "/toolkits?sort_by=luck",
            "/toolkits?category=time-tracking&search=note&user_id=alice&cursor=x",
            "/toolkits/categories",
            "/toolkits/categories?limit=1&cursor=x",
            "/toolkits/changelog",
            "/toolkits/notes?version=latest",
            "/toolkits/nothing",
            "/tools?limit=1",
            "/tools?toolkit_slug=notes&toolkit_versions=latest&include_deprecated=false",
            "/tools?query=create%20a%20note&explain=true&limit=3",
            "/tools?search=note&explain=false&important=false&tags=notes&scopes=none&auth_config_ids=ac_none",
            "/tools?query=note&explain=perhaps",
            "/tools?cursor=x&tool_slugs=NOTES_GET_STATUS",
            "/tools?limit=x",
            "/tools?toolkit_versions=20010101_00",
            "/tools/enum",
            "/tools/NOTES_DELETE_A_NOTE?toolkit_versions=latest",
            "/tools/NOTES_DELETE_A_NOTE?version=latest",
            "/tools/NOTHING",
        ] {
            self.get(path).await;
        }
        let multi = "/toolkits/multi";
        let scopes = "/tools/scopes/required";
        self.each([
            ("POST", multi, json!({"toolkits": ["notes"], "limit": 5})),
            ("POST", multi, json!({"managed_by": "me"})),
            ("POST", scopes, json!({"tools": ["NOTES_GET_STATUS"]})),
            ("POST", scopes, json!({"tools": []})),
            ("POST", scopes, json!({"tools": ["NOTHING"]})),
        ])
        .await;
    }

    pub async fn auth_configs(&self) {
        let toolkit = json!({"slug": "notes"});
        let made = self.ask("POST", CONFIGS, json!({"toolkit": toolkit})).await;
        let id = made["auth_config"]["id"].as_str().unwrap();
        let path = &format!("{CONFIGS}/{id}");
        let [on, off, perhaps] =
            ["ENABLED", "DISABLED", "PERHAPS"].map(|to| format!("{path}/{to}"));
        let tools = json!({"tools_available_for_execution": ["NOTES_GET_STATUS"]});
        let custom = |scheme: &str| {
            let config = json!({"type": "use_custom_auth", "authScheme": scheme, "tool_access_config": tools});
            json!({"toolkit": toolkit, "auth_config": config})
        };
        self.each([
            ("POST", CONFIGS, custom("BASIC")),
            ("POST", CONFIGS, custom("BILLCOM_AUTH")),
            ("POST", CONFIGS, json!({"toolkit": {"slug": "nothing"}})),
            ("POST", CONFIGS, json!([])),
            ("GET", path, Value::Null),
            (
                "GET",
                "/auth_configs?show_disabled=true&is_composio_managed=true&limit=2",
                Value::Null,
            ),
            ("GET", "/auth_configs?show_disabled=perhaps", Value::Null),
            (
                "GET",
                "/auth_configs?toolkit_slug=notes&search=no&cursor=x",
                Value::Null,
            ),
            (
                "PATCH",
                path,
                json!({"type": "default", "tool_access_config": tools}),
            ),
            (
                "PATCH",
                path,
                json!({"type": "custom", "credentials": {"colour": "red"}}),
            ),
            ("PATCH", &off, Value::Null),
            ("PATCH", &on, Value::Null),
            ("PATCH", &perhaps, Value::Null),
            (
                "DELETE",
                &format!("{path}?revoke_on_delete=true"),
                Value::Null,
            ),
            ("GET", path, Value::Null),
            ("PATCH", path, json!({"type": "custom"})),
            ("PATCH", &on, Value::Null),
            ("DELETE", path, Value::Null),
        ])
        .await;
    }

    /// A consent that its user refuses, and a way back from nowhere.
    pub async fn consent(&self) {
        let client = json!({"client_id": "id", "client_secret": "secret"});
        let config =
            json!({"type": "use_custom_auth", "authScheme": "OAUTH2", "credentials": client});
        let config = json!({"toolkit": {"slug": "notes"}, "auth_config": config});
        let made = self.ask("POST", CONFIGS, config).await;
        let body = json!({"auth_config": {"id": made["auth_config"]["id"]}, "connection": {"user_id": "eve"}});
        let begun = self.ask("POST", ACCOUNTS, body).await;
        let url = begun["redirect_url"].as_str().unwrap();
        let state = url.split("state=").nth(1).unwrap();
        let state = state.split('&').next().unwrap();
        let callback = "/toolkits/auth/callback";
        self.get(&format!("{callback}?state={state}&error=access_denied"))
            .await;
        self.get(&format!("{callback}?state={state}&code=c")).await;
        self.get(callback).await;
        let rest = "error=access_denied&error_description=no&iss=https://a.example&oauth_token=t&oauth_verifier=v&denied=t";
        self.get(&format!("{callback}?{rest}")).await;
    }

    pub async fn accounts(&self, account: &str) {
        let known = self.get(&format!("{ACCOUNTS}/{account}")).await;
        let config = &known["auth_config"]["id"];
        let state = json!({"authScheme": "API_KEY", "val": {"status": "ACTIVE", "api_key": "k"}});
        let create = |extra: Value| json!({"auth_config": {"id": config}, "connection": extra});
        let good = create(json!({"user_id": "bob", "state": state}));
        let made = self.ask("POST", ACCOUNTS, good.clone()).await;
        let mut tried = create(json!({"state": state}));
        tried["validate_credentials"] = json!(true);
        self.each([
            ("POST", ACCOUNTS, create(json!({"data": {"colour": "red"}}))),
            (
                "POST",
                ACCOUNTS,
                json!({"auth_config": {"id": "ac_none"}, "connection": {}}),
            ),
            ("POST", ACCOUNTS, tried),
            (
                "GET",
                "/connected_accounts?user_ids=bob&statuses=ACTIVE&order_by=created_at",
                Value::Null,
            ),
            ("GET", "/connected_accounts?order_by=name", Value::Null),
            (
                "GET",
                "/connected_accounts?toolkit_slugs=notes&auth_config_ids=ac_none&connected_account_ids=ca_none&order_direction=asc&account_type=PRIVATE&limit=2",
                Value::Null,
            ),
            ("GET", "/connected_accounts?cursor=x", Value::Null),
        ])
        .await;
        self.links(config).await;
        self.one_account(&format!("{ACCOUNTS}/{}", made["id"].as_str().unwrap()))
            .await;
        let config = format!("{CONFIGS}/{}", config.as_str().unwrap());
        self.each([
            ("PATCH", &*format!("{config}/DISABLED"), Value::Null),
            ("POST", ACCOUNTS, good),
            ("PATCH", &format!("{config}/ENABLED"), Value::Null),
        ])
        .await;
    }

    async fn links(&self, config: &Value) {
        let link = "/connected_accounts/link";
        self.each([
            (
                "POST",
                link,
                json!({"auth_config_id": config, "user_id": "bob"}),
            ),
            (
                "POST",
                link,
                json!({"auth_config_id": "ac_none", "user_id": "bob"}),
            ),
            ("POST", link, json!({})),
            (
                "POST",
                "/connected_accounts/complete_auth",
                json!({"user_id": "bob", "session_uri": "session_none"}),
            ),
        ])
        .await;
    }

    /// Everything with an account, to its end and beyond.
    async fn one_account(&self, path: &str) {
        let [status, refresh, revoke] =
            ["status", "refresh", "revoke"].map(|part| format!("{path}/{part}"));
        self.each([
            ("GET", path, Value::Null),
            ("PATCH", path, json!({"alias": self.prefix})),
            ("PATCH", path, json!({"alias": "a\u{7}b"})),
            ("PATCH", &status, json!({"enabled": false})),
            ("PATCH", &status, json!({"enabled": "no"})),
            ("POST", &refresh, json!({})),
            ("POST", &refresh, json!({"validate_credentials": true})),
            (
                "POST",
                &format!("{refresh}?validate_credentials=true&redirect_url=https://app.example"),
                json!({}),
            ),
            ("POST", &revoke, Value::Null),
            (
                "DELETE",
                &format!("{path}?revoke_on_delete=true"),
                Value::Null,
            ),
            ("GET", path, Value::Null),
            ("PATCH", path, json!({})),
            ("DELETE", path, Value::Null),
            ("PATCH", &status, json!({"enabled": true})),
            ("POST", &refresh, json!({})),
            ("POST", &revoke, Value::Null),
        ])
        .await;
    }

    pub async fn executions(&self, account: &str) {
        let run = "/tools/execute/NOTES_CREATE_A_NOTE";
        let call = json!({"user_id": "alice", "arguments": {"title": "t"}, "version": "latest"});
        let status = format!("{ACCOUNTS}/{account}/status");
        let proxied = |endpoint: &str, account: &str| json!({"endpoint": endpoint, "method": "GET", "connected_account_id": account});
        self.each([
            ("POST", run, call.clone()),
            ("POST", run, json!({"user_id": "alice", "arguments": {}})),
            (
                "POST",
                run,
                json!({"user_id": "nobody", "arguments": {"title": "t"}}),
            ),
            ("POST", run, json!({"text": "write a note"})),
            ("POST", "/tools/execute/NOTHING", call.clone()),
            (
                "POST",
                &format!("{run}/input"),
                json!({"text": "write a note"}),
            ),
            ("POST", "/tools/execute/NOTHING/input", json!({"text": "x"})),
            ("PATCH", &status, json!({"enabled": false})),
            ("POST", run, call),
            ("POST", PROXY, proxied("/me", account)),
            ("PATCH", &status, json!({"enabled": true})),
            ("POST", PROXY, proxied("/me", account)),
            (
                "POST",
                PROXY,
                proxied("https://elsewhere.example/", account),
            ),
            ("POST", PROXY, proxied("/me", "ca_none")),
            ("POST", PROXY, json!({})),
        ])
        .await;
    }

    pub async fn logs_and_project(&self) {
        let successes = json!([{"field": "status", "operator": "==", "value": "success"}]);
        let page = self
            .ask("POST", LOGS, json!({"limit": 2, "filters": successes}))
            .await;
        let id = page["logs"][0]["id"].as_str().unwrap();
        let config = "/org/project/config";
        let change = json!({"display_name": "Acme", "log_visibility_setting": "show_all"});
        self.each([
            ("GET", &*format!("{LOGS}/{id}"), Value::Null),
            ("GET", &format!("{LOGS}?limit=1&status=failed"), Value::Null),
            ("GET", &format!("{LOGS}?limit=x"), Value::Null),
            ("GET", &format!("{LOGS}?cursor=x"), Value::Null),
            ("GET", &format!("{LOGS}?tool_slug=NOTES_GET_STATUS&toolkit_slug=notes&connected_account_id=ca_none&auth_config_id=ac_none&user_id=bob&session_id=s&sandbox_id=s&request_id=r&log_id=l&from=0&to=9"), Value::Null),
            ("GET", &format!("{LOGS}/log_none"), Value::Null),
            ("POST", LOGS, json!({"cursor": "x"})),
            ("GET", "/auth/session/info", Value::Null),
            ("GET", "/openapi.json", Value::Null),
            ("GET", config, Value::Null),
            ("PATCH", config, change),
            ("PATCH", config, json!({"is_2FA_enabled": true})),
        ])
        .await;
    }

    pub async fn files(&self) {
        let request = json!({"toolkit_slug": "notes", "tool_slug": "NOTES_CREATE_A_NOTE", "filename": "b.txt",
            "mimetype": "text/plain", "md5": "d41d8cd98f00b204e9800998ecf8427e"});
        self.each([
            ("POST", "/files/upload/request", request),
            ("POST", "/files/upload/request", json!({})),
            ("GET", "/files/list?toolkit_slug=notes&limit=3", Value::Null),
            ("GET", "/files/list?limit=x", Value::Null),
            (
                "GET",
                "/files/list?tool_slug=NOTES_CREATE_A_NOTE&cursor=x",
                Value::Null,
            ),
        ])
        .await;
    }

    /// Signed addresses, which stand outside of the prefixes.
    pub async fn links_of_files(&self) {
        let bare = Self {
            prefix: "",
            ..self.clone()
        };
        for method in ["GET", "PUT"] {
            let path = "/files/file_none?purpose=get&expires=9&signature=x";
            bare.ask(method, path, Value::Null).await;
        }
    }

    pub async fn operator(&self, base: &str) {
        let name = if self.prefix == "/api/v3" {
            "one"
        } else {
            "two"
        };
        let integration = yaml(base).replace("unique_key: notes", &format!("unique_key: {name}"));
        let app = json!({"integration": integration, "document": DOCUMENT});
        let bad = json!({"integration": "no", "document": "no"});
        let path = &format!("/engine/apps/{name}");
        self.each([
            ("POST", "/engine/apps/lint", app.clone()),
            ("POST", "/engine/apps/lint", bad.clone()),
            ("POST", "/engine/apps", app),
            ("POST", "/engine/apps", bad),
            ("GET", "/engine/apps", Value::Null),
            ("GET", path, Value::Null),
            ("GET", "/engine/apps/nothing", Value::Null),
            ("GET", &format!("{path}/diff"), Value::Null),
            (
                "GET",
                &format!("{path}/diff?from=20200101_00&to=latest"),
                Value::Null,
            ),
        ])
        .await;
        self.client_and_versions(path).await;
        self.each([
            ("DELETE", &**path, Value::Null),
            ("DELETE", path, Value::Null),
            (
                "DELETE",
                "/engine/users/nobody?project=default",
                Value::Null,
            ),
            (
                "POST",
                "/engine/connected_accounts/ca_none/export",
                Value::Null,
            ),
            (
                "POST",
                "/engine/tools/execute/NOTES_CREATE_A_NOTE/dry_run",
                json!({"user_id": "alice", "arguments": {"title": "hi"}}),
            ),
            ("POST", "/engine/tools/execute/NOTES_FLY/dry_run", json!({})),
        ])
        .await;
        self.keys().await;
    }

    async fn client_and_versions(&self, path: &str) {
        self.each([
            ("GET", &*format!("{path}/oauth_client"), Value::Null),
            (
                "GET",
                &format!("{path}/oauth_client?scheme=OAUTH2"),
                Value::Null,
            ),
            (
                "DELETE",
                &format!("{path}/oauth_client?scheme=OAUTH2"),
                Value::Null,
            ),
            (
                "PUT",
                &format!("{path}/oauth_client"),
                json!({"credentials": {"client_id": "none"}}),
            ),
            ("DELETE", &format!("{path}/oauth_client"), Value::Null),
            (
                "PUT",
                &format!("{path}/versions/latest/deprecation"),
                json!({"sunset_at": "soon"}),
            ),
            (
                "PUT",
                &format!("{path}/versions/20200101_00/deprecation"),
                json!({}),
            ),
            (
                "DELETE",
                &format!("{path}/versions/20200101_00/deprecation"),
                Value::Null,
            ),
        ])
        .await;
    }

    async fn keys(&self) {
        let scope = json!({"name": "bot", "user_id": "alice", "apps": ["notes"]});
        let key = self.ask("POST", "/engine/keys", scope).await;
        let path = &format!("/engine/keys/{}", key["id"].as_str().unwrap());
        self.each([
            ("POST", "/engine/keys", json!({"expires_at": "soon"})),
            ("GET", "/engine/keys", Value::Null),
            ("DELETE", path, Value::Null),
            ("DELETE", path, Value::Null),
        ])
        .await;
        self.audit().await;
    }

    async fn audit(&self) {
        let few = "/engine/audit?user_id=alice&toolkit_slug=notes&connected_account_id=ca_none&action=call&before=999&limit=2";
        self.each([
            ("GET", "/engine/audit", Value::Null),
            ("GET", few, Value::Null),
            ("GET", "/engine/audit?limit=many", Value::Null),
            ("POST", "/engine/audit/verify", json!({})),
            ("POST", "/engine/audit/verify", json!({"head": "1:00"})),
        ])
        .await;
    }

    /// What a caller for one user is refused, and one that is no operator; and what is no route.
    pub async fn refusals(&self, account: &str) {
        let account = &format!("{ACCOUNTS}/{account}");
        let for_alice = json!({"user_id": "alice", "auth_config_id": "ac_none"});
        let bob = Caller::default().user("bob");
        for (method, path, body) in [
            ("GET", account.as_str(), Value::Null),
            ("PATCH", account, json!({})),
            ("DELETE", account, Value::Null),
            ("POST", &format!("{account}/refresh"), json!({})),
            ("POST", &format!("{account}/revoke"), Value::Null),
            ("GET", "/connected_accounts?user_ids=alice", Value::Null),
            ("POST", "/connected_accounts/link", for_alice.clone()),
            ("POST", CONFIGS, json!({"toolkit": {"slug": "notes"}})),
            ("PATCH", "/org/project/config", json!({})),
            ("GET", "/logs/tool_execution?user_id=alice", Value::Null),
            ("POST", "/tools/execute/NOTES_CREATE_A_NOTE", for_alice),
        ] {
            self.ask_as(Some(bob.clone()), method, path, body).await;
        }
        for (method, path) in [
            ("GET", "/engine/apps"),
            ("GET", "/engine/keys"),
            ("GET", "/engine/audit"),
            ("GET", "/engine/apps/notes"),
            ("DELETE", "/engine/users/alice"),
        ] {
            let caller = Some(Caller::project("default"));
            self.ask_as(caller, method, path, Value::Null).await;
        }
        let stray = Self {
            recorder: self.recorder.stray(),
            ..self.clone()
        };
        stray.get("/nothing").await;
        stray.ask("PUT", "/toolkits", Value::Null).await;
    }

    async fn each<'a>(&self, requests: impl IntoIterator<Item = (&'a str, &'a str, Value)>) {
        for (method, path, body) in requests {
            self.ask(method, path, body).await;
        }
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null).await
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        self.ask_as(None, method, path, body).await
    }

    async fn ask_as(&self, caller: Option<Caller>, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let path = format!("{}{path}", self.prefix);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .body(body)
            .unwrap();
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        let transport = Transport::from(self.recorder.clone());
        let response = transport.send(request).await.unwrap();
        let bytes = response.into_body().bytes(64 * 1024 * 1024).await.unwrap();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }
}
