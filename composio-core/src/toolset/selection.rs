/// Which tools a fetch is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    pub(super) actions: Vec<String>,
    pub(super) apps: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) query: Option<String>,
    pub(super) all: bool,
    pub(super) limit: Option<u32>,
    pub(super) unchecked: bool,
}

// The same setters on every builder that selects. `$field` is the `Selection`.
macro_rules! selection_setters {
    ($field:ident) => {
        /// These actions, by slug; a custom tool by its name.
        #[doc(alias = "tools")]
        pub fn actions<S: AsRef<str>>(mut self, actions: impl IntoIterator<Item = S>) -> Self {
            self.$field
                .actions
                .extend(actions.into_iter().map(|action| action.as_ref().to_owned()));
            self
        }

        /// The `important` actions of these apps.
        ///
        /// Of an app that marks none, the first 30 are taken: those that only read first, then by the shorter path as
        /// the service lists them. `all_actions` takes every one, and `tags` those of a group.
        #[doc(alias = "toolkits")]
        pub fn apps<S: AsRef<str>>(mut self, apps: impl IntoIterator<Item = S>) -> Self {
            self.$field
                .apps
                .extend(apps.into_iter().map(|app| app.as_ref().to_lowercase()));
            self
        }

        /// Only actions with one of these tags, which are case-sensitive.
        pub fn tags<S: AsRef<str>>(mut self, tags: impl IntoIterator<Item = S>) -> Self {
            self.$field
                .tags
                .extend(tags.into_iter().map(|tag| tag.as_ref().to_owned()));
            self
        }

        /// Actions that fit this description, best first; within `apps` if there are any. 20 unless `limit` says
        /// otherwise.
        pub fn search(mut self, use_case: impl Into<String>) -> Self {
            self.$field.query = Some(use_case.into());
            self
        }

        /// Every action of the apps, `important` or not.
        pub fn all_actions(mut self) -> Self {
            self.$field.all = true;
            self
        }

        /// At most this many actions, those named by `actions` aside.
        pub fn limit(mut self, limit: u32) -> Self {
            self.$field.limit = Some(limit);
            self
        }

        /// Whether every app must have an active connection of the user; it must, by default.
        pub fn check_connected_accounts(mut self, check: bool) -> Self {
            self.$field.unchecked = !check;
            self
        }
    };
}
pub(super) use selection_setters;
