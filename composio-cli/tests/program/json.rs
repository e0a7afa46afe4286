use composio_core::models::{ConnectedAccount, Page, Tool, Toolkit};
use serde::de::DeserializeOwned;

use crate::support::World;

fn read<T: DeserializeOwned>(world: &World, line: &str) -> T {
    let output = world.output(line, "");
    assert!(output.status.success(), "{line}: {output:?}");
    assert!(output.stderr.is_empty(), "{line}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_has_the_shapes_of_the_wire() {
    let world = World::connected();
    let apps: Page<Toolkit> = read(&world, "apps list --json");
    assert_eq!(apps.items[0].slug, "desk");
    let app: Toolkit = read(&world, "apps show desk --json");
    assert_eq!(app.auth_config_details.unwrap()[0].mode.as_str(), "API_KEY");
    let tools: Page<Tool> = read(&world, "--json actions list --all");
    assert_eq!((tools.items.len(), tools.total_items), (7, 7));
    let tool: Tool = read(&world, "actions show DESK_CREATE_A_TICKET --json");
    let schema = tool.input_parameters.to_value();
    assert_eq!(schema["required"], serde_json::json!(["title", "body"]));
    assert_eq!(tool.relevance, None);
    let found: Page<Tool> = read(&world, "actions search open a ticket --json");
    let relevance = found.items[0].relevance.clone().unwrap();
    assert!(relevance.score > found.items[1].relevance.clone().unwrap().score);
    assert_eq!(relevance.matches[0].word, "open");
    assert_eq!(relevance.matches[0].fields, ["description"]);
    let accounts: Page<ConnectedAccount> = read(&world, "connections list --json");
    assert!(accounts.items[0].is_active());
    assert_ne!(
        accounts.items[0].state.val.text("api_key"),
        Some(&*world.key)
    );
}
