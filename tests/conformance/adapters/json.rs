//! The JSON providers of composio-core with an HTTP client of the program's own: here the one that core has for itself.

use composio_core::{
    Anthropic, Body, Config, Error, ErrorKind, Gemini, HttpTransport, Provider, Transport,
};
use serde_json::{Value, json};

use super::agent;
use crate::{
    cases::{Case, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

pub async fn anthropic(case: &Case) -> Seen {
    let body = |tools: Vec<Value>, messages: Vec<Value>| json!({"model": "stand-in", "max_tokens": 99, "tools": tools, "messages": messages});
    run::<Anthropic>(case, "/messages", body).await
}

pub async fn gemini(case: &Case) -> Seen {
    let body = |tools: Vec<Value>, contents: Vec<Value>| json!({"contents": contents, "tools": [{"functionDeclarations": tools}]});
    run::<Gemini>(case, "/models/stand-in:generateContent", body).await
}

async fn run<P>(case: &Case, path: &str, body: fn(Vec<Value>, Vec<Value>) -> Value) -> Seen
where
    P: Provider<Tools = Vec<Value>, Message = Value, Response = Value> + Default,
{
    let service = setup::service();
    let counts = Counts::default();
    let tools = setup::fetch::<P>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let url = format!("{}{path}", stand_in.url);
    let client: Transport = HttpTransport::new(&Config::new("unused")).unwrap().into();
    let offered = tools.to_vec();
    let model = move || {
        let (client, url, offered) = (client.clone(), url.clone(), offered.clone());
        move |history: Vec<Value>| {
            let body = body(offered.clone(), history);
            let (client, url) = (client.clone(), url.clone());
            async move { send(&client, &url, body).await }
        }
    };
    let end = agent::drive(case, &service, &tools, model).await;
    let mut seen = agent::seen(end, &service, &counts);
    seen.asked = stand_in.asked();
    seen.read = stand_in.read();
    assert_eq!(
        stand_in.refused(),
        Vec::<String>::new(),
        "the model accepts every history"
    );
    seen
}

async fn send(client: &Transport, url: &str, body: Value) -> Result<Value, Error> {
    let request = http::Request::post(url).header("content-type", "application/json");
    let response = client.send(request.body(Body::json(body)).unwrap()).await?;
    let status = response.status();
    let bytes = response.into_body().bytes(1 << 20).await?;
    let text = String::from_utf8_lossy(&bytes);
    if !status.is_success() {
        return Err(Error::new(ErrorKind::UnexpectedResponse, text));
    }
    Ok(serde_json::from_str(&text).unwrap())
}
