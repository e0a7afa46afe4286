//! Users connect their accounts: by consent on the app's own page, and by a key. `cargo run -p connect-users`
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::indexing_slicing, reason = "what JSON does not have is null")]

use std::{error::Error, time::Duration};

use composio_core::ErrorKind;
use composio_openai::ToolSet;
use demo::{App, Notes};
use serde_json::json;

const WHO: &str = "NOTES_GET_THE_AUTHENTICATED_USER";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Two services on this machine: one whose users consent on its page, one that gives them keys.
    let (notes, desk) = (Notes::start().await?, App::start().await?);
    // Your application, where alice is signed in: it confirms who came back from a consent (docs/connect.md).
    let site = demo::Site::start("user-alice-456").await?;
    let engine = demo::served_for(&notes, &site).await?;
    engine.add_app(desk.integration(), desk.openapi()).await?;
    let toolset = ToolSet::new(engine);

    // Once for each app: how it is reached. Here by an OAuth client that the developer has registered.
    let (client_id, client_secret) = notes.client();
    let integration = toolset
        .create_integration("notes")
        .auth_mode("OAUTH2")
        .credential("client_id", client_id)
        .credential("client_secret", client_secret)
        .await?;
    println!("Integration: {}", integration.name);

    // Once for each user: they consent, and the connection becomes active.
    let alice = toolset.get_entity("user-alice-456");
    let request = alice.initiate_connection("notes").await?;
    println!("Begun: {}", request.connection_status());
    let link = request.redirect_url().ok_or("a page to consent on")?;
    println!("A link to consent: {}", link.contains("/authorize?"));
    demo::visit(link).await?; // a person opens it in their browser
    let connection = request.wait_until_active(Duration::from_secs(120)).await?;
    println!("Connected: {}", connection.status);
    let result = alice.execute(WHO, json!({})).await?;
    println!("On notes alice is: {}", result.data()["login"]);

    // A key is at hand, so the connection is active at once. The app says what to ask the user for.
    let bob = toolset.get_entity("bob");
    let asked = toolset.get_expected_params_for_user("desk").await?;
    println!("The desk asks for: {:?}", asked.names().collect::<Vec<_>>());
    let key = desk.sign_up("bob");
    let request = bob
        .initiate_connection("desk")
        .param("api_key", key)
        .await?;
    println!("With a key: {}", request.connection_status());

    // Whose connections there are, and how one is switched off.
    for connection in bob.connections().await? {
        println!("Bob has: {} {}", connection.toolkit.slug, connection.status);
    }
    let accounts = toolset.client().connected_accounts();
    accounts.disable(&connection.id).await?;
    match alice.connection("notes").await {
        Err(error) if error.kind() == ErrorKind::NotFound => println!("Disabled: {error}"),
        other => return Err(format!("expected no connection, got {other:?}").into()),
    }
    accounts.enable(&connection.id).await?;

    // Consent once more: the connection keeps its id.
    let back = format!("{}/settings", site.url());
    let again = toolset
        .reinitiate_connection(&connection.id, Some(&back))
        .await?;
    demo::visit(again.redirect_url().ok_or("a page")?).await?;
    let renewed = again.wait_until_active(Duration::from_secs(120)).await?;
    println!("Same connection: {}", renewed.id == connection.id);
    Ok(())
}
