#![doc = include_str!("../README.md")]

mod description;
mod expand;
mod function;
mod options;
mod parameter;
mod set;

use proc_macro::TokenStream;

/// Makes a tool of a function. The function itself stays as it is.
///
/// On a function `repo_topics` it adds `repo_topics::tool()`, which gives a `CustomTool`, and `repo_topics::NAME`. On a
/// method `add_note` it adds `Self::add_note_tool(state)`, where `state` is a `Self` or an `Arc<Self>`.
///
/// | option | meaning |
/// |---|---|
/// | `name = "…"` | the tool's name; the function's by default |
/// | `app = "…"` | the app whose credentials an `ExecuteRequest` uses, and whose processors apply |
/// | `toolname = "…"` | the name of a known app, else the tool's own name: asked when the tool is fetched |
/// | `description = "…"` | in place of the documentation comment |
/// | `tags = ["…"]` | tags, such as `important` |
/// | `read_only`, `destructive`, `idempotent` | hints; a destructive tool needs a gate, or `allow_destructive()` |
/// | `crate = path` | where `composio_core` is found |
///
/// On a parameter: a documentation comment describes it, `#[default]` and `#[default = …]` say what it is if the model
/// leaves it out (as `None` for an `Option`), `#[name = "…"]` renames it for the model.
///
/// See the [crate's page](crate) for examples.
#[proc_macro_attribute]
pub fn action(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::action(options.into(), &function.into()).into()
}

/// On an `impl` block: adds `Self::tools(state)`, the tools of every method with [`macro@action`].
///
/// `state` is a `Self` or an `Arc<Self>`. `tools` is as visible as the first of these methods. Its one option is
/// `crate = path`.
#[proc_macro_attribute]
pub fn actions(options: TokenStream, block: TokenStream) -> TokenStream {
    set::actions(options.into(), &block.into()).into()
}
