use composio_rig::{
    Rig, ToolsExt as _,
    rig_agent::agent::{AgentBuilder, AgentRunner},
    rig_core::{
        message::ToolName,
        test_utils::{MockCompletionModel, MockTurn},
        tool::{DynamicTool, ToolExecutionError, ToolOutput},
    },
};
use serde_json::Value;

use super::{ARGUMENTS, DESCRIPTION, DONE, STEPS, TOOL, check, compare, echo, parameters, tools};
use crate::harness::{Outcome, Table};

/// rig's own loop on both sides, with a tool of the program's own and with ours.
pub(super) fn measure(table: &mut Table) -> Outcome {
    let ours = tools::<Rig>()?;
    let bare = DynamicTool::new(
        ToolName::new(TOOL)?,
        DESCRIPTION,
        parameters(),
        |arguments: Value| {
            Box::pin(async move {
                let input = serde_json::from_value(arguments);
                let output = input.map(echo).and_then(serde_json::to_value);
                output
                    .map(ToolOutput::json)
                    .map_err(|error| ToolExecutionError::other(error.to_string()))
            })
        },
    );
    compare(
        "rig",
        table,
        || {
            let agent = AgentBuilder::new(model()?).dynamic_tool(bare.clone());
            Ok(run(agent.build().prompt("go")))
        },
        || {
            let agent = AgentBuilder::new(model()?).dynamic_tools(ours.to_vec());
            Ok(run(agent.build().prompt("go").add_hook(ours.hook())))
        },
    )
}

async fn run(runner: AgentRunner) -> Outcome {
    let turns = usize::try_from(STEPS)? + 1;
    let response = runner.max_turns(turns).await?;
    let asked = u32::try_from(response.completion_calls().len())?;
    check(&response.output(), asked.saturating_sub(1))
}

fn model() -> Outcome<MockCompletionModel> {
    let arguments: Value = serde_json::from_str(ARGUMENTS)?;
    let calls =
        (0..STEPS).map(|n| MockTurn::tool_call(format!("call_{n}"), TOOL, arguments.clone()));
    Ok(MockCompletionModel::from_turns(
        calls.chain([MockTurn::text(DONE)]),
    ))
}
