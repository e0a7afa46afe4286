//! Bad documents, bad templates, bad arguments, bad callers.

use composio_core::{Error, ErrorKind, Result, models::ToolResult};
use composio_engine::{EgressPolicy, Engine};
use composio_tests::suite::{Outcome, Suite};
use serde_json::{Value, json};

use crate::{
    case, ensure,
    world::{INTEGRATION, World},
};

pub fn cases(suite: Suite) -> Suite {
    let suite = case(
        suite,
        "malformed and truncated documents are refused with what is wrong",
        bad_documents,
    );
    let suite = case(
        suite,
        "a cyclic document becomes a tool with finite schemas",
        cyclic_document,
    );
    let suite = case(
        suite,
        "broken YAML and templates naming missing fields are refused",
        bad_integrations,
    );
    let suite = case(
        suite,
        "wrong, missing and extra arguments are named and nothing is sent",
        bad_arguments,
    );
    let suite = case(
        suite,
        "an engine refuses bad arguments of any client",
        bad_arguments_on_the_wire,
    );
    let suite = case(
        suite,
        "without a connection the caller reads what to do",
        no_connection,
    );
    let suite = case(
        suite,
        "a disabled connection is not used",
        disabled_connection,
    );
    let suite = case(suite, "another user's account is refused", foreign_account);
    let suite = case(
        suite,
        "free text is refused by an engine, which has no model",
        free_text,
    );
    case(suite, "a field cannot move the host", hostile_subdomains)
}

async fn engine() -> Result<Engine> {
    Engine::builder()
        .in_memory()
        .egress(EgressPolicy::default().allow_loopback())
        .build()
        .await
}

async fn bad_documents() -> Outcome {
    let engine = engine().await?;
    let whole =
        json!({"openapi": "3.0.3", "info": {"title": "Notes", "version": "1"}, "paths": {}})
            .to_string();
    let documents = [
        "",
        "{",
        &whole[..whole.len() / 2],
        "[]",
        "42",
        "openapi: [",
        r#"{"swagger": "2.0"}"#,
        r#"{"openapi": "9.0"}"#,
    ];
    for document in documents {
        let Err(error) = engine.add_app(INTEGRATION, document).await else {
            return Err(format!("accepted {document:?}").into());
        };
        ensure(
            matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::NotSupported
            ) && error.message().len() > 10,
            format!("{document:?}: {error}"),
        )?;
    }
    let toolkits = composio_core::client::Client::new(engine)
        .toolkits()
        .list()
        .await?;
    ensure(toolkits.items.is_empty(), "nothing is left behind")
}

async fn cyclic_document() -> Outcome {
    let engine = engine().await?;
    let node =
        json!({"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}});
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "servers": [{"url": "http://127.0.0.1:9"}],
        "components": {
            "schemas": {"Node": node, "Self": {"$ref": "#/components/schemas/Self"}},
            "parameters": {"Loop": {"$ref": "#/components/parameters/Loop"}},
        },
        "paths": {
            "/a": {"post": {"summary": "add", "responses": {}, "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}}}},
            "/b": {"get": {"summary": "turn", "responses": {}, "parameters": [{"$ref": "#/components/parameters/Loop"}]}},
            "/c": {"post": {"summary": "self", "responses": {}, "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Self"}}}}}},
        },
    });
    let added = engine.add_app(INTEGRATION, document.to_string()).await?;
    ensure(
        added.tools >= 1,
        format!("one bad operation never costs the document: {added:?}"),
    )?;
    let tool = composio_core::client::Client::new(engine)
        .tools()
        .get("NOTES_ADD")
        .await?;
    let schema = tool.input_parameters.to_value();
    jsonschema::validator_for(&schema)
        .map(|_| ())
        .map_err(|error| error.to_string().into())
}

async fn bad_integrations() -> Outcome {
    let engine = engine().await?;
    let document = json!({"openapi": "3.1.0", "info": {"title": "N", "version": "1"}, "servers": [{"url": "http://127.0.0.1:9"}],
        "paths": {"/a": {"get": {"summary": "list", "responses": {}}}}}).to_string();
    let broken = [
        "",
        "name: [",
        "name: Notes",
        "unique_key: '../etc'\nname: x",
        "a: &a [*a]",
    ];
    for yaml in broken {
        let Err(error) = engine.add_app(yaml, &document).await else {
            return Err(format!("accepted {yaml:?}").into());
        };
        ensure(
            error.kind() == ErrorKind::InvalidInput,
            format!("{yaml:?}: {error}"),
        )?;
    }
    // A template naming a field that nobody asks for: said when the app is added, or else when it is used.
    let missing = INTEGRATION.replace(
        "X-Api-Key: \"{{api_key}}\"",
        "X-Api-Key: \"{{organisation}}\"",
    );
    match engine.add_app(&missing, &document).await {
        Err(error) => ensure(error.to_string().contains("organisation"), error),
        Ok(added) => {
            engine
                .connect("notes")
                .entity("alice")
                .field("api_key", "k-123456789")
                .await?;
            let toolset: composio_core::ToolSet<composio_core::Plain> =
                composio_core::ToolSet::new(engine).entity("alice");
            let said = told(toolset.execute_action("NOTES_LIST", json!({})).await);
            ensure(said.contains("organisation"), format!("{said}; {added:?}"))
        }
    }
}

/// What the caller reads, whether it comes as a failed result or as an error.
fn told(ended: Result<ToolResult>) -> String {
    match ended {
        Ok(result) if result.successful => format!("it worked: {:?}", result.data()),
        Ok(result) => result.error.unwrap_or_default(),
        Err(error) => error.to_string(),
    }
}

async fn bad_arguments() -> Outcome {
    let world = World::new().await;
    let before = world.vendor.seen.lock().unwrap().len();
    let table = [
        (json!({}), "`title` is required"),
        (json!({"title": 7.5, "stars": "many"}), "stars"),
        (
            json!({"title": "a", "colour": "red"}),
            "`colour` is not an argument",
        ),
        (json!([1]), "not a JSON object"),
    ];
    for (arguments, words) in table {
        let error = world
            .toolset()
            .execute_action("NOTES_POST_NOTES", arguments.clone())
            .await;
        ensure(
            told(error).contains(words),
            format!("{arguments} should say {words}"),
        )?;
    }
    ensure(
        world.vendor.seen.lock().unwrap().len() == before,
        "something was sent",
    )
}

async fn bad_arguments_on_the_wire() -> Outcome {
    let world = World::new().await;
    let client = composio_core::client::Client::new(world.engine.clone());
    for arguments in [
        json!({}),
        json!({"title": 7}),
        json!({"title": "a", "colour": "red"}),
        Value::Null,
    ] {
        let ended = client
            .tools()
            .execute("NOTES_POST_NOTES")
            .user_id("alice")
            .arguments(arguments.clone())
            .await;
        ensure(
            !told(ended).contains("it worked"),
            format!("accepted {arguments}"),
        )?;
    }
    ensure(
        world.vendor.seen.lock().unwrap().is_empty(),
        "something was sent",
    )
}

async fn no_connection() -> Outcome {
    let world = World::new().await;
    let stranger = world.toolset().entity("nobody");
    let said = told(stranger.execute_action("NOTES_NOTES", json!({})).await);
    ensure(
        said.contains("notes") && said.contains("nobody") && said.contains("connect"),
        said,
    )
}

async fn disabled_connection() -> Outcome {
    let world = World::new().await;
    let client = composio_core::client::Client::new(world.engine.clone());
    let accounts = client.connected_accounts().list().users(["alice"]).await?;
    let id = accounts.items[0].id.clone();
    // Used once, so that whatever is cached must be let go of.
    world.execute("NOTES").await?;
    client.connected_accounts().disable(&id).await?;
    let said = told(world.execute("NOTES").await);
    let named = told(
        world
            .toolset()
            .connected_account(&id)
            .execute_action("NOTES_NOTES", json!({}))
            .await,
    );
    ensure(
        !said.contains("it worked") && named.contains("disabled"),
        format!("{said} / {named}"),
    )?;
    client.connected_accounts().enable(&id).await?;
    ensure(world.execute("NOTES").await?.successful, "enabled again")
}

async fn foreign_account() -> Outcome {
    let world = World::new().await;
    let client = composio_core::client::Client::new(world.engine.clone());
    let id = client
        .connected_accounts()
        .list()
        .users(["alice"])
        .await?
        .items[0]
        .id
        .clone();
    let before = world.vendor.seen.lock().unwrap().len();
    let thief = world.toolset().entity("mallory").connected_account(&id);
    let said = told(thief.execute_action("NOTES_NOTES", json!({})).await);
    ensure(!said.contains("it worked"), said)?;
    ensure(
        world.vendor.seen.lock().unwrap().len() == before,
        "something was sent",
    )
}

async fn free_text() -> Outcome {
    let world = World::new().await;
    let execute = world
        .toolset()
        .execute_action("NOTES_NOTES", json!({}))
        .text("list my notes");
    let Err(error) = execute.await else {
        return Err("accepted".into());
    };
    ensure(error.kind() == ErrorKind::NotSupported, &error)?;
    ensure(
        world.vendor.seen.lock().unwrap().is_empty(),
        "something was sent",
    )
}

const SUBDOMAIN: &str = r#"
name: Tenants
unique_key: tenants
auth_schemes:
  - name: key
    auth_mode: API_KEY
    fields:
      - {name: subdomain, type: string, required: true, expected_from_customer: true}
      - {name: api_key, type: string, required: true, expected_from_customer: true}
    proxy:
      base_url: "https://{{subdomain}}.x.com"
      headers: {Authorization: "{{api_key}}"}
"#;

async fn hostile_subdomains() -> Outcome {
    let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": "https://a.x.com"}],
        "paths": {"/a": {"get": {"summary": "list", "responses": {}}}}}).to_string();
    let hostile = [
        "evil.com/",
        "a@evil.com",
        "evil.com#",
        "evil.com?",
        "b\u{fc}cher",
        "a.b",
        "x:80",
        "",
        "%2e",
        "a b",
        "..",
        "[::1]",
        "a\\b",
    ];
    for value in hostile {
        let engine = engine().await?;
        engine.add_app(SUBDOMAIN, &document).await?;
        let connected = engine
            .connect("tenants")
            .field("subdomain", value)
            .field("api_key", "k-123456789")
            .await;
        let said = match connected {
            Err(error) => refusal(&error),
            Ok(_) => {
                let toolset: composio_core::ToolSet<composio_core::Plain> =
                    composio_core::ToolSet::new(engine);
                told(toolset.execute_action("TENANTS_LIST", json!({})).await)
            }
        };
        // Refused for what it is, not for failing to resolve.
        ensure(
            said.contains("host") || said.contains("subdomain"),
            format!("{value:?}: {said}"),
        )?;
    }
    Ok(())
}

fn refusal(error: &Error) -> String {
    error.to_string()
}
