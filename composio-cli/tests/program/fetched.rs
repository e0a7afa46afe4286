//! Documents and what they refer to, fetched over TLS from a server whose certificate a test authority signed.

use std::fs;

use serde_json::{Value, json};

use crate::{
    support::World,
    vendor::{Answer, Vendor, trusting},
};

/// The app `notes` whose one operation takes what `reference` leads to, and another that takes nothing.
fn document(reference: &str) -> Value {
    let ok = json!({"200": {"description": "ok"}});
    json!({"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "servers": [{"url": "https://notes.example"}],
        "paths": {
            "/notes": {"post": {"summary": "Create a note", "responses": ok, "requestBody": {"required": true, "content":
                {"application/json": {"schema": {"$ref": reference}}}}}},
            "/status": {"get": {"summary": "Get status", "responses": ok}}}})
}

fn note() -> Value {
    json!({"Note": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}})
}

/// What the program says when the app is added from `spec`, and whether it was.
fn added(world: &World, spec: &str) -> (bool, String) {
    let line = format!("apps add notes --spec {spec} --integration notes.yaml --yes");
    let output = world.output(&line, "");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// The arguments of the operation that refers.
fn arguments(world: &World) -> Value {
    let shown = world.output("actions show NOTES_CREATE_A_NOTE --json", "");
    assert!(shown.status.success(), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    shown["input_parameters"]["properties"].clone()
}

#[test]
fn what_a_document_refers_to_is_fetched_with_it_and_redirects_are_followed() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    vendor.give("/api/openapi.json", &document("schemas.json#/Note"));
    vendor.tell(
        "/api/schemas.json",
        Answer::Redirect(vendor.url("/moved/schemas.json")),
    );
    vendor.give("/moved/schemas.json", &note());
    let (is_added, said) = added(&world, &vendor.url("/api/openapi.json"));
    assert!(is_added, "{said}");
    assert!(!said.contains("skipped"), "{said}");
    assert_eq!(arguments(&world)["title"]["type"], "string");
    assert!(vendor.asked().contains(&"/moved/schemas.json".to_owned()));
}

#[test]
fn nothing_is_fetched_for_a_document_that_came_as_a_file() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    vendor.give("/schemas.json", &note());
    let document = document(&vendor.url("/schemas.json#/Note")).to_string();
    fs::write(world.path().join("notes.json"), document).unwrap();
    let (is_added, said) = added(&world, "notes.json");
    assert!(is_added && said.contains("problem"), "{said}");
    assert_eq!(arguments(&world)["title"], Value::Null);
    assert_eq!(vendor.asked(), Vec::<String>::new());
}

#[test]
fn a_reference_that_leads_to_a_forbidden_address_or_to_too_much_costs_what_refers_to_it_alone() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    let elsewhere = "https://10.255.255.1/schemas.json";
    vendor.tell("/inside.json", Answer::Redirect(elsewhere.to_owned()));
    vendor.tell(
        "/plain.json",
        Answer::Redirect("http://example.invalid/schemas.json".to_owned()),
    );
    vendor.tell("/round.json", Answer::Redirect(vendor.url("/round.json")));
    vendor.tell("/endless.json", Answer::Endless);
    for reference in [
        "/inside.json",
        "/plain.json",
        "/round.json",
        "/endless.json",
        "/none.json",
    ] {
        vendor.give(
            "/openapi.json",
            &document(&vendor.url(&format!("{reference}#/Note"))),
        );
        let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
        assert!(is_added && said.contains("problem"), "{reference}: {said}");
        assert_eq!(arguments(&world)["title"], Value::Null, "{reference}");
        let status = world.output("actions show NOTES_GET_STATUS", "");
        assert!(status.status.success(), "{reference}: {status:?}");
        assert!(
            vendor.asked().iter().any(|path| path == reference),
            "{reference}"
        );
    }
    let (is_added, said) = added(&world, elsewhere);
    assert!(!is_added && said.contains("egress policy"), "{said}");
}

#[test]
fn a_document_that_breaks_off_is_packed_or_has_no_end_is_refused_and_nothing_is_added() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    let whole = document("#/components/schemas/Note").to_string();
    for (answer, why) in [
        (Answer::Cut(whole), "broke off"),
        (Answer::Packed, "compressed"),
        (Answer::Endless, "larger than"),
    ] {
        vendor.tell("/openapi.json", answer);
        let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
        assert!(!is_added && said.contains(why), "{why}: {said}");
    }
    let apps = world.output("apps list --json", "");
    let apps = String::from_utf8_lossy(&apps.stdout).into_owned();
    assert!(!apps.contains("notes"), "{apps}");
}

#[test]
fn a_server_that_is_not_trusted_or_not_permitted_gives_no_document() {
    let vendor = Vendor::start();
    let mut world = trusting(&vendor);
    vendor.give("/openapi.json", &document("schemas.json#/Note"));
    world.set("COMPOSIO_ALLOW", "10.1.2.0/24");
    let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
    assert!(!is_added && said.contains("egress policy"), "{said}");
    world.set("COMPOSIO_ALLOW", "loopback");
    let stranger = Vendor::start().authority;
    fs::write(world.path().join("authority.pem"), stranger).unwrap();
    let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
    assert!(!is_added, "{said}");
    assert_eq!(vendor.asked(), Vec::<String>::new());
    let apps = world.output("apps list --json", "");
    assert!(
        !String::from_utf8_lossy(&apps.stdout).contains("notes"),
        "{apps:?}"
    );
}
