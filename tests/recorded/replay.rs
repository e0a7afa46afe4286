//! Whole runs of our models on recorded answers, which a small server on loopback gives again.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_openai::{Client, config::OpenAIConfig};
use axum::{Json, Router, http::header, response::IntoResponse as _, routing::post};
use composio_core::models::{RawJson, Tool};
use composio_core::testing::FakeService;
use composio_core::{Limits, Model, Provider, ToolSet};
use composio_openai::{ChatCompletions, ChatModel, Responses, ResponsesModel, ToolsExt as _};
use composio_tests::suite::Outcome;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::exchange::{Api, Called, Chain, Exchange, answered, chains, whole};
use crate::handled::{echo, run};

/// What a run did: the calls that were executed, and the requests that the model got.
struct Ran {
    executed: Vec<(String, Value)>,
    requests: Vec<Value>,
    steps: u32,
}

/// Every chain of the part goes to its end, makes exactly the recorded calls, and answers each under its id.
pub fn runs_go_as_recorded(folder: &Path, expected: usize) -> Outcome {
    let chains = chains(folder);
    if chains.len() != expected {
        return Err(format!("{} runs, expected {expected}", chains.len()).into());
    }
    chains.iter().try_for_each(|chain| {
        let answers = chain.exchanges.iter().map(|exchange| exchange.body.clone());
        let ran = replay(chain, answers.collect(), chain.first().is_stream)?;
        as_recorded(chain, &ran)
    })
}

/// A streamed answer makes the calls that it makes when it comes whole, and as plain JSON.
pub fn streamed_and_whole_make_the_same_calls(folder: &Path, expected: usize) -> Outcome {
    let mut chains = chains(folder);
    chains.retain(|chain| chain.exchanges.iter().all(|exchange| exchange.is_stream));
    if chains.len() != expected {
        return Err(format!("{} streamed runs, expected {expected}", chains.len()).into());
    }
    chains.iter().try_for_each(|chain| {
        let bodies = chain.exchanges.iter().map(|exchange| {
            let whole = whole(exchange.api, true, &exchange.body).unwrap_or_default();
            whole.to_string()
        });
        let ran = replay(chain, bodies.collect(), false)?;
        as_recorded(chain, &ran)?;
        plain_json(chain)
    })
}

fn as_recorded(chain: &Chain, ran: &Ran) -> Outcome {
    let calls = chain.calls();
    let asked: Vec<(String, Value)> = calls
        .iter()
        .map(|(_, name, arguments)| (name.clone(), arguments.clone()))
        .collect();
    check(ran.executed == asked, chain, || {
        format!("asked {asked:?}, executed {:?}", ran.executed)
    })?;
    let steps = chain.exchanges.len() + usize::from(!chain.ends());
    check(ran.steps as usize == steps, chain, || {
        format!("{} steps, {steps} recorded", ran.steps)
    })?;
    let mut ids: Vec<String> = Vec::new();
    for (step, request) in ran.requests.iter().enumerate() {
        let streams = chain.first().is_stream && request["stream"] == true;
        let is_whole = request.get("stream").is_none();
        check(streams || is_whole, chain, || {
            format!("stream is {}", request["stream"])
        })?;
        check(answered(request) == ids, chain, || {
            format!("step {step} answers {:?}, not {ids:?}", answered(request))
        })?;
        let calls = chain
            .exchanges
            .get(step)
            .map(|exchange| exchange.calls.as_slice());
        ids.extend(
            calls
                .unwrap_or_default()
                .iter()
                .map(|(id, _, _)| id.clone()),
        );
    }
    Ok(())
}

fn plain_json(chain: &Chain) -> Outcome {
    let first = chain.first();
    let answer = whole(first.api, first.is_stream, &first.body).unwrap_or_default();
    let service = service(chain);
    let names = names(chain);
    let number = run(async {
        Ok(match first.api {
            Api::Chat => {
                let tools = ToolSet::<ChatCompletions>::new(service.clone()).get_tools();
                tools
                    .actions(&names)
                    .await?
                    .handle_tool_calls_json(&answer)
                    .await?
                    .len()
            }
            Api::Responses => {
                let tools = ToolSet::<Responses>::new(service.clone()).get_tools();
                tools
                    .actions(&names)
                    .await?
                    .handle_tool_calls_json(&answer)
                    .await?
                    .len()
            }
        })
    })?;
    check(number == first.calls.len(), chain, || {
        format!("{number} answers to plain JSON")
    })?;
    check(service.executions().len() == number, chain, || {
        "not all were executed".to_owned()
    })
}

fn replay(chain: &Chain, answers: VecDeque<String>, streams: bool) -> Result<Ran, Failed> {
    let last = chain.first();
    let (service, names) = (service(chain), names(chain));
    run(async {
        let server = Server::start(answers, last.api, streams).await?;
        let config = OpenAIConfig::new()
            .with_api_base(&server.url)
            .with_api_key("sk-recorded");
        let client = Client::with_config(config);
        let steps = match (last.api, streams) {
            (Api::Chat, false) => drive(&service, &names, ChatModel::new(&client, "m")).await,
            (Api::Chat, true) => {
                drive(&service, &names, ChatModel::new(&client, "m").streaming()).await
            }
            (Api::Responses, false) => {
                drive(&service, &names, ResponsesModel::new(&client, "m")).await
            }
            (Api::Responses, true) => {
                drive(
                    &service,
                    &names,
                    ResponsesModel::new(&client, "m").streaming(),
                )
                .await
            }
        };
        let steps = steps.map_err(|error| format!("{}: {error}", chain.name))?;
        let executions = service.executions().into_iter();
        Ok(Ran {
            executed: executions
                .map(|execution| (execution.slug, execution.arguments))
                .collect(),
            requests: server.requests.lock().unwrap().clone(),
            steps,
        })
    })
}

async fn drive<P, M>(
    service: &FakeService,
    names: &[String],
    model: M,
) -> composio_core::Result<u32>
where
    P: Provider + Default,
    M: Model<P>,
{
    let toolset: ToolSet<P> = ToolSet::new(service.clone());
    let tools = toolset.get_tools().actions(names).await?;
    // One at a time, so that what is executed is in the order of the calls.
    let agent = tools
        .agent_with(model)
        .max_steps(Limits::default().max_steps.max(30))
        .parallel(1);
    Ok(agent.run("Go").await?.steps)
}

/// Gives the recorded answers one after the other, and a word of its own where the recording ends with calls.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Value>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(answers: VecDeque<String>, api: Api, streams: bool) -> Result<Self, Failed> {
        let requests: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (kept, answers) = (requests.clone(), Arc::new(Mutex::new(answers)));
        let answer = move |Json(request): Json<Value>| async move {
            kept.lock().unwrap().push(request);
            let body = answers.lock().unwrap().pop_front();
            let kind = if streams {
                "text/event-stream"
            } else {
                "application/json"
            };
            let body = body.unwrap_or_else(|| ending(api, streams));
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        };
        let router = Router::new()
            .route("/v1/chat/completions", post(answer.clone()))
            .route("/v1/responses", post(answer));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Ok(Self {
            url,
            requests,
            task,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn ending(api: Api, streams: bool) -> String {
    let whole = match api {
        Api::Chat => {
            json!({"choices": [{"index": 0, "message": {"content": "ok"}, "finish_reason": "stop"}]})
        }
        Api::Responses => json!({"output": [{"type": "message", "content": "ok"}]}),
    };
    match (api, streams) {
        (_, false) => whole.to_string(),
        (Api::Chat, true) => {
            let chunk = json!({"choices": [{"index": 0, "delta": {"content": "ok"}, "finish_reason": "stop"}]});
            format!("data: {chunk}\n\n")
        }
        (Api::Responses, true) => {
            let event = json!({"type": "response.completed", "response": whole});
            format!("data: {event}\n\n")
        }
    }
}

/// A service with every function that the recorded requests offered.
fn service(chain: &Chain) -> FakeService {
    let offered = functions(chain.first());
    offered
        .into_iter()
        .fold(FakeService::new(), |service, function| {
            let mut tool = Tool::new(function["name"].as_str().unwrap_or_default());
            tool.no_auth = true;
            tool.input_parameters = RawJson::from(function["parameters"].clone());
            service.tool(tool, echo)
        })
}

fn functions(exchange: &Exchange) -> Vec<Value> {
    let tools = exchange.request["tools"].as_array().into_iter().flatten();
    let functions =
        tools
            .filter(|tool| tool["type"] == "function")
            .map(|tool| match exchange.api {
                Api::Chat => tool["function"].clone(),
                Api::Responses => tool.clone(),
            });
    functions.collect()
}

fn names(chain: &Chain) -> Vec<String> {
    let functions = functions(chain.first());
    let names = functions
        .iter()
        .filter_map(|function| function["name"].as_str());
    names.map(str::to_owned).collect()
}

fn check(holds: bool, chain: &Chain, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds {
        Ok(())
    } else {
        let calls: Vec<Called> = chain.calls();
        Err(format!("{} ({} calls): {}", chain.name, calls.len(), otherwise()).into())
    }
}
