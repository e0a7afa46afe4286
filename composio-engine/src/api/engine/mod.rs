//! The engine's own routes, for operators: one file per resource.

mod apps;
mod keys;
mod routes;
mod users;

pub(super) use routes::routes;
