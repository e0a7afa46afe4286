//! Actions with typed arguments and results, as `composio apps generate-types` and `composio-build` write them.
//!
//! What they write is a struct for each action, which implements [`TypedAction`]:
//!
//! ```
//! # async fn example(toolset: composio_core::ToolSet<composio_core::Plain>) -> composio_core::Result<()> {
//! # mod desk {
//! #     use composio_core::{Arguments, typed::{Members, TypedAction}};
//! #     pub struct CreateATicket { pub title: String, pub body: Option<String> }
//! #     impl CreateATicket {
//! #         pub fn new(title: impl Into<String>) -> Self { Self { title: title.into(), body: None } }
//! #     }
//! #     impl TypedAction for CreateATicket {
//! #         const SLUG: &'static str = "DESK_CREATE_A_TICKET";
//! #         type Output = serde_json::Value;
//! #         fn arguments(&self) -> Arguments {
//! #             Members::new().put("title", &self.title).put_some("body", &self.body).into()
//! #         }
//! #     }
//! # }
//! use composio_core::typed::TypedAction as _;
//!
//! let ticket = desk::CreateATicket {
//!     body: Some("It smells of toner.".to_owned()),
//!     ..desk::CreateATicket::new("The printer is on fire")
//! };
//! let answer = ticket.execute(&toolset).entity_id("mira").await?;
//! println!("{}", answer["number"]);
//! # Ok(()) }
//! ```
//!
//! [`Encode`] and [`Decode`] are what generated code is made of. They are not serde's traits, because thousands of types
//! must not take long to compile, and because a result that is not as its description says must not be lost: the action
//! was executed.

mod action;
mod decode;
mod encode;
mod execute;

pub use action::TypedAction;
pub use decode::{Decode, Reader};
pub use encode::{Encode, Members};
pub use execute::{ExecuteTyped, Executed};

// For generated code, which must not ask its user for dependencies.
#[doc(hidden)]
pub use serde_json::Value;

#[cfg(test)]
mod tests;
