//! Credentials of one's own: an OAuth client behind one's own domain (white-labelling), a token for one call, and tokens that
//! Descope keeps. `cargo run -p own-credentials`
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::indexing_slicing, reason = "what JSON does not have is null")]

use std::{collections::HashMap, error::Error, time::Duration};

use composio_core::{DescopeAuth, models::CustomAuth};
use composio_openai::ToolSet;
use demo::Notes;
use serde_json::json;

const WHO: &str = "NOTES_GET_THE_AUTHENTICATED_USER";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let notes = Notes::start().await?;
    let (engine, engine_url) = demo::served(&notes).await?;
    let toolset = ToolSet::new(engine);

    // The consent page names the developer's domain, which forwards to the engine with the query as it is.
    let your_app = demo::your_app(engine_url).await?;
    let (client_id, client_secret) = notes.client();
    toolset
        .create_integration("notes")
        .auth_mode("OAUTH2")
        .use_composio_oauth_app(false)
        .auth_config([
            ("client_id", client_id),
            ("client_secret", client_secret.expose()),
            ("redirect_uri", &format!("{your_app}/redirect")),
        ])
        .await?;
    let request = toolset
        .get_entity("default")
        .initiate_connection("notes")
        .use_composio_auth(false)
        .redirect_url(format!("{your_app}/thread/7?tab=tools"))
        .await?;
    let link = request.redirect_url().ok_or("a page to consent on")?;
    println!("The page names yourapp: {}", link.contains("redirect"));
    let (end, page) = demo::visit(link).await?;
    let end = end.replace(&your_app, "https://yourapp.com");
    let end = end.split('&').next().unwrap_or_default();
    println!("The user ends at {end}");
    println!("and reads: {page}");
    let connection = request.wait_until_active(Duration::from_secs(120)).await?;
    println!("Connected: {}", connection.status);
    let login = |result: composio_core::models::ToolResult| result.data()["login"].to_string();
    let result = toolset.execute_action(WHO, json!({})).await?;
    println!("By the connection: {}", login(result));

    // A token that the program has: for one call, or for a toolset. It overrides the connection and is not stored.
    let token = notes.token_for("jon");
    let auth = CustomAuth::new().header("Authorization", format!("Bearer {}", token.expose()));
    let one_call = toolset.execute_action(WHO, json!({})).auth(auth.clone());
    println!("By a token: {}", login(one_call.await?));
    let with_token = toolset.clone().add_auth("notes", auth);
    let result = with_token.execute_action(WHO, json!({})).await?;
    println!("By add_auth: {}", login(result));

    // Tokens that Descope keeps for the program's users; here a stand-in of its API.
    let tokens = HashMap::from([("U2ann".to_owned(), notes.token_for("ann"))]);
    let descope = DescopeAuth::at("P2demo", "K2demo", demo::descope(tokens).await?)?;
    let ask = |user: &str| {
        descope
            .get_auth("notes")
            .user_id(user)
            .scopes(["notes.read"])
    };
    let of_ann = toolset.clone().add_auth("notes", ask("U2ann").await?);
    let result = of_ann.execute_action(WHO, json!({})).await?;
    println!("By Descope: {}", login(result));
    match ask("U2nobody").await {
        Err(error) => println!("For nobody: {error}"),
        Ok(_) => return Err("Descope has a token for nobody".into()),
    }
    Ok(())
}
