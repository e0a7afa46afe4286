//! Types for the desk's actions, from its own OpenAPI document.

use composio_build::{App, Result, Types};

fn main() -> Result<()> {
    let desk = App::of_files("../demo/desk/integration.yaml", "../demo/desk/openapi.yaml")?;
    Types::new().app(desk).build("composio.rs")
}
