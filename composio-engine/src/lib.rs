//! composio-engine
