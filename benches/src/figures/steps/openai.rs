use composio_core::{Model, ModelRequest, Result};
use composio_openai::{
    ChatCompletions,
    async_openai::types::chat::{
        ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
        ChatCompletionRequestAssistantMessageArgs, ChatCompletionRequestMessage,
        ChatCompletionRequestToolMessage, ChatCompletionRequestUserMessage,
        CreateChatCompletionRequestArgs, CreateChatCompletionResponse,
    },
};
use serde_json::json;

use super::{ARGUMENTS, DONE, STEPS, TOOL, check, compare, echo_by_hand, tools};
use crate::harness::{Outcome, Table};

/// A loop by hand, since async-openai has none, and ours.
pub(super) fn measure(table: &mut Table) -> Outcome {
    let ours = tools::<ChatCompletions>()?;
    compare(
        "openai",
        table,
        || Ok(async { by_hand() }),
        || {
            let agent = ours.agent_with(InMemory::default()).max_steps(STEPS + 1);
            Ok(async move {
                let answer = agent.run("go").await?;
                check(&answer.text, answer.steps - 1)
            })
        },
    )
}

/// Reads the request and parses an answer, as a client does but for the network.
#[derive(Default)]
struct InMemory(u32);

impl InMemory {
    fn answer(
        &mut self,
        history: &[ChatCompletionRequestMessage],
    ) -> Outcome<CreateChatCompletionResponse> {
        let request = CreateChatCompletionRequestArgs::default()
            .model("in memory")
            .messages(history)
            .build()?;
        std::hint::black_box(serde_json::to_vec(&request)?);
        let step = self.0;
        self.0 += 1;
        Ok(serde_json::from_slice(&written(step))?)
    }
}

impl Model<ChatCompletions> for InMemory {
    type Response = CreateChatCompletionResponse;

    async fn respond(
        &mut self,
        request: ModelRequest<'_, ChatCompletions>,
    ) -> Result<CreateChatCompletionResponse> {
        self.answer(request.history()).map_err(|error| {
            composio_core::Error::new(composio_core::ErrorKind::Internal, error.to_string())
        })
    }
}

/// What the model writes at `step`.
fn written(step: u32) -> Vec<u8> {
    let call = json!({"id": format!("call_{step}"), "type": "function",
        "function": {"name": TOOL, "arguments": ARGUMENTS}});
    let message = if step < STEPS {
        json!({"role": "assistant", "content": null, "refusal": null, "tool_calls": [call]})
    } else {
        json!({"role": "assistant", "content": DONE, "refusal": null})
    };
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "in memory",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": null}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    })
    .to_string()
    .into_bytes()
}

fn by_hand() -> Outcome {
    let mut model = InMemory::default();
    let mut history = vec![ChatCompletionRequestUserMessage::from("go").into()];
    let mut steps = 0;
    loop {
        let answer = model.answer(&history)?;
        let choice = answer.choices.into_iter().next().ok_or("no choice")?;
        let calls = choice.message.tool_calls.unwrap_or_default();
        if calls.is_empty() {
            return check(&choice.message.content.unwrap_or_default(), steps);
        }
        let turn: ChatCompletionRequestAssistantMessage =
            ChatCompletionRequestAssistantMessageArgs::default()
                .tool_calls(calls.clone())
                .build()?;
        history.push(turn.into());
        for call in calls {
            let ChatCompletionMessageToolCalls::Function(call) = call else {
                continue;
            };
            steps += 1;
            history.push(
                ChatCompletionRequestToolMessage {
                    content: echo_by_hand(&call.function.arguments)?.into(),
                    tool_call_id: call.id,
                }
                .into(),
            );
        }
    }
}
