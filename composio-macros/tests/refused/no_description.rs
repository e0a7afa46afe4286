use composio_core::action;

#[action]
fn silent(a: i64) -> i64 {
    a
}

/// # Errors
///
/// A heading is for people.
#[action]
fn headed() {}

#[action(description = " ")]
fn blank() {}

fn main() {}
