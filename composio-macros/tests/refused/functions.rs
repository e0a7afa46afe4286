use composio_core::action;

/// Is generic.
#[action]
fn generic<T: ToString>(value: T) -> String {
    value.to_string()
}

/// Has a lifetime.
#[action]
fn lived<'a>(text: &'a str) -> &'a str {
    text
}

/// Is unsafe.
#[action]
unsafe fn risky() {}

/// Gives back what has no name.
#[action]
fn hidden() -> impl ToString {
    1
}

/// Has a name that no model accepts.
#[action]
fn größe() {}

/// Is no function.
#[action]
struct Thing;

fn main() {}
