//! What the documents promise exists: tests, commands, links, words; and nothing private is in them.

mod commands;
mod glossary;
mod hooks;
mod hygiene;
mod links;
mod provider;
mod threats;
mod uses;
