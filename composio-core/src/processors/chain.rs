use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::Scope;
use crate::{Arguments, BoxError, Error, ErrorKind, ModelTool, Result, models::ToolResult};

type Step<T> =
    Arc<dyn Fn(T) -> Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>> + Send + Sync>;

/// What a processor may give back: the value itself, or a `Result` of it.
pub trait Processed<T> {
    /// The value, or why there is none.
    ///
    /// # Errors
    ///
    /// The processor's own.
    fn into_processed(self) -> Result<T, BoxError>;
}

impl<T> Processed<T> for T {
    fn into_processed(self) -> Result<T, BoxError> {
        Ok(self)
    }
}

impl<T, E: Into<BoxError>> Processed<T> for Result<T, E> {
    fn into_processed(self) -> Result<T, BoxError> {
        self.map_err(Into::into)
    }
}

#[derive(Clone)]
struct Chain<T>(Vec<(Scope, Step<T>)>);

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Send + 'static> Chain<T> {
    fn push<F, Fut, R>(&mut self, scope: Scope, function: F)
    where
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: Processed<T>,
    {
        let step: Step<T> = Arc::new(move |value| {
            let future = function(value);
            Box::pin(async move { future.await.into_processed() })
        });
        self.0.push((scope, step));
    }

    async fn run(&self, (app, action): (&str, &str), mut value: T) -> Result<T> {
        for (_, step) in self.0.iter().filter(|(scope, _)| scope.covers(app, action)) {
            value = step(value).await.map_err(failed)?;
        }
        Ok(value)
    }
}

// The message is the program's own, written for whoever reads the refusal.
fn failed(error: BoxError) -> Error {
    Error::new(ErrorKind::Processor, error.to_string()).with_source(error)
}

/// The processors of a toolset or a fetch, in the order they were added.
#[derive(Clone, Default)]
pub(crate) struct Processors {
    schema: Chain<ModelTool>,
    pre: Chain<Arguments>,
    post: Chain<ToolResult>,
}

impl Processors {
    pub(crate) fn push_schema<F, Fut, R>(&mut self, scope: Scope, function: F)
    where
        F: Fn(ModelTool) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: Processed<ModelTool>,
    {
        self.schema.push(scope, function);
    }

    pub(crate) fn push_pre<F, Fut, R>(&mut self, scope: Scope, function: F)
    where
        F: Fn(Arguments) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: Processed<Arguments>,
    {
        self.pre.push(scope, function);
    }

    pub(crate) fn push_post<F, Fut, R>(&mut self, scope: Scope, function: F)
    where
        F: Fn(ToolResult) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: Processed<ToolResult>,
    {
        self.post.push(scope, function);
    }

    /// These, and then `later`.
    pub(crate) fn followed_by(mut self, later: Self) -> Self {
        self.schema.0.extend(later.schema.0);
        self.pre.0.extend(later.pre.0);
        self.post.0.extend(later.post.0);
        self
    }

    /// The processors for one tool alone, so that a call looks nothing up.
    pub(crate) fn for_tool(&self, app: &str, action: &str) -> Self {
        let keep = |scope: &Scope| scope.covers(app, action);
        Self {
            schema: Chain(
                self.schema
                    .0
                    .iter()
                    .filter(|(scope, _)| keep(scope))
                    .cloned()
                    .collect(),
            ),
            pre: Chain(
                self.pre
                    .0
                    .iter()
                    .filter(|(scope, _)| keep(scope))
                    .cloned()
                    .collect(),
            ),
            post: Chain(
                self.post
                    .0
                    .iter()
                    .filter(|(scope, _)| keep(scope))
                    .cloned()
                    .collect(),
            ),
        }
    }

    /// Whether there are schema processors.
    pub(crate) fn change_schemas(&self) -> bool {
        !self.schema.0.is_empty()
    }

    /// Whether there are pre-processors.
    pub(crate) fn change_arguments(&self) -> bool {
        !self.pre.0.is_empty()
    }

    pub(crate) async fn schema(&self, tool: (&str, &str), value: ModelTool) -> Result<ModelTool> {
        self.schema.run(tool, value).await
    }

    pub(crate) async fn pre(&self, tool: (&str, &str), value: Arguments) -> Result<Arguments> {
        self.pre.run(tool, value).await
    }

    pub(crate) async fn post(&self, tool: (&str, &str), value: ToolResult) -> ToolResult {
        if self.post.0.is_empty() {
            return value;
        }
        let log_id = value.log_id.clone();
        let mut result = self
            .post
            .run(tool, value)
            .await
            .unwrap_or_else(|error| ToolResult::from(&error));
        result.log_id = result.log_id.or(log_id);
        result
    }
}

impl fmt::Debug for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processors")
            .field("schema", &self.schema.0.len())
            .field("pre", &self.pre.0.len())
            .field("post", &self.post.0.len())
            .finish()
    }
}

// The six setters, the same on a toolset and on a fetch. `$field` is the `Processors` to add to; `renewed` forgets what
// was bound without them.
macro_rules! processor_setters {
    ($($field:ident).+) => {
        /// Changes how the tools of `scope` are shown to the model.
        #[doc(alias = "modifiers")]
        pub fn schema<R>(
            self,
            scope: impl Into<$crate::Scope>,
            function: impl Fn($crate::ModelTool) -> R + Send + Sync + 'static,
        ) -> Self
        where
            R: $crate::Processed<$crate::ModelTool> + Send + 'static,
        {
            self.schema_async(scope, move |tool| std::future::ready(function(tool)))
        }

        /// Changes the arguments of every call of `scope` before it is executed.
        #[doc(alias = "modifiers")]
        pub fn pre<R>(
            self,
            scope: impl Into<$crate::Scope>,
            function: impl Fn($crate::Arguments) -> R + Send + Sync + 'static,
        ) -> Self
        where
            R: $crate::Processed<$crate::Arguments> + Send + 'static,
        {
            self.pre_async(scope, move |arguments| std::future::ready(function(arguments)))
        }

        /// Changes the result of every execution of `scope`, failures included.
        #[doc(alias = "modifiers")]
        pub fn post<R>(
            self,
            scope: impl Into<$crate::Scope>,
            function: impl Fn($crate::models::ToolResult) -> R + Send + Sync + 'static,
        ) -> Self
        where
            R: $crate::Processed<$crate::models::ToolResult> + Send + 'static,
        {
            self.post_async(scope, move |result| std::future::ready(function(result)))
        }

        /// As `schema`, asynchronously.
        pub fn schema_async<F, Fut, R>(mut self, scope: impl Into<$crate::Scope>, function: F) -> Self
        where
            F: Fn($crate::ModelTool) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send + 'static,
            R: $crate::Processed<$crate::ModelTool>,
        {
            self.$($field).+.push_schema(scope.into(), function);
            self.renewed()
        }

        /// As `pre`, asynchronously.
        pub fn pre_async<F, Fut, R>(mut self, scope: impl Into<$crate::Scope>, function: F) -> Self
        where
            F: Fn($crate::Arguments) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send + 'static,
            R: $crate::Processed<$crate::Arguments>,
        {
            self.$($field).+.push_pre(scope.into(), function);
            self.renewed()
        }

        /// As `post`, asynchronously.
        pub fn post_async<F, Fut, R>(mut self, scope: impl Into<$crate::Scope>, function: F) -> Self
        where
            F: Fn($crate::models::ToolResult) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send + 'static,
            R: $crate::Processed<$crate::models::ToolResult>,
        {
            self.$($field).+.push_post(scope.into(), function);
            self.renewed()
        }
    };
}
pub(crate) use processor_setters;
