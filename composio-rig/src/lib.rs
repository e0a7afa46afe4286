//! composio-rig
