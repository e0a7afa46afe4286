use composio_core::action;
use serde::Deserialize;

struct Opaque;

#[derive(Deserialize)]
struct WithoutSchema {
    a: i64,
}

/// Takes what no model can give.
#[action]
fn opaque(thing: Opaque) {
    let _ = thing;
}

/// Takes what has no schema.
#[action]
fn without_schema(thing: WithoutSchema) {
    let _ = thing.a;
}

/// Gives back what cannot be written down.
#[action]
fn unwritten() -> Opaque {
    Opaque
}

/// Fails with what cannot be read.
#[action]
fn unreadable() -> Result<i64, Opaque> {
    Err(Opaque)
}

fn main() {}
