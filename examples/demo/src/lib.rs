//! What the examples run on, all of it on this machine:
//!
//! - [`App`], a small help desk with its own API, which asks for an API key;
//! - [`StandIn`], a script that speaks the protocol of OpenAI's Chat Completions and Responses, and says that it is no model;
//! - [`Model`], the model that the environment names, else a stand-in;
//! - [`connected`], an engine that has the app and a user's key for it;
//! - [`Notes`], a service whose users consent on its own page, [`served`], an engine that knows it, and [`visit`], the
//!   browser that goes there.

#![expect(
    clippy::indexing_slicing,
    reason = "indexing a JSON value gives null where there is nothing"
)]

mod app;
mod browser;
mod connected;
mod elsewhere;
mod model;
mod notes;
mod received;
mod routes;
mod script;
mod setting;
mod site;
mod spelling;
mod stand_in;

pub use app::App;
pub use browser::visit;
pub use connected::connected;
pub use elsewhere::{descope, served, served_for, your_app};
pub use model::Model;
pub use notes::Notes;
pub use received::Received;
pub use setting::setting;
pub use site::Site;
pub use stand_in::StandIn;
