//! What the verbs do, one file per noun: ask the library, write the answer.

mod actions;
mod add;
mod app_files;
mod apps;
mod audit;
mod connections;
mod consent;
mod dispatch;
mod encode;
mod execute;
mod fields;
mod hints;
mod integrations;
mod keys;
mod login;
mod pages;
mod program;
mod schema;
mod serve;
mod transfer;
mod types;
mod users;
mod vault;
mod versions;

pub(crate) use dispatch::run;
