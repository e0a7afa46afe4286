//! Auth configs and connected accounts: made, shown, and leased to calls.

mod auth_configs;
mod clients;
mod connect;
mod connected;
mod export;
mod faults;
mod flows;
mod identity;
mod kept_flow;
mod landing;
mod lease;
mod lifecycle;
mod links;
mod oauth1;
mod refresh;
mod registration;
mod revoke;
mod sealed;
mod service;
mod settle;
mod update;
mod uses;
mod view;

pub(crate) use auth_configs::ConfigQuery;
pub(crate) use connect::NewConnection;
pub(crate) use flows::{CALLBACK, Callback, Finished};
pub(crate) use landing::landing;
pub(crate) use lease::{Lease, Wanted};
pub(crate) use links::{Linked, Step};
pub(crate) use refresh::sweep as refresh_due;
pub(crate) use service::{Accounts, Parts};
