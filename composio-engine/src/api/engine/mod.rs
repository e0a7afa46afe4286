//! The engine's own routes: one file per resource. All but dry runs are for operators.

mod apps;
mod audit;
mod connected_accounts;
mod keys;
mod oauth_clients;
mod routes;
mod tools;
mod users;

pub(super) use routes::routes;
