//! The demo's help desk, what a model may do with it, and the transcript of one run.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use composio_core::{Decision, Gate, Provider, Result, ToolSet, Tools, models::ToolResult};
use composio_engine::Engine;
use demo::App;
use serde_json::Value;

use crate::{adapters::Adapter, arguments::Arguments};

const TOOLS: [&str; 7] = [
    "DESK_GET_THE_AUTHENTICATED_USER",
    "DESK_LIST_TICKETS",
    "DESK_CREATE_A_TICKET",
    "DESK_GET_A_TICKET",
    "DESK_DELETE_A_TICKET",
    "DESK_FETCH_MESSAGES",
    "DESK_SEND_A_MESSAGE",
];
const QUESTION: &str = "Get ticket 1 and tell me what it is about.";
/// What only the desk knows.
const KNOWN: [&str; 2] = ["printer", "fire"];

pub struct Desk {
    app: App,
    engine: Engine,
}

impl Desk {
    pub async fn start() -> Result<Self> {
        let (app, engine) = demo::connected("default").await?;
        Ok(Self { app, engine })
    }
}

/// A call as the gate saw it: valid, and about to be made.
#[derive(Debug, Clone)]
pub struct Call {
    pub tool: String,
    pub arguments: Value,
}

/// One prompt to one adapter.
pub struct Task<'a> {
    pub desk: &'a Desk,
    pub prompt: &'a str,
    pub max_steps: u32,
    /// Whether calls are made; else the first ends the run.
    pub makes_calls: bool,
    pub calls: Arc<Mutex<Vec<Call>>>,
}

impl<'a> Task<'a> {
    pub fn new(desk: &'a Desk, prompt: &'a str, max_steps: u32, makes_calls: bool) -> Self {
        Self {
            desk,
            prompt,
            max_steps,
            makes_calls,
            calls: Arc::default(),
        }
    }

    /// The desk's tools. Of each call is kept what the gate sees, and shown what is made.
    pub async fn tools<P: Provider + Default>(&self) -> Tools<P> {
        let toolset: ToolSet<P> = ToolSet::new(self.desk.engine.clone());
        let (calls, makes_calls) = (self.calls.clone(), self.makes_calls);
        let gate = Gate::new(move |call| {
            let call = Call {
                tool: call.tool,
                arguments: call.arguments.into_value(),
            };
            if makes_calls {
                println!("  the model calls  {} {}", call.tool, call.arguments);
            }
            calls.lock().unwrap().push(call);
            async move {
                if makes_calls {
                    Decision::Run
                } else {
                    Decision::Stop("seen".into())
                }
            }
        });
        let app = self.desk.app.clone();
        let fetch = toolset.get_tools().actions(TOOLS).gate(gate);
        let fetch = fetch.post("*", move |result: ToolResult| {
            for request in app.take_requests() {
                println!("  the desk gets    {}", request.line);
            }
            println!("  the tool answers {}", result.data());
            result
        });
        fetch.await.expect("the demo's tools are there")
    }
}

/// Shows one run to its end and whether the answer speaks of what only the tool could tell.
pub async fn transcript(desk: &Desk, adapter: &Adapter, arguments: &Arguments) -> bool {
    println!("\n{}\n  a person asks    {QUESTION}", adapter.name);
    let task = Task::new(desk, QUESTION, 4, true);
    let begin = Instant::now();
    let ran = tokio::time::timeout(arguments.timeout, (adapter.ask)(&arguments.endpoint, &task));
    let ended = ran
        .await
        .unwrap_or_else(|_| Err("no answer in time".into()));
    let seconds = begin.elapsed().as_secs();
    let (answer, pieces) = match ended {
        Ok(ended) => ended,
        Err(error) => {
            println!("  it ends with     {error} ({seconds} s)");
            return false;
        }
    };
    let answer = answer.trim();
    println!("  the model says   {answer}");
    let lower = answer.to_lowercase();
    let speaks_of_it = KNOWN.iter().any(|word| lower.contains(word));
    let called = !task.calls.lock().unwrap().is_empty();
    let verdict = match (called, speaks_of_it) {
        (false, _) => "no tool was called",
        (true, false) => "the answer does not speak of the result",
        (true, true) => "the answer speaks of the result",
    };
    println!("  so               {verdict} ({seconds} s, words in {pieces} pieces)");
    called && speaks_of_it
}
