use std::env;

/// What the environment says `name` is; nothing if it is empty.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the examples' one place that reads the environment"
)]
pub fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}
