//! Actions executed by the program itself, without a model. `cargo run -p direct-execution`
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::indexing_slicing, reason = "what JSON does not have is null")]

use std::error::Error;

use composio_core::models::CustomAuth;
use composio_openai::{ErrorKind, ToolSet};
use serde_json::json;

const CREATE: &str = "DESK_CREATE_A_TICKET";
const GET: &str = "DESK_GET_A_TICKET";
const WHO: &str = "DESK_GET_THE_AUTHENTICATED_USER";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A help desk on this machine, and an engine in which two users are connected to it.
    let (desk, engine) = demo::connected("default").await?;
    let connect = engine.connect("desk").entity("mira");
    let key = desk.sign_up("mira");
    let mira = connect.field("api_key", key.expose()).await?;
    let toolset = ToolSet::new(engine);

    println!("Creating a ticket directly...");
    let ticket = json!({"title": "New ticket", "body": "Made without a model."});
    let result = toolset.execute_action(CREATE, ticket.clone()).await?;
    if result.successful {
        println!("Ticket URL: {}", result.data()["url"]);
    } else {
        println!("Failed to create the ticket: {:?}", result.error);
    }

    // Whose credentials: those of a user by `entity_id`, or of one connection by `connected_account_id`.
    let who = || toolset.execute_action(WHO, json!({}));
    let answer = who().await?;
    println!("Without entity_id: {}", answer.data()["login"]);
    let answer = who().entity_id("mira").await?;
    println!("With entity_id mira: {}", answer.data()["login"]);
    let of_mira = who().entity_id("mira").connected_account_id(&mira.id);
    println!("By her account: {}", of_mira.await?.data()["login"]);

    // Or credentials of the program's own, for one call or for a toolset; they are not stored.
    let auth = CustomAuth::new().header("X-Desk-Key", desk.sign_up("jon"));
    let answer = who().auth(auth.clone()).await?;
    println!("With the key of jon: {}", answer.data()["login"]);
    let of_jon = toolset.clone().add_auth("desk", auth);
    let answer = of_jon.execute_action(CREATE, ticket).await?;
    println!("After add_auth, opened by: {}", answer.data()["opened_by"]);

    // What the app refuses is a result; arguments that the tool does not take are an error, and nothing is sent.
    let none = json!({"number": 99});
    let answer = toolset.execute_action(GET, none).await?;
    println!("Ticket 99: {}", answer.error.unwrap_or_default());
    let wrong = json!({"number": "first"});
    match toolset.execute_action(GET, wrong).await {
        Err(error) if error.kind() == ErrorKind::InvalidInput => println!("Ticket first: {error}"),
        other => return Err(format!("expected a refusal, got {other:?}").into()),
    }
    Ok(())
}
