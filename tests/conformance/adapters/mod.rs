//! One file per adapter: how its loop is run.

pub mod again;
pub mod agent;
pub mod genai;
pub mod json;
#[cfg(feature = "langchain")]
pub mod langchain;
pub mod openai;
pub mod plain;
pub mod rig;
pub mod rig_again;
pub mod rig_by_hand;
pub mod rig_end;

use std::{future::Future, pin::Pin};

use crate::cases::{Case, Seen};

pub type Ran<'a> = Pin<Box<dyn Future<Output = Seen> + 'a>>;

/// An adapter's name and how it runs a case.
#[derive(Clone, Copy)]
pub struct Adapter {
    pub name: &'static str,
    pub run: for<'a> fn(&'a Case) -> Ran<'a>,
}

pub fn all() -> Vec<Adapter> {
    vec![
        Adapter {
            name: "closure",
            run: |case| Box::pin(plain::run(case)),
        },
        Adapter {
            name: "chat",
            run: |case| Box::pin(openai::chat(case)),
        },
        Adapter {
            name: "chat-sse",
            run: |case| Box::pin(openai::chat_streamed(case)),
        },
        Adapter {
            name: "responses",
            run: |case| Box::pin(openai::responses(case)),
        },
        Adapter {
            name: "resp-sse",
            run: |case| Box::pin(openai::responses_streamed(case)),
        },
        Adapter {
            name: "resp-chain",
            run: |case| Box::pin(openai::responses_chained(case)),
        },
        Adapter {
            name: "anthropic",
            run: |case| Box::pin(json::anthropic(case)),
        },
        Adapter {
            name: "gemini",
            run: |case| Box::pin(json::gemini(case)),
        },
        Adapter {
            name: "rig",
            run: |case| Box::pin(rig::whole(case)),
        },
        Adapter {
            name: "rig-sse",
            run: |case| Box::pin(rig::streamed(case)),
        },
        Adapter {
            name: "genai",
            run: |case| Box::pin(genai::run(case)),
        },
        #[cfg(feature = "langchain")]
        Adapter {
            name: "langchain",
            run: |case| Box::pin(langchain::whole(case)),
        },
        #[cfg(feature = "langchain")]
        Adapter {
            name: "lc-sse",
            run: |case| Box::pin(langchain::streamed(case)),
        },
    ]
}
