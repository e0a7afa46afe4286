use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use composio_core::{
    Body,
    models::{RawJson, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};
use http::Request;
use rig_agent::{agent::AgentBuilder, tool::server::ToolServer};
use rig_core::{
    message::ToolName,
    tool::{DynamicTool, ToolContext, ToolOutput},
};
use serde_json::{Value, json};
use tower::{Service as _, service_fn};

use super::model::{Model, calls, text};
use crate::{ErrorKind, LiveTools, ToolSet, ToolsExt as _, Transport};

/// A service whose tools are replaced as a whole.
#[derive(Clone)]
struct Changing(Arc<Mutex<FakeService>>);

impl Changing {
    fn new(service: FakeService) -> Self {
        Self(Arc::new(Mutex::new(service)))
    }

    fn becomes(&self, service: FakeService) {
        *self.0.lock().unwrap() = service;
    }

    fn toolset(&self) -> ToolSet {
        let service = self.clone();
        ToolSet::new(Transport::new(service_fn(move |request: Request<Body>| {
            let mut current = service.0.lock().unwrap().clone();
            current.call(request)
        })))
    }
}

/// A notes app with these tools, each with its description, each answering with its name.
fn notes<const N: usize>(tools: [(&'static str, &str); N]) -> FakeService {
    tools
        .into_iter()
        .fold(FakeService::new(), |service, (slug, description)| {
            let mut tool = Tool::new(slug);
            tool.no_auth = true;
            description.clone_into(&mut tool.description);
            tool.toolkit = ToolToolkit::new("notes", "Notes", "");
            tool.input_parameters = RawJson::from(json!({"type": "object", "properties": {}}));
            service.tool(tool, move |_| async move {
                Ok(ToolResult::success(json!(slug)))
            })
        })
}

fn shown(request: &Value) -> Vec<&str> {
    let tools = request["tools"].as_array().into_iter().flatten();
    let mut names: Vec<&str> = tools
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn an_agent_sees_what_was_added_changed_and_removed_after_it_was_built() {
    let service = Changing::new(notes([
        ("READ", "reads"),
        ("ADD", "adds"),
        ("WIPE", "wipes"),
    ]));
    let server = ToolServer::new().run();
    let fetch = service.toolset().get_tools().apps(["notes"]);
    let live = LiveTools::follow(fetch, &server).await.unwrap();
    let model = Model::saying([
        text("one"),
        calls([("WIPE", "{}")]),
        calls([("FIND", "{}")]),
        text("two"),
    ])
    .await;
    let agent = AgentBuilder::new(model.connect())
        .tool_server_handle(server)
        .add_hook(live.hook())
        .default_max_turns(4)
        .build();
    agent.prompt("go").await.unwrap();
    assert!(live.refresh().await.unwrap().is_empty());

    service.becomes(notes([
        ("READ", "reads"),
        ("ADD", "adds, and says where"),
        ("FIND", "finds"),
    ]));
    let changes = live.refresh().await.unwrap();
    assert_eq!(
        (changes.added, changes.changed, changes.removed),
        (
            vec!["FIND".to_owned()],
            vec!["ADD".to_owned()],
            vec!["WIPE".to_owned()]
        )
    );
    agent.prompt("go on").await.unwrap();
    let requests = model.requests();
    assert_eq!(shown(&requests[0]), ["ADD", "READ", "WIPE"]);
    assert_eq!(shown(&requests[1]), ["ADD", "FIND", "READ"]);
    assert!(requests[1]["tools"].to_string().contains("says where"));
    // The call of a tool that is gone is answered, with what there is now, and a new tool runs.
    let read = model.read();
    assert!(
        read[0]["error"]
            .as_str()
            .unwrap()
            .contains("there is no tool WIPE")
    );
    assert_eq!(
        read.last().unwrap(),
        &json!({"successful": true, "data": "FIND"})
    );
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_everything_as_it_was() {
    let service = Changing::new(notes([("READ", "reads")]));
    let server = ToolServer::new().run();
    let fetch = service.toolset().get_tools().apps(["notes"]);
    let live = LiveTools::follow(fetch, &server).await.unwrap();
    service.becomes(FakeService::new());
    let error = live.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(server.snapshot().contains("READ") && live.tools().bound("READ").is_some());
}

#[tokio::test]
async fn what_the_program_registered_itself_is_left_alone() {
    let service = Changing::new(notes([("READ", "reads")]));
    let server = ToolServer::new().run();
    let fetch = service.toolset().get_tools().apps(["notes"]);
    let live = LiveTools::follow(fetch, &server).await.unwrap();
    let own = |name: &str| {
        DynamicTool::new(ToolName::new(name).unwrap(), "own", json!({}), |_| {
            Box::pin(async { Ok(ToolOutput::text("own")) })
        })
    };
    server.add_dynamic_tool(own("FIND"));
    server.add_dynamic_tool(own("CLOCK"));
    service.becomes(notes([("READ", "reads anew"), ("FIND", "finds")]));
    let changes = live.refresh().await.unwrap();
    assert_eq!(
        (changes.added.len(), changes.changed),
        (0, vec!["READ".to_owned()])
    );
    service.becomes(notes([("ADD", "adds")]));
    live.refresh().await.unwrap();
    let mut context = ToolContext::new();
    for name in ["FIND", "CLOCK"] {
        let result = server.execute(name, "{}", &mut context).await;
        assert!(result.is_success(), "{name}");
    }
    assert!(!server.snapshot().contains("READ") && server.snapshot().contains("ADD"));
}

#[tokio::test]
async fn a_run_begins_with_fresh_tools_if_those_there_are_are_too_old() {
    let service = Changing::new(notes([("READ", "reads")]));
    let model = Model::saying([text("done")]).await;
    for (max_age, sees) in [(Duration::ZERO, "FIND"), (Duration::from_secs(600), "READ")] {
        service.becomes(notes([("READ", "reads")]));
        let server = ToolServer::new().run();
        let fetch = service.toolset().get_tools().apps(["notes"]);
        let live = LiveTools::follow(fetch, &server).await.unwrap();
        let agent = AgentBuilder::new(model.connect())
            .tool_server_handle(server)
            .add_hook(live.max_age(max_age).hook())
            .build();
        service.becomes(notes([("FIND", "finds")]));
        agent.prompt("go").await.unwrap();
        assert_eq!(shown(model.requests().last().unwrap()), [sees]);
    }
}

#[tokio::test]
async fn refreshes_at_the_same_time_tell_each_change_once() {
    let service = Changing::new(notes([("READ", "reads")]));
    let server = ToolServer::new().run();
    let fetch = service.toolset().get_tools().apps(["notes"]);
    let live = LiveTools::follow(fetch, &server).await.unwrap();
    service.becomes(notes([("READ", "reads"), ("FIND", "finds")]));
    let (one, two) = tokio::join!(live.refresh(), live.refresh());
    let told = [one.unwrap(), two.unwrap()].map(|changes| changes.added.len());
    assert_eq!(told.iter().sum::<usize>(), 1);
}

#[tokio::test]
async fn a_search_chooses_tools_of_the_fetch_by_the_names_that_the_model_knows() {
    let service = Changing::new(notes([
        ("READ", "reads a note"),
        ("ADD", "adds a note"),
        ("PING", "pings"),
    ]));
    let toolset = service.toolset();
    let tools = toolset
        .get_tools()
        .actions(["READ", "PING"])
        .schema("READ", |tool| tool.rename("look"))
        .await
        .unwrap();
    let search = tools.search(&toolset);
    assert_eq!(search.find("a note", 10).await.unwrap(), ["look"]);
    assert!(search.find(" ", 10).await.unwrap().is_empty());
    assert!(search.find("a note", 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_agent_carries_the_tools_that_fit_its_prompt_and_answers_calls_of_others() {
    let service = Changing::new(notes([("READ", "reads a note"), ("PING", "pings a host")]));
    let toolset = service.toolset();
    let tools = toolset.get_tools().actions(["READ", "PING"]).await.unwrap();
    let turn = calls([("PING", "{}")]);
    let model = Model::saying([turn, calls([("READ", "{}")]), text("done")]).await;
    let all = rig_agent::tool::ToolSet::from_dynamic_tools(tools.to_vec());
    let agent = AgentBuilder::new(model.connect())
        .retrieved_tools_handler(1, tools.search(&toolset), all)
        .add_hook(tools.hook())
        .default_max_turns(4)
        .build();
    agent.prompt("a note").await.unwrap();
    let requests = model.requests();
    assert!(requests.iter().all(|request| shown(request) == ["READ"]));
    let read = model.read();
    assert!(
        read[0]["error"]
            .as_str()
            .unwrap()
            .contains("not among the tools")
    );
    assert_eq!(read[1], json!({"successful": true, "data": "READ"}));
}

#[tokio::test]
async fn a_search_that_fails_ends_the_run_before_the_model_is_asked() {
    let service = Changing::new(notes([("READ", "reads a note")]));
    let toolset = service.toolset();
    let tools = toolset.get_tools().actions(["READ"]).await.unwrap();
    let gone = ToolSet::new(Transport::new(service_fn(|_: Request<Body>| async {
        Err::<http::Response<Body>, _>(crate::Error::new(
            ErrorKind::Unavailable,
            "connection refused",
        ))
    })));
    let model = Model::saying([text("never")]).await;
    let all = rig_agent::tool::ToolSet::from_dynamic_tools(tools.to_vec());
    let agent = AgentBuilder::new(model.connect())
        .retrieved_tools_handler(10, tools.search(&gone), all)
        .build();
    let error = agent.prompt("a note").await.unwrap_err();
    assert!(error.to_string().contains("connection refused"), "{error}");
    assert!(model.requests().is_empty());
}
