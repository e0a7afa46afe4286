use std::sync::Arc;

use async_trait::async_trait;
use composio_core::{Decision, Gate, Run};
use langchain_rust::{
    memory::{SimpleMemory, WindowBufferMemory},
    schemas::{
        Message, MessageType,
        memory::{BaseMemory, MemoryError},
    },
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{
    model::{Model, calls, text},
    service, slugs, tools, tools_of,
};
use crate::{ErrorKind, MemoryExt as _, ToolSet, ToolsExt as _};

type Memory = Arc<Mutex<dyn BaseMemory>>;

async fn held(memory: &Memory) -> Vec<(MessageType, String)> {
    let messages = memory.lock().await.messages().await.unwrap();
    let entry = |message: Message| (message.message_type, message.content);
    messages.into_iter().map(entry).collect()
}

/// Who spoke, in the last request.
fn roles(model: &Model) -> Vec<String> {
    let request = model.requests().pop().unwrap();
    let messages = request["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["role"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_was_said_is_remembered_with_its_calls_and_read_by_the_next_run() {
    let tools = tools(&service()).await;
    let memory: Memory = SimpleMemory::new().into();
    let model = Model::saying([
        calls([("ECHO", r#"{"n":1}"#), ("FAIL", "{}")]),
        text("one"),
        text("two"),
    ])
    .await;
    for (prompt, answer) in [("first", "one"), ("second", "two")] {
        let agent = tools.executor(model.connect()).memory(memory.clone());
        assert_eq!(agent.run(prompt).await.unwrap().text, answer);
    }
    let held = held(&memory).await;
    let texts: Vec<&str> = held.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        (texts.len(), texts[0], texts[4], texts[5], texts[6]),
        (7, "first", "one", "second", "two")
    );
    assert!(texts[2].contains(r#""n":1"#) && texts[3].contains("422"));
    let expected = ["user", "assistant", "tool", "tool", "assistant", "user"];
    assert_eq!(roles(&model), expected);
}

#[tokio::test]
async fn a_window_that_cut_a_call_off_its_answer_is_one_that_the_model_accepts() {
    let tools = tools(&service()).await;
    for size in 1..6 {
        let memory: Memory = WindowBufferMemory::new(size).into();
        let turn = calls([("ECHO", "{}"), ("ECHO", "{}")]);
        let model = Model::saying([turn, text("one"), text("two")]).await;
        for prompt in ["first", "second"] {
            let agent = tools.executor(model.connect()).memory(memory.clone());
            agent.run(prompt).await.unwrap();
        }
        assert_eq!(held(&memory).await.len(), size);
    }
}

#[tokio::test]
async fn a_run_that_ends_early_adds_nothing_until_it_is_resumed() {
    let service = service();
    let gate = Gate::new(|_| async { Decision::Stop("ask a person".to_owned()) });
    let tools = tools_of(ToolSet::new(service.clone()).gate(gate)).await;
    let memory: Memory = SimpleMemory::new().into();
    memory
        .lock()
        .await
        .add_user_message(&"earlier")
        .await
        .unwrap();
    memory.lock().await.add_ai_message(&"hello").await.unwrap();
    let model = Model::saying([calls([("ECHO", "{}")]), text("done")]).await;
    let agent = || tools.executor(model.connect()).memory(memory.clone());
    let (error, run) = agent().run("go").await.unwrap_err().into_parts();
    assert_eq!(
        (error.kind(), held(&memory).await.len()),
        (ErrorKind::Stopped, 2)
    );
    let mut run: Run<Message> =
        serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    let stopped = run.pending().next().unwrap().clone();
    run.decide(&stopped, Decision::Run).unwrap();
    assert_eq!(agent().resume(run).await.unwrap().text, "done");
    let texts: Vec<String> = held(&memory)
        .await
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        (texts.len(), texts[2].as_str(), texts[5].as_str()),
        (6, "go", "done")
    );
    assert_eq!(slugs(&service), ["ECHO"]);
}

/// A memory that fails at the message of this number, once.
struct Failing {
    memory: SimpleMemory,
    writes: usize,
    fails_at: usize,
}

#[async_trait]
impl BaseMemory for Failing {
    async fn messages(&self) -> Result<Vec<Message>, MemoryError> {
        if self.fails_at == 0 {
            return Err(MemoryError::Storage("disk on fire".to_owned()));
        }
        self.memory.messages().await
    }

    async fn add_message(&mut self, message: Message) -> Result<(), MemoryError> {
        self.writes += 1;
        if self.writes == self.fails_at {
            return Err(MemoryError::Storage("disk on fire".to_owned()));
        }
        self.memory.add_message(message).await
    }

    async fn clear(&mut self) -> Result<(), MemoryError> {
        self.memory.clear().await
    }
}

fn failing_at(message: usize) -> Memory {
    let memory = SimpleMemory::new();
    Arc::new(Mutex::new(Failing {
        memory,
        writes: 0,
        fails_at: message,
    }))
}

#[tokio::test]
async fn what_could_not_be_written_is_written_once_when_the_run_is_resumed() {
    let tools = tools(&service()).await;
    for fails_at in 1..5 {
        let memory = failing_at(fails_at);
        let model = Model::saying([calls([("ECHO", "{}")]), text("done")]).await;
        let agent = || tools.executor(model.connect()).memory(memory.clone());
        let (error, run) = agent().run("go").await.unwrap_err().into_parts();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.reader_message(), "the memory could not be written");
        assert_eq!(agent().resume(run).await.unwrap().text, "done");
        let kinds: Vec<_> = held(&memory)
            .await
            .into_iter()
            .map(|(kind, _)| kind)
            .collect();
        let (human, ai) = (MessageType::HumanMessage, MessageType::AIMessage);
        assert_eq!(kinds, [human, ai.clone(), MessageType::ToolMessage, ai]);
        assert_eq!(model.requests().len(), 2, "the model is not asked again");
    }
}

#[tokio::test]
async fn a_model_is_not_asked_without_its_memory() {
    let tools = tools(&service()).await;
    let model = Model::saying([text("never")]).await;
    let agent = tools.executor(model.connect()).memory(failing_at(0));
    let error = agent.run("go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(model.requests().is_empty());
}

#[tokio::test]
async fn runs_at_the_same_time_do_not_mix_in_a_memory() {
    let tools = tools(&service()).await;
    let memory: Memory = SimpleMemory::new().into();
    let turn = calls([("ECHO", "{}")]);
    let model = Model::saying([turn.clone(), turn, text("done")]).await;
    let run = |prompt| {
        let agent = tools.executor(model.connect()).memory(memory.clone());
        async move { agent.run(prompt).await.unwrap() }
    };
    tokio::join!(run("one"), run("two"));
    let messages = memory.lock().await.messages().await.unwrap();
    let kinds: Vec<Value> = messages
        .iter()
        .map(|message| json!(message.message_type))
        .collect();
    let run = ["human", "ai", "tool", "ai"];
    assert_eq!(kinds, [run, run].concat());
}
