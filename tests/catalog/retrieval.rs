//! A rig agent over all of GitHub's operations: what its model is shown.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, routing::post};
use composio_engine::Engine;
use composio_rig::{ToolSet, ToolsExt as _, rig_agent, rig_core::providers::openai::OpenAIConfig};
use composio_tests::suite::Outcome;
use rig_agent::agent::AgentBuilder;
use serde_json::{Value, json};

use crate::github::{INTEGRATION, OPERATIONS};

const MOST: usize = 10;
/// These prompts were looked at when the search was made, so they say little of others.
const FOUND: usize = 19;
/// What a person may ask, and the operation that does it.
const PROMPTS: [(&str, &str); 20] = [
    (
        "Create an issue in octocat/hello-world: the lamp is dark",
        "GITHUB_CREATE_AN_ISSUE",
    ),
    (
        "Star the repository rust-lang/rust for me",
        "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER",
    ),
    (
        "Who am I? Get the authenticated user",
        "GITHUB_GET_THE_AUTHENTICATED_USER",
    ),
    (
        "Merge pull request 12 of octocat/hello-world",
        "GITHUB_MERGE_A_PULL_REQUEST",
    ),
    (
        "List the open pull requests of rust-lang/cargo",
        "GITHUB_LIST_PULL_REQUESTS",
    ),
    (
        "Which branches does octocat/hello-world have?",
        "GITHUB_LIST_BRANCHES",
    ),
    (
        "Add the labels bug and urgent to issue 7",
        "GITHUB_ADD_LABELS_TO_AN_ISSUE",
    ),
    (
        "Comment on issue 7: we look into it. Create an issue comment.",
        "GITHUB_CREATE_AN_ISSUE_COMMENT",
    ),
    (
        "Make a release v1.2 of octocat/hello-world",
        "GITHUB_CREATE_A_RELEASE",
    ),
    (
        "Delete the repository octocat/old",
        "GITHUB_DELETE_A_REPOSITORY",
    ),
    (
        "Fork tokio-rs/tokio. Create a fork.",
        "GITHUB_CREATE_A_FORK",
    ),
    ("Show the commits of the main branch", "GITHUB_LIST_COMMITS"),
    ("Cancel workflow run 42", "GITHUB_CANCEL_A_WORKFLOW_RUN"),
    (
        "List my organizations",
        "GITHUB_LIST_ORGANIZATIONS_FOR_THE_AUTHENTICATED_USER",
    ),
    ("Create a gist with my notes", "GITHUB_CREATE_A_GIST"),
    (
        "Invite someone: add a repository collaborator to octocat/hello-world",
        "GITHUB_ADD_A_REPOSITORY_COLLABORATOR",
    ),
    ("Lock issue 9", "GITHUB_LOCK_AN_ISSUE"),
    (
        "Get the readme of serde-rs/serde",
        "GITHUB_GET_A_REPOSITORY_README",
    ),
    (
        "List the code scanning alerts of a repository",
        "GITHUB_LIST_CODE_SCANNING_ALERTS_FOR_A_REPOSITORY",
    ),
    (
        "Mark all my notifications as read",
        "GITHUB_MARK_NOTIFICATIONS_AS_READ",
    ),
];

/// Every request carries ten tools at most, and the one that does what the prompt asks is among them, but for prompts
/// in quite other words.
pub fn an_agent_over_all_operations_carries_ten(folder: &Path) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let engine = Engine::builder().in_memory().build().await?;
        let document = fs::read(folder.join("generated/api.github.com.json"))?;
        engine.add_app(INTEGRATION, document).await?;
        let toolset = ToolSet::new(engine);
        let fetch = toolset.get_tools().apps(["github"]).all_actions();
        let tools = fetch.check_connected_accounts(false).await?;
        assert_eq!(tools.len(), OPERATIONS);

        let model = Model::start().await?;
        let all = rig_agent::tool::ToolSet::from_dynamic_tools(tools.to_vec());
        let agent = AgentBuilder::new(
            OpenAIConfig::new("no-key")
                .with_base_url(&model.url)
                .client()
                .chat("stand-in"),
        )
        .retrieved_tools_handler(MOST, tools.search(&toolset), all)
        .add_hook(tools.hook())
        .build();
        let mut missed = Vec::new();
        for (prompt, right) in PROMPTS {
            agent.prompt(prompt).await?;
            let shown = model.shown();
            assert!(shown.len() <= MOST, "{prompt}: {} tools", shown.len());
            if !shown.iter().any(|name| name == right) {
                missed.push(format!("{prompt}: {right} is not among {shown:?}"));
            }
        }
        missed.iter().for_each(|miss| println!("{miss}"));
        let found = PROMPTS.len() - missed.len();
        println!(
            "{found} of {} prompts have the right tool among {MOST}",
            PROMPTS.len()
        );
        assert!(found >= FOUND);
        Ok(())
    })
}

/// A model that says one word, and keeps what it was shown last.
struct Model {
    url: String,
    request: Arc<Mutex<Value>>,
}

impl Model {
    async fn start() -> std::io::Result<Self> {
        let request = Arc::<Mutex<Value>>::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .with_state(request.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, request })
    }

    fn shown(&self) -> Vec<String> {
        let request = self.request.lock().unwrap();
        let tools = request["tools"].as_array().into_iter().flatten();
        tools
            .filter_map(|tool| Some(tool["function"]["name"].as_str()?.to_owned()))
            .collect()
    }
}

async fn answer(State(kept): State<Arc<Mutex<Value>>>, Json(request): Json<Value>) -> Json<Value> {
    *kept.lock().unwrap() = request;
    let message = json!({"role": "assistant", "content": "done"});
    Json(json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }))
}
