use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use composio_catalog::{ToolPlan, Toolkit};
use composio_core::{
    Secret,
    models::{AuthScheme, CustomAuth},
};
use serde_json::{Map, Value};

use crate::files::{Content, ResultFiles};

/// The opened credentials of one connection: its own fields, the developer's, and defaults.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) scheme: AuthScheme,
    /// Which of the toolkit's schemes it is; a toolkit may have several of one kind.
    pub(crate) scheme_name: String,
    pub(crate) values: BTreeMap<String, Secret>,
}

/// One tool to run.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub(crate) toolkit: &'a Toolkit,
    pub(crate) plan: &'a ToolPlan,
    pub(crate) arguments: Map<String, Value>,
    pub(crate) credentials: Option<Arc<Credentials>>,
    /// Credentials given with the call; they come on top of the connection's.
    pub(crate) custom: Option<CustomAuth>,
    /// The files that the arguments name, by key.
    pub(crate) files: HashMap<String, Content>,
    /// Where bytes go that come back; without it they stay in the result, in base64.
    pub(crate) results: Option<ResultFiles>,
}
