/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Calls at once.
    pub(crate) calls: usize,
    pub(crate) rounds: usize,
    pub(crate) kills: usize,
    pub(crate) drops: usize,
}

impl Size {
    /// Everything under `cargo xtask races`, a part of it otherwise.
    pub(crate) fn get() -> Self {
        match std::env::var_os("COMPOSIO_RACES_FULL") {
            Some(_) => Self {
                calls: 200,
                rounds: 5,
                kills: 50,
                drops: 200,
            },
            None => Self {
                calls: 60,
                rounds: 2,
                kills: 4,
                drops: 40,
            },
        }
    }
}
