use std::collections::BTreeMap;

use async_openai::types::chat::{
    ChatChoice, ChatChoiceLogprobs, ChatChoiceStream, ChatCompletionMessageToolCall,
    ChatCompletionMessageToolCallChunk, ChatCompletionMessageToolCalls,
    ChatCompletionResponseMessage, ChatCompletionResponseMessageAudio, ChatCompletionStreamAudio,
    CreateChatCompletionResponse, CreateChatCompletionStreamResponse, FinishReason, FunctionCall,
    FunctionCallStream, Role,
};
use composio_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::repair::{self, Chunks, Refusal};

/// Puts the chunks of a streamed chat completion together to the answer that `handle_tool_calls` takes.
///
/// For programs that drive a stream by hand; [`ChatModel::streaming`](crate::ChatModel::streaming) does it by itself.
///
/// ```no_run
/// # #[cfg(feature = "client")]
/// # async fn example(
/// #     client: async_openai::Client<async_openai::config::OpenAIConfig>,
/// #     request: async_openai::types::chat::CreateChatCompletionRequest,
/// #     tools: composio_openai::Tools,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use composio_openai::CompletionCollector;
/// use futures_util::StreamExt as _;
///
/// let mut stream = client.chat().create_stream(request).await?;
/// let mut collector = CompletionCollector::new();
/// while let Some(chunk) = stream.next().await {
///     let chunk = chunk?;
///     print!("{}", CompletionCollector::words(&chunk));
///     collector.push(chunk);
/// }
/// let messages = tools.handle_tool_calls(&collector.finish()?).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct CompletionCollector {
    head: Option<CreateChatCompletionStreamResponse>,
    choices: BTreeMap<u32, Choice>,
    chunks: Chunks,
    refusal: Option<Refusal>,
}

#[derive(Debug, Clone, Default)]
struct Choice {
    content: Option<String>,
    refusal: Option<String>,
    calls: BTreeMap<u32, FunctionCallStream>,
    ids: BTreeMap<u32, String>,
    function_call: Option<FunctionCallStream>,
    audio: Option<ChatCompletionStreamAudio>,
    finish_reason: Option<FinishReason>,
    logprobs: Option<ChatChoiceLogprobs>,
}

impl CompletionCollector {
    /// A collector without any chunk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the first choice says in this chunk, a refusal included.
    #[must_use]
    pub fn words(chunk: &CreateChatCompletionStreamResponse) -> &str {
        let first = chunk.choices.iter().find(|choice| choice.index == 0);
        let delta = first.map(|choice| &choice.delta);
        let words = delta.and_then(|delta| delta.content.as_deref().or(delta.refusal.as_deref()));
        words.unwrap_or_default()
    }

    /// Adds the next chunk. Calls that a server numbers wrongly are told apart by their ids.
    pub fn push(&mut self, mut chunk: CreateChatCompletionStreamResponse) {
        for choice in &mut chunk.choices {
            for piece in choice.delta.tool_calls.iter_mut().flatten() {
                let id = piece.id.as_deref().unwrap_or_default();
                let function = piece.function.as_ref();
                let name = function.and_then(|function| function.name.as_deref());
                let index = Some(piece.index);
                piece.index = self
                    .chunks
                    .slot(choice.index, index, id, name.unwrap_or_default());
            }
        }
        self.merge(chunk);
    }

    /// As [`push`](Self::push), with a chunk as plain JSON that may be nearly OpenAI's, and gives what the first choice
    /// says in it. What is no chunk is left out; an error that a server sends is kept for
    /// [`finish`](Self::finish).
    pub fn push_json(&mut self, chunk: Value) -> String {
        let refusal = repair::refusal_in(&chunk);
        match self.repair(chunk) {
            Some(chunk) => {
                let words = Self::words(&chunk).to_owned();
                self.merge(chunk);
                words
            }
            None => {
                self.refusal = self.refusal.take().or(refusal);
                String::new()
            }
        }
    }

    /// A chunk, its calls in their slots, for [`merge`](Self::merge).
    pub(crate) fn repair(&mut self, chunk: Value) -> Option<CreateChatCompletionStreamResponse> {
        serde_json::from_value(self.chunks.chunk(chunk)?).ok()
    }

    /// Adds a chunk whose calls are in their slots.
    pub(crate) fn merge(&mut self, mut chunk: CreateChatCompletionStreamResponse) {
        for choice in chunk.choices.drain(..) {
            self.choices.entry(choice.index).or_default().push(choice);
        }
        match &mut self.head {
            // Some servers repeat the usage so far: the last counts.
            Some(head) => {
                head.usage = chunk.usage.or(head.usage.take());
                head.service_tier = chunk.service_tier.or(head.service_tier.take());
            }
            None => self.head = Some(chunk),
        }
    }

    /// The answer as a whole.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`] if there was nothing in the stream, what the server said if it failed, and
    /// [`ErrorKind::Unavailable`] if it broke off before the model was done: half a call never becomes one.
    #[expect(deprecated, reason = "what an old server sends is kept too")]
    pub fn finish(self) -> Result<CreateChatCompletionResponse> {
        if let Some(refusal) = self.refusal {
            return Err(Error::new(refusal.kind, refusal.message));
        }
        let Some(head) = self.head.filter(|_| !self.choices.is_empty()) else {
            let message =
                "the model's stream is empty: nobody asked for one, or the server has none";
            return Err(Error::new(ErrorKind::UnexpectedResponse, message));
        };
        let choices = self.choices.into_iter();
        Ok(CreateChatCompletionResponse {
            id: head.id,
            choices: choices
                .map(|(index, choice)| choice.finish(index))
                .collect::<Result<_>>()?,
            created: head.created,
            model: head.model,
            service_tier: head.service_tier,
            system_fingerprint: head.system_fingerprint,
            object: "chat.completion".to_owned(),
            usage: head.usage,
            metadata: None,
            moderation: head.moderation,
        })
    }
}

impl Choice {
    #[expect(deprecated, reason = "what an old server sends is kept too")]
    fn push(&mut self, choice: ChatChoiceStream) {
        let delta = choice.delta;
        append(&mut self.content, delta.content);
        append(&mut self.refusal, delta.refusal);
        for piece in delta.tool_calls.into_iter().flatten() {
            self.push_piece(piece);
        }
        if let Some(piece) = delta.function_call {
            merge_function(self.function_call.get_or_insert_default(), piece);
        }
        if let Some(piece) = delta.audio {
            let audio = self.audio.get_or_insert_default();
            audio.id = audio.id.take().or(piece.id);
            audio.expires_at = piece.expires_at.or(audio.expires_at);
            append(&mut audio.data, piece.data);
            append(&mut audio.transcript, piece.transcript);
        }
        if let Some(logprobs) = choice.logprobs {
            match &mut self.logprobs {
                Some(all) => extend_logprobs(all, logprobs),
                None => self.logprobs = Some(logprobs),
            }
        }
        self.finish_reason = choice.finish_reason.or(self.finish_reason);
    }

    fn push_piece(&mut self, piece: ChatCompletionMessageToolCallChunk) {
        let id = self.ids.entry(piece.index).or_default();
        if let Some(own) = piece.id.filter(|_| id.is_empty()) {
            *id = own;
        }
        let call = self.calls.entry(piece.index).or_default();
        merge_function(call, piece.function.unwrap_or_default());
    }

    #[expect(deprecated, reason = "what an old server sends is kept too")]
    fn finish(mut self, index: u32) -> Result<ChatChoice> {
        if self.finish_reason.is_none() {
            let message = "the model's stream broke off before the model was done";
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        let calls: Vec<_> = self
            .calls
            .into_iter()
            .map(|(slot, call)| {
                ChatCompletionMessageToolCalls::Function(ChatCompletionMessageToolCall {
                    id: self.ids.remove(&slot).unwrap_or_default(),
                    function: whole(call),
                })
            })
            .collect();
        let audio = self.audio.map(|audio| ChatCompletionResponseMessageAudio {
            id: audio.id.unwrap_or_default(),
            expires_at: audio.expires_at.unwrap_or_default(),
            data: audio.data.unwrap_or_default(),
            transcript: audio.transcript.unwrap_or_default(),
        });
        Ok(ChatChoice {
            index,
            message: ChatCompletionResponseMessage {
                content: self.content,
                refusal: self.refusal,
                tool_calls: (!calls.is_empty()).then_some(calls),
                annotations: None,
                role: Role::Assistant,
                function_call: self.function_call.map(whole),
                audio,
            },
            finish_reason: self.finish_reason,
            logprobs: self.logprobs,
        })
    }
}

fn append(text: &mut Option<String>, piece: Option<String>) {
    match (text, piece) {
        (Some(text), Some(piece)) => text.push_str(&piece),
        (text, Some(piece)) => *text = Some(piece),
        (_, None) => {}
    }
}

fn merge_function(function: &mut FunctionCallStream, piece: FunctionCallStream) {
    // Some servers repeat the whole name with every piece.
    if function.name != piece.name {
        append(&mut function.name, piece.name);
    }
    append(&mut function.arguments, piece.arguments);
}

fn whole(function: FunctionCallStream) -> FunctionCall {
    FunctionCall {
        name: function.name.unwrap_or_default(),
        arguments: function.arguments.unwrap_or_default(),
    }
}

fn extend_logprobs(all: &mut ChatChoiceLogprobs, more: ChatChoiceLogprobs) {
    for (all, more) in [
        (&mut all.content, more.content),
        (&mut all.refusal, more.refusal),
    ] {
        match (all, more) {
            (Some(all), Some(more)) => all.extend(more),
            (all, Some(more)) => *all = Some(more),
            (_, None) => {}
        }
    }
}
