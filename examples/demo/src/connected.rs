use composio_core::Result;
use composio_engine::{EgressPolicy, Engine};

use crate::App;

/// A help desk, and an engine in memory in which `user` is connected to it with an API key.
///
/// # Errors
///
/// Whatever kept one of them from starting.
pub async fn connected(user: &str) -> Result<(App, Engine)> {
    let app = App::start().await?;
    let egress = EgressPolicy::default().allow_loopback();
    let engine = Engine::builder().in_memory().egress(egress).build().await?;
    engine.add_app(app.integration(), app.openapi()).await?;
    let key = app.sign_up(user);
    engine
        .connect("desk")
        .entity(user)
        .field("api_key", key.expose())
        .await?;
    Ok((app, engine))
}
