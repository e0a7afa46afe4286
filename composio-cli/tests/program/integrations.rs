use std::fs;

use crate::support::World;

/// An app whose developer has to give something too.
const TENANT: &str = "
name: Desk
unique_key: desk
auth_schemes:
  - auth_mode: API_KEY
    fields:
      - {name: tenant, display_name: Tenant, type: string, required: true}
      - {name: api_key, type: string, required: true, expected_from_customer: true}
    proxy:
      headers: {X-Desk-Key: '{{api_key}}', X-Tenant: '{{tenant}}'}
";

fn first_id(world: &World, line: &str) -> String {
    let listed = world.output(line, "");
    let page: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    page["items"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn integrations_are_made_listed_and_removed() {
    let mut world = World::new();
    fs::write(world.path().join("integration.yaml"), TENANT).unwrap();
    world.run("apps add desk --spec desk.yaml --integration integration.yaml");
    world.run("integrations list");
    world.run("integrations create desk");
    world.run_with("integrations create desk --name Ours", "acme\n");
    world.run("integrations create desk --param tenant=acme --param colour=red");
    world.run("integrations create desk --auth-mode OAUTH2");
    world.run("integrations list --app desk");
    world.run("integrations create desk --param tenant=acme --scope read");
    world.run("integrations create desk --param-file tenant=none.txt");
    fs::write(world.path().join("tenant.txt"), "of a file").unwrap();
    world.run("integrations create desk --name Narrow --param-file tenant=tenant.txt --action DESK_GET_THE_AUTHENTICATED_USER");
    let id = first_id(&world, "integrations list --json");
    let key = format!("{}\n", world.key);
    world.run_with(&format!("add desk -e mira -i {id}"), &key);
    world.run("execute DESK_GET_THE_AUTHENTICATED_USER -e mira");
    world.run("apps configure desk --param tenant=other");
    world.run(&format!("integrations remove {id}"));
    world.run(&format!("integrations remove {id} --yes"));
    world.run(&format!("integrations remove {id}"));
    world.run("connections list");
    world.run("apps configure desk --param tenant=third");
    world.check("integrations");
}
