//! What the examples run on, all of it on this machine:
//!
//! - [`App`], a small help desk with its own API, which asks for an API key;
//! - [`StandIn`], a script that speaks the protocol of OpenAI's Chat Completions and Responses, and says that it is no model;
//! - [`Model`], the model that the environment names, else a stand-in;
//! - [`connected`], an engine that has the app and a user's key for it.

#![expect(
    clippy::indexing_slicing,
    reason = "indexing a JSON value gives null where there is nothing"
)]

mod app;
mod connected;
mod model;
mod received;
mod routes;
mod script;
mod setting;
mod spelling;
mod stand_in;

pub use app::App;
pub use connected::connected;
pub use model::Model;
pub use received::Received;
pub use setting::setting;
pub use stand_in::StandIn;
