//! The one place of the program that reads the environment.

use std::{env, path::PathBuf};

use composio_core::Secret;

/// The variables that the program knows.
#[derive(Debug)]
pub(crate) struct Environment {
    /// `COMPOSIO_HOME`: where the engine's state is.
    pub(crate) home: Option<PathBuf>,
    /// `COMPOSIO_BASE_URL`: the server to act on.
    pub(crate) base_url: Option<String>,
    /// `COMPOSIO_API_KEY`: the key for it.
    pub(crate) api_key: Option<Secret>,
    /// Whether `COMPOSIO_MASTER_KEY` holds the master key, which the engine reads by itself.
    pub(crate) has_master_key: bool,
    /// `COMPOSIO_ALLOW`: the networks that tools may reach although they are not public.
    pub(crate) allow: Option<String>,
    /// `COMPOSIO_ENCODER`: the folder of the sentence encoder that actions are found by.
    pub(crate) encoder: Option<PathBuf>,
    /// `COMPOSIO_LOG`: what is logged, as a filter of `tracing`.
    pub(crate) log: Option<String>,
    /// Whether a browser that is opened would be seen: on Unix `DISPLAY` or `WAYLAND_DISPLAY`.
    pub(crate) has_display: bool,
    /// `HOME`.
    pub(crate) user_home: Option<PathBuf>,
}

impl Environment {
    pub(crate) fn read() -> Self {
        Self {
            home: variable("COMPOSIO_HOME").map(PathBuf::from),
            base_url: variable("COMPOSIO_BASE_URL"),
            api_key: variable("COMPOSIO_API_KEY").map(Secret::from),
            has_master_key: variable("COMPOSIO_MASTER_KEY").is_some(),
            allow: variable("COMPOSIO_ALLOW"),
            encoder: variable("COMPOSIO_ENCODER").map(PathBuf::from),
            log: variable("COMPOSIO_LOG"),
            has_display: cfg!(not(all(unix, not(target_os = "macos"))))
                || variable("DISPLAY").is_some()
                || variable("WAYLAND_DISPLAY").is_some(),
            user_home: env::home_dir().filter(|path| !path.as_os_str().is_empty()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
