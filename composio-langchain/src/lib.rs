//! composio-langchain
