use composio_core::action;

/// Has an option that is not there.
#[action(apps = "github")]
fn unknown() {}

/// Says it twice.
#[action(app = "github", app = "gitlab")]
fn twice() {}

/// Says what contradicts itself.
#[action(read_only, destructive)]
fn contrary() {}

/// Says both.
#[action(toolname = "github", app = "github")]
fn both() {}

/// Gives a hint a value.
#[action(destructive = true)]
fn valued() {}

/// Has a bad name.
#[action(name = "get topics")]
fn spaced() {}

/// Has tags that are no texts.
#[action(tags = [important])]
fn tagged() {}

fn main() {}
