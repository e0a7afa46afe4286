use std::borrow::Cow;

use composio_core::{CustomCall, ExecuteRequest, action};

struct Point {
    x: i64,
}

/// Takes what has no name.
#[action]
fn patterns(Point { x }: Point, _: i64, (a, b): (i64, i64)) {
    let _ = (x, a, b);
}

/// Takes what nobody would see change.
#[action]
fn changed(list: &mut Vec<i64>) {
    list.clear();
}

/// Borrows inside.
#[action]
fn inside(text: Option<&str>, parts: Cow<'static, str>) {
    let _ = (text, parts);
}

/// Takes many types.
#[action]
fn nameless(text: impl Into<String>, by: &impl ToString) {
    let _ = (text.into(), by.to_string());
}

/// Takes the same twice.
#[action]
fn twice(first: ExecuteRequest, #[name = "b"] a: i64, b: i64, call: CustomCall, second: ExecuteRequest) {
    let _ = (first, a, b, call, second);
}

/// Has a bad default.
#[action]
fn defaults(#[default(3)] a: i64, #[name = "not a name"] b: i64, #[cfg(test)] c: i64) {
    let _ = (a, b, c);
}

fn main() {}
