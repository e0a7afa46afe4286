//! How users connect their accounts, in the seed's words: integrations, entities, connections.

mod connection_request;
mod create_integration;
mod entity;
mod expected_params;
mod initiate_connection;
mod lists;
mod newest;
mod wait;

pub use connection_request::ConnectionRequest;
pub use create_integration::CreateIntegration;
pub use entity::Entity;
pub use expected_params::{ExpectedParams, GetExpectedParams};
pub use initiate_connection::InitiateConnection;
pub use lists::{GetConnectedAccounts, GetIntegrations};
pub(crate) use newest::newest_active;
pub use wait::WaitUntilActive;

#[cfg(test)]
mod tests;
