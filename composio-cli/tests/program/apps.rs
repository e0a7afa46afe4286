use std::fs;

use serde_json::Value;

use crate::support::World;

#[test]
fn apps_are_added_shown_and_removed() {
    let mut world = World::new();
    world.run("apps list");
    world.run("apps lint desk --spec desk.yaml --integration integration.yaml");
    world.run("apps add desk --spec desk.yaml --integration integration.yaml");
    world.run("apps list");
    world.run("apps show desk");
    world.run("apps remove desk");
    world.run("apps remove desk --yes");
    world.run("apps show desk");
    world.run("apps show desk --json");
    world.check("apps");
}

#[test]
fn an_app_without_an_integration_is_derived_from_its_document() {
    let mut world = World::new();
    let path = world.path().join("desk.yaml");
    let document = fs::read_to_string(&path).unwrap();
    let scheme = "components:\n  securitySchemes:\n    key: {type: apiKey, in: header, name: X-Desk-Key}\n    login: {type: oauth2, flows: {}}\n";
    fs::write(&path, document.replace("components:\n", scheme)).unwrap();
    world.run("apps lint desk --spec desk.yaml");
    world.run("apps add desk --spec desk.yaml");
    let key = format!("{}\n", world.key);
    world.run_with("add desk --entity-id mira", &key);
    world.run("execute DESK_GET_THE_AUTHENTICATED_USER --entity-id mira");
    world.check("derived");
}

#[test]
fn a_folder_brings_what_its_document_refers_to_and_the_overlays_it_names() {
    let mut world = World::new();
    let folder = world.path().join("parts");
    fs::create_dir_all(folder.join("schemas")).unwrap();
    let yaml = "name: Parts\nunique_key: parts\nspec: api.yaml\noverlays: [fixes.yaml]\nauth_schemes: [{auth_mode: NO_AUTH}]\n";
    fs::write(folder.join("integration.yaml"), yaml).unwrap();
    let api = "openapi: 3.0.3\ninfo: {title: Parts, version: '1'}\nservers: [{url: https://parts.example}]\npaths:\n  \
               /parts:\n    post:\n      summary: Wrong\n      responses: {}\n      requestBody:\n        required: true\n        \
               content: {application/json: {schema: {$ref: schemas/part.yaml#/Part}}}\n  \
               /outside:\n    get:\n      summary: Look outside\n      parameters: [{$ref: ../desk.yaml#/info}]\n      responses: {}\n";
    fs::write(folder.join("api.yaml"), api).unwrap();
    let part = "Part: {type: object, required: [size], properties: {size: {type: integer, description: In millimetres.}}}\n";
    fs::write(folder.join("schemas/part.yaml"), part).unwrap();
    let fixes = "overlay: 1.0.0\nactions:\n  - {target: \"$.paths['/parts'].post\", update: {summary: Order a part}}\n";
    fs::write(folder.join("fixes.yaml"), fixes).unwrap();
    world.run("apps add ./parts");
    world.run("actions show PARTS_ORDER_A_PART");
    world.check("parts");
}

#[test]
fn what_is_no_app_is_refused_with_a_next_step() {
    let mut world = World::new();
    fs::write(world.path().join("empty.yaml"), "").unwrap();
    fs::write(world.path().join("swagger.json"), r#"{"swagger": "2.0"}"#).unwrap();
    world.run("apps add desk");
    world.run("apps add desk --spec none.yaml");
    world.run("apps add desk --spec empty.yaml");
    world.run("apps add desk --spec swagger.json");
    world.run("apps add ../desk --spec desk.yaml");
    world.run("apps add help --spec desk.yaml --integration integration.yaml");
    world.run("apps add desk --integration integration.yaml");
    world.run("apps add desk --spec http://169.254.169.254/openapi.json");
    world.run("apps list");
    world.check("no-app");
}

#[test]
fn an_app_that_comes_with_this_version_needs_its_document_or_nothing() {
    let mut world = World::new();
    world.run("apps lint github");
    world.run("apps lint github --spec desk.yaml");
    world.run("apps add github --spec desk.yaml");
    world.run("apps show github");
    world.run("apps add linear");
    world.run("apps add salesforce");
    world.check("shipped");
}

#[test]
fn a_folder_is_a_toolkit_and_its_mistakes_are_named() {
    let mut world = World::new();
    let folder = world.path().join("bad");
    fs::create_dir(&folder).unwrap();
    let yaml = "name: Bad\nunique_key: bad\ndescription: A bad one.\nspec: api.yaml\nhosts: ['https://bad.example/']\n\
                auth_schemes:\n  - auth_mode: OAUTH2\n    authorisation_url: https://bad.example/authorize\n    \
                token_url: http://bad.example/token\n";
    fs::write(folder.join("integration.yaml"), yaml).unwrap();
    world.run("apps lint ./bad");
    fs::copy(world.path().join("desk.yaml"), folder.join("api.yaml")).unwrap();
    world.run("apps lint ./bad");
    let good = world.path().join("good");
    fs::create_dir(&good).unwrap();
    let yaml = fs::read_to_string(world.path().join("integration.yaml")).unwrap();
    fs::write(
        good.join("integration.yaml"),
        format!("{yaml}\nspec: api.yaml\n"),
    )
    .unwrap();
    fs::copy(world.path().join("desk.yaml"), good.join("api.yaml")).unwrap();
    world.run("apps lint ./good");
    world.run("apps add ./good");
    let outside = format!("{yaml}\nspec: ../desk.yaml\n");
    fs::write(good.join("integration.yaml"), outside).unwrap();
    world.run("apps add ./good");
    world.check("folder");
}

#[test]
fn a_new_version_is_taken_after_its_differences_were_shown() {
    let mut world = World::new();
    let path = world.path().join("desk.yaml");
    let document = fs::read_to_string(&path).unwrap();
    world.run("apps add desk --spec desk.yaml --integration integration.yaml");
    world.run("apps diff desk");
    // The same document is nothing to ask about.
    world.run("apps add desk --spec desk.yaml --integration integration.yaml");
    let other = document
        .replace("summary: Get a ticket\n", "summary: Find a ticket\n")
        .replace("Opens a ticket.", "Opens a ticket for a person.");
    assert_ne!(other, document);
    fs::write(&path, other).unwrap();
    world.run("apps add desk --spec desk.yaml --integration integration.yaml");
    world.run("apps list");
    world.run("apps add desk --spec desk.yaml --integration integration.yaml --yes");
    world.run("apps diff desk");
    world.run("apps diff desk --from 20200101_00");
    world.check("versions");
}

#[test]
fn types_of_an_app_are_written_and_what_is_not_there_is_told() {
    let mut world = World::with_desk();
    world.run("apps generate-types desk --out composio.rs");
    world.run("apps generate-types desk --out composio.rs --json");
    world.run("apps generate-types nodesk");
    world.run("apps generate-types desk --action DESK_FLY");
    world.run("apps generate-types desk --out none/composio.rs");
    world.check("types");

    let written = fs::read_to_string(world.path().join("composio.rs")).unwrap();
    for line in [
        "pub struct CreateATicket {",
        "pub const VERSION: &str = ",
        "type Output = Vec<Ticket>;",
    ] {
        assert!(written.contains(line), "{line} is not in\n{written}");
    }
    let all = world.output("apps generate-types", "");
    assert_eq!(String::from_utf8(all.stdout).unwrap(), written);
    let one = world.output(
        "apps generate-types --action desk_create_a_ticket --without-results",
        "",
    );
    let one = String::from_utf8(one.stdout).unwrap();
    assert!(
        one.contains("CreateATicket") && !one.contains("DeleteATicket") && !one.contains("Ticket>")
    );
}

#[test]
fn actions_are_not_encoded_without_an_encoder() {
    let mut world = World::new();
    world.run("apps encode");
    world.check("encode");
}

#[test]
fn a_file_without_an_end_and_one_that_is_packed_are_refused() {
    let world = World::new();
    fs::write(world.path().join("packed.json"), b"\x1f\x8b\x08\x00\xff").unwrap();
    for (spec, why) in [
        ("/dev/zero", "larger than 64 MiB"),
        ("packed.json", "no text in UTF-8"),
        ("none.json", "No such file"),
    ] {
        for verb in ["lint", "add"] {
            let output = world.output(&format!("apps {verb} desk --spec {spec}"), "");
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            let told = String::from_utf8(output.stderr).unwrap();
            assert!(told.contains(why) && told.contains(spec), "{told}");
        }
    }
}

#[test]
fn an_app_that_the_environment_pins_is_shown_and_run_as_it_was() {
    let mut world = World::with_desk();
    let connected = world.output("add desk -e mira", &format!("{}\n", world.key));
    assert!(connected.status.success(), "{connected:?}");
    let shown = world.output("apps show desk --json", "");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let first = shown["meta"]["version"].as_str().unwrap().to_owned();
    let newer = fs::read_to_string(world.path().join("desk.yaml")).unwrap();
    let newer = newer.replace("summary: List tickets", "summary: List the tickets");
    fs::write(world.path().join("newer.yaml"), newer).unwrap();
    let add = "apps add desk --spec newer.yaml --integration integration.yaml --yes";
    assert!(world.output(add, "").status.success());
    let works = |world: &World, slug: &str| {
        let lines = [
            format!("actions show {slug}"),
            format!("execute {slug} -e mira"),
        ];
        lines.map(|line| world.output(&line, "").status.success())
    };
    assert_eq!(works(&world, "DESK_LIST_TICKETS"), [false; 2]);
    assert_eq!(works(&world, "DESK_LIST_THE_TICKETS"), [true; 2]);
    world.set("COMPOSIO_TOOLKIT_VERSION_DESK", &first);
    assert_eq!(works(&world, "DESK_LIST_TICKETS"), [true; 2]);
    assert_eq!(works(&world, "DESK_LIST_THE_TICKETS"), [false; 2]);
    world.set("COMPOSIO_TOOLKIT_VERSION_DESK", "latest");
    assert_eq!(works(&world, "DESK_LIST_THE_TICKETS"), [true; 2]);
    world.set("COMPOSIO_TOOLKIT_VERSION_DESK", "20010101_00");
    let missing = world.output("actions show DESK_LIST_THE_TICKETS", "");
    let told = String::from_utf8(missing.stderr).unwrap();
    assert!(told.contains("has no version 20010101_00"), "{told}");
}
