//! The routes of v3, also mounted as v3.1: one file per resource.

mod auth_configs;
mod connected_accounts;
mod document;
mod execute;
mod files;
mod logs;
mod project;
mod routes;
mod session;
mod toolkits;
mod tools;

pub(super) use routes::routes;
