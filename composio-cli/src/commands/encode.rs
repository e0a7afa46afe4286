//! Actions made ready to be found by meaning. Everything here is about this machine's engine.

use serde_json::json;

use crate::{
    backend::{self, Place},
    context::Context,
    failure::Failure,
    output::Progress,
};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    if let Place::Remote(login) = Place::find(context)? {
        let message = format!("the server {} encodes its actions itself", login.base_url);
        return Err(Failure::usage(message).hint("--local is this machine's engine"));
    }
    if backend::encoder(context).is_none() {
        return Err(Failure::usage("there is no sentence encoder to encode by").hint(
            "name the folder of one, such as all-MiniLM-L6-v2, with --encoder or COMPOSIO_ENCODER",
        ));
    }
    let engine = backend::engine(context)?.build().await?;
    let progress = Progress::start("encoding actions");
    let shown = progress.clone();
    let encoded = engine
        .encode_tools(move |done, of| shown.at(done, of))
        .await;
    drop(progress);
    engine.close().await;
    let encoded = encoded.map_err(|error| {
        let failure = Failure::from(error);
        failure.hint("what is done is kept; `composio apps encode` goes on")
    })?;
    if context.out.is_json() {
        return context.out.json(&json!({ "encoded": encoded }));
    }
    context.out.say(&format!(
        "{encoded} actions are encoded; all are found by meaning"
    ))
}
