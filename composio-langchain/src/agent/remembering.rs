use std::{fmt, sync::Arc};

use composio_core::{Agent, Answer, Error, ErrorKind, Limits, Model, Result, Run, RunError};
use langchain_rust::schemas::{
    Message, MessageType, ToolCall,
    memory::{BaseMemory, MemoryError},
};
use serde_json::json;
use tokio::sync::Mutex;

use crate::LangChain;

/// Gives a memory of langchain-rust to an agent, as its last setting.
pub trait MemoryExt<'a, M> {
    /// Runs with what `memory` holds, and adds to it what was said: the prompt, the calls, their results, the answer.
    ///
    /// ```no_run
    /// # use composio_langchain::{MemoryExt as _, Tools, ToolsExt as _};
    /// # use composio_langchain::langchain_rust::{language_models::llm::LLM, memory::SimpleMemory, schemas::memory::BaseMemory};
    /// # use std::sync::Arc;
    /// # use tokio::sync::Mutex;
    /// # async fn example(tools: Tools, llm: Box<dyn LLM>) -> Result<(), Box<dyn std::error::Error>> {
    /// let memory: Arc<Mutex<dyn BaseMemory>> = SimpleMemory::new().into();
    /// tools.executor(llm.clone_box()).memory(memory.clone()).run("Star rust-lang/rust").await?;
    /// let answer = tools.executor(llm).memory(memory).run("And what did you star?").await?;
    /// # Ok(()) }
    /// ```
    fn memory(self, memory: impl Into<Arc<Mutex<dyn BaseMemory>>>) -> Remembering<'a, M>;
}

impl<'a, M: Model<LangChain>> MemoryExt<'a, M> for Agent<'a, LangChain, M> {
    fn memory(self, memory: impl Into<Arc<Mutex<dyn BaseMemory>>>) -> Remembering<'a, M> {
        Remembering {
            agent: self,
            memory: memory.into(),
        }
    }
}

/// An agent with a memory: from [`MemoryExt::memory`].
///
/// A run that ends early adds nothing, as in langchain-rust's own executor; when it is resumed and ends well, the whole
/// of it is added. Runs at the same time on one memory do not mix in it: what a run adds stands together.
#[must_use = "an agent does nothing until it runs"]
pub struct Remembering<'a, M> {
    agent: Agent<'a, LangChain, M>,
    memory: Arc<Mutex<dyn BaseMemory>>,
}

impl<M: Model<LangChain>> Remembering<'_, M> {
    /// As [`Agent::run`].
    ///
    /// What the memory holds comes before the prompt. Calls whose answers a window has cut off are left out, and
    /// answers without their call, since no model accepts them.
    ///
    /// # Errors
    ///
    /// As [`Agent::run`]; [`ErrorKind::Unavailable`] if the memory could not be read or written. The model is not asked
    /// without its memory; what could not be written is written when the run is resumed, and the model is not asked
    /// again.
    pub async fn run(mut self, prompt: &str) -> Result<Answer<Message>, RunError<Message>> {
        let held = self.memory.lock().await.messages().await;
        let (history, unread) = match held {
            Ok(messages) => (whole(messages), None),
            Err(error) => (Vec::new(), Some(into_error(error, "read"))),
        };
        self.agent = self.agent.history(history);
        match (self.agent.begin(prompt), unread) {
            (Ok(run), None) => self.resume(run).await,
            (Ok(run), Some(error)) => Err(RunError::new(error, run)),
            (Err(error), _) => {
                let run = Run::new(Vec::new(), Limits::default());
                Err(RunError::new(error, run))
            }
        }
    }

    /// As [`Agent::resume`].
    ///
    /// # Errors
    ///
    /// As [`Remembering::run`].
    pub async fn resume(
        mut self,
        mut run: Run<Message>,
    ) -> Result<Answer<Message>, RunError<Message>> {
        if let Err(error) = self.agent.drive(&mut run).await {
            return Err(RunError::new(error, run));
        }
        if let Err(error) = self.save(run.history()).await {
            return Err(RunError::new(error, run));
        }
        Answer::of(run)
    }

    /// Adds what was said since the last prompt, but for what an interrupted save has added already.
    async fn save(&self, history: &[Message]) -> Result<()> {
        let is_prompt = |message: &Message| message.message_type == MessageType::HumanMessage;
        let start = history.iter().rposition(is_prompt).unwrap_or(0);
        let said = history.get(start..).unwrap_or_default();
        let mut memory = self.memory.lock().await;
        let held = memory.messages().await;
        let held = held.map_err(|error| into_error(error, "read"))?;
        let added = overlap(&held, said);
        for message in said.iter().skip(added) {
            let kept = memory.add_message(message.clone()).await;
            kept.map_err(|error| into_error(error, "written"))?;
        }
        Ok(())
    }
}

/// How many messages at the end of `held` are the first of `said`.
fn overlap(held: &[Message], said: &[Message]) -> usize {
    let is_same = |one: &Message, other: &Message| json!(one) == json!(other);
    let at_end = |count: &usize| {
        let (end, begin) = (
            held.iter().rev().take(*count).rev(),
            said.iter().take(*count),
        );
        end.zip(begin).all(|(held, said)| is_same(held, said))
    };
    let most = held.len().min(said.len());
    (0..=most).rev().find(at_end).unwrap_or(0)
}

/// The messages that a model accepts again: a window may have cut calls off their answers.
fn whole(messages: Vec<Message>) -> Vec<Message> {
    let mut kept = Vec::with_capacity(messages.len());
    let mut messages = messages.into_iter().peekable();
    let is_answer = |message: &Message| message.message_type == MessageType::ToolMessage;
    while let Some(message) = messages.next() {
        let answers: Vec<Message> = std::iter::from_fn(|| messages.next_if(is_answer)).collect();
        let called = message.parse_tool_calls();
        let is_answered = |call: &ToolCall| {
            let mut ids = answers.iter().map(|answer| answer.id.as_deref());
            ids.any(|id| id == Some(&call.id))
        };
        if is_answer(&message) || !called.iter().all(is_answered) {
            continue;
        }
        kept.push(message);
        if !called.is_empty() {
            kept.extend(answers);
        }
    }
    kept
}

fn into_error(error: MemoryError, what: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the memory could not be {what}"),
    )
    .with_source(error)
}

impl<M> fmt::Debug for Remembering<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembering").finish_non_exhaustive()
    }
}
