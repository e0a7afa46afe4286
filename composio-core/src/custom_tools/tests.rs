use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CustomTool, ExecuteRequest};
use crate::{
    BoxError, Plain, ToolSet,
    models::{CustomAuth, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};

#[derive(Deserialize, JsonSchema)]
struct Repository {
    /// Who owns it
    owner: String,
    /// What it is called
    repo: String,
}

#[derive(Serialize, JsonSchema)]
struct Topics {
    topics: Vec<String>,
}

async fn topics(input: Repository, github: ExecuteRequest) -> Result<Topics, BoxError> {
    let answer = github
        .get(format!("/repos/{}/{}/topics", input.owner, input.repo))
        .await?;
    Ok(Topics {
        topics: answer.data.decode()?,
    })
}

fn service() -> FakeService {
    let mut github = Tool::new("GITHUB_GET_A_REPOSITORY");
    github.toolkit = ToolToolkit::new("github", "GitHub", "");
    FakeService::new()
        .tool(github, |_| async { Ok(ToolResult::default()) })
        .tool(Tool::new("proxy"), |_| async {
            Ok(ToolResult::success(json!(["rust", "agents"])))
        })
        .account("ca_7", "alice", "github")
}

fn tool() -> CustomTool {
    CustomTool::with_request("github_topics", "Gets the topics of a repository.", topics)
        .toolname("github")
}

#[test]
fn the_types_are_the_schemas() {
    let tool = tool();
    let input = tool.tool().input_parameters.to_value();
    assert_eq!(input["properties"]["owner"]["description"], "Who owns it");
    assert_eq!(input["required"], json!(["owner", "repo"]));
    let output = tool.tool().output_parameters.to_value();
    assert_eq!(
        output["properties"]["data"]["properties"]["topics"]["items"]["type"],
        "string"
    );
}

#[tokio::test]
async fn a_request_goes_out_with_the_users_own_connection() {
    let service = service();
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone())
        .entity("alice")
        .custom_tool(tool());
    let result = toolset
        .execute_action("github_topics", json!({"owner": "a", "repo": "b"}))
        .await
        .unwrap();
    assert_eq!(result.data(), json!({"topics": ["rust", "agents"]}));
    let sent = &service.executions()[0];
    assert_eq!(sent.connected_account_id.as_deref(), Some("ca_7"));
    assert_eq!(
        (
            sent.arguments["endpoint"].as_str(),
            sent.arguments["method"].as_str()
        ),
        (Some("/repos/a/b/topics"), Some("GET"))
    );
}

#[tokio::test]
async fn credentials_of_the_programs_own_take_the_connections_place() {
    let service = service();
    let auth = CustomAuth::new().header("Authorization", "Bearer x");
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone())
        .entity("bob")
        .add_auth("github", auth)
        .custom_tool(tool());
    toolset
        .execute_action("github_topics", json!({"owner": "a", "repo": "b"}))
        .await
        .unwrap();
    let sent = &service.executions()[0];
    assert!(sent.has_custom_auth && sent.connected_account_id.is_none());
    // A service that knows no credentials of a caller's own finds nothing to take a connection by.
    assert_eq!(sent.arguments.get("user_id"), None);
    assert_eq!(sent.arguments["entity_id"], "bob");
}

#[tokio::test]
async fn without_a_connection_the_model_reads_what_to_do() {
    let toolset: ToolSet<Plain> = ToolSet::new(service()).entity("carol").custom_tool(tool());
    let result = toolset
        .execute_action("github_topics", json!({"owner": "a", "repo": "b"}))
        .await
        .unwrap();
    assert!(
        result
            .error
            .unwrap()
            .contains("carol has no active connection to github")
    );
}

#[tokio::test]
async fn a_toolname_that_is_no_app_is_the_tools_name() {
    let service = service();
    let multiply = CustomTool::new("multiply", "Multiplies.", |input: Repository| async move {
        Ok(input.repo)
    })
    .toolname("calculator_multiply");
    let toolset: ToolSet<Plain> = ToolSet::new(service).custom_tool(multiply);
    let tools = toolset
        .get_tools()
        .actions(["calculator_multiply"])
        .await
        .unwrap();
    assert_eq!(tools[0].definition.name, "calculator_multiply");
}

#[tokio::test]
async fn an_error_of_the_function_is_a_failed_result() {
    let broken = CustomTool::new("broken", "Breaks.", |_: Repository| async {
        Err::<(), _>("out of paper".into())
    });
    let toolset: ToolSet<Plain> = ToolSet::new(service()).custom_tool(broken);
    let result = toolset
        .execute_action("broken", json!({"owner": "a", "repo": "b"}))
        .await
        .unwrap();
    assert_eq!(
        (result.successful, result.error.as_deref()),
        (false, Some("out of paper"))
    );
}
