//! What every command has at hand.

use tokio::sync::OnceCell;

use crate::{
    backend::Backend, cli::Options, environment::Environment, failure::Failure, home::Home,
    output::Output,
};

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) out: Output,
    pub(crate) home: Home,
    pub(crate) options: Options,
    pub(crate) environment: Environment,
    /// Whether the command finds actions, for which a sentence encoder is read.
    pub(crate) finds_actions: bool,
    backend: OnceCell<Backend>,
}

impl Context {
    pub(crate) fn new(options: Options, finds_actions: bool) -> Result<Self, Failure> {
        let environment = Environment::read();
        Ok(Self {
            out: Output::new(options.json),
            home: Home::find(options.home.clone(), &environment)?,
            options,
            environment,
            finds_actions,
            backend: OnceCell::new(),
        })
    }

    /// The engine of this home or the server, opened when it is first needed.
    pub(crate) async fn backend(&self) -> Result<&Backend, Failure> {
        self.backend.get_or_try_init(|| Backend::open(self)).await
    }

    pub(crate) async fn close(&self) {
        if let Some(backend) = self.backend.get() {
            backend.close().await;
        }
    }
}
