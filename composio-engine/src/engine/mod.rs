//! The engine as a program sees it.

mod added_app;
mod builder;
mod connect;
mod encoder;
mod handle;
mod loopback;

pub use added_app::AddedApp;
pub use builder::EngineBuilder;
pub use connect::ConnectRequest;
pub use handle::Engine;
pub use loopback::Loopback;
