use std::rc::Rc;

use composio_core::action;

/// Holds what must not leave its thread.
#[action]
async fn stuck() -> i64 {
    let count = Rc::new(1);
    std::future::ready(()).await;
    *count
}

/// Has a default of another type.
#[action]
fn mistyped(#[default = 1.5] count: i64) -> i64 {
    count
}

fn main() {}
