//! Actions with typed arguments and results, made by `build.rs`. `cargo run -p typed`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use composio_core::{ErrorKind, Plain, ToolSet, typed::TypedAction as _};

mod composio {
    include!(concat!(env!("OUT_DIR"), "/composio.rs"));
}
use composio::{Action, App, desk};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A help desk on this machine, and an engine in which a user is connected to it.
    let (_desk, engine) = demo::connected("default").await?;
    let toolset: ToolSet<Plain> = ToolSet::new(engine);

    // What is required is asked for by the compiler; everything else is left out until it is set.
    let ticket = desk::CreateATicket::new("The printer is on fire", "It smells of toner.");
    let ticket = ticket.execute(&toolset).await?;
    println!("Ticket {:?}: {:?}", ticket.number, ticket.title);

    // A text out of a few is one of them, not any text.
    let open = desk::ListTickets {
        status: Some(desk::ListTicketsStatus::Open),
    };
    for ticket in open.execute(&toolset).await?.iter() {
        println!("Open: {}", ticket.title.as_deref().unwrap_or_default());
    }

    // What the app refuses is an error with its words.
    match desk::GetATicket::new(99).execute(&toolset).await {
        Err(error) if error.kind() == ErrorKind::ToolFailed => println!("Ticket 99: {error}"),
        other => return Err(format!("expected a failure, got {other:?}").into()),
    }

    // The untyped ways take the same names.
    let tools = toolset.get_tools().actions([Action::DESK_GET_A_TICKET]);
    println!("Tools of {}: {:?}", App::DESK, tools.await?);
    Ok(())
}
