//! Everything in one SQLite file, or in memory.

mod apps;
mod audit;
mod auth_configs;
mod changes;
mod connections;
mod database;
mod error;
mod files;
mod flows;
mod keys;
mod links;
mod logs;
mod meta;
mod oauth_clients;
mod projects;
mod refresh;
mod sealed;
mod search;
#[cfg(feature = "semantic")]
mod vectors;

pub(crate) use database::SqliteStore;

#[cfg(test)]
mod tests;
