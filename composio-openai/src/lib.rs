//! composio-openai
