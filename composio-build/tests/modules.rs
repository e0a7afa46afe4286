//! Modules that are written: of an app as it should be, and of hostile ones.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;

use composio_build::{App, ErrorKind, Types};
use composio_core::models::{RawJson, Tool};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use serde_json::{Map, Value, json};

const DESK: &str = r##"
openapi: 3.1.0
info: {title: Desk, version: "1"}
servers: [{url: "https://desk.example"}]
paths:
  /tickets/{number}:
    patch:
      summary: Change a ticket
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [type]
              properties:
                type: {type: string, enum: [bug, "+1"]}
                milestone: {type: [integer, "null"]}
                parent: {$ref: "#/components/schemas/Ticket"}
                labels: {type: array, items: {type: string}}
                either: {oneOf: [{type: string}, {type: integer}]}
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}
  /ticket:
    get:
      summary: Get ticket
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Ticket"}}}}}
components:
  schemas:
    Ticket:
      type: object
      required: [number]
      properties:
        number: {type: integer}
        parent: {$ref: "#/components/schemas/Ticket"}
        children: {type: array, items: {$ref: "#/components/schemas/Ticket"}}
        opened_by: {type: object, properties: {login: {type: string}}}
"##;

fn desk() -> App {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.yaml");
    fs::write(&file, DESK).unwrap();
    App::of_document("desk", &file).unwrap()
}

fn source(app: App) -> String {
    Types::new().app(app).source().unwrap()
}

#[test]
fn arguments_and_results_have_the_types_of_their_schemas() {
    let source = source(desk());
    for line in [
        "pub struct ChangeATicket {",
        "pub number: i64,",
        "pub r#type: ChangeATicketType,",
        "pub milestone: Option<Option<i64>>,",
        "pub parent: Option<Box<TicketInput>>,",
        "pub labels: Option<Vec<String>>,",
        "pub either: Option<Value>,",
        "Plus1,",
        "Self::Plus1 => \"+1\",",
        "const SLUG: &'static str = \"DESK_CHANGE_A_TICKET\";",
        "type Output = Ticket;",
        "type Output = Vec<Ticket>;",
        "pub parent: Option<Box<Ticket>>,",
        "pub children: Option<Vec<Ticket>>,",
        "pub opened_by: Option<TicketOpenedBy>,",
        "pub fn new(number: i64, r#type: ChangeATicketType) -> Self {",
        "pub const DESK_GET_TICKET: &'static str = \"DESK_GET_TICKET\";",
        "pub const READ_ONLY_HINT: &'static str = \"readOnlyHint\";",
    ] {
        assert!(source.contains(line), "{line} is not in\n{source}");
    }
    syn::parse_file(&source).unwrap();
}

#[test]
fn the_same_app_gives_the_same_module_however_its_tools_are_listed() {
    let tools = |order: &[&str]| {
        let tools = order.iter().map(|slug| Tool::new(*slug));
        source(App::new("a", tools.collect::<Vec<_>>()))
    };
    assert_eq!(
        tools(&["A_ONE", "A_TWO"]),
        tools(&["A_TWO", "A_ONE", "A_TWO"])
    );
}

#[test]
fn selected_actions_alone_are_written_and_unknown_ones_are_an_error() {
    let source = source(desk().actions(["desk_get_ticket"]));
    assert!(source.contains("GetTicket") && !source.contains("ChangeATicket"));
    let none = Types::new().app(desk().actions(["DESK_FLY"])).source();
    assert_eq!(none.unwrap_err().kind(), ErrorKind::NotFound);
    let twice = Types::new().app(desk()).app(desk()).source();
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::Conflict);
}

#[test]
fn files_that_are_not_there_or_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let yaml =
        |spec: &str| format!("name: Desk\nunique_key: desk\nspec: {spec}\nauth_schemes: []\n");
    for spec in [
        "../desk.yaml",
        "/etc/passwd",
        "https://desk.example/openapi.yaml",
        "none.yaml",
    ] {
        fs::write(folder.path().join("integration.yaml"), yaml(spec)).unwrap();
        let error = App::of_folder(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{spec}");
    }
    fs::write(folder.path().join("integration.yaml"), yaml("desk.yaml")).unwrap();
    fs::write(folder.path().join("desk.yaml"), DESK).unwrap();
    assert_eq!(
        source(App::of_folder(folder.path()).unwrap()),
        source(desk())
    );
}

#[test]
fn a_file_is_written_only_if_it_would_be_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("composio.rs");
    let types = Types::new().app(desk());
    types.write(&file).unwrap();
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    types.write(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    let error = types
        .write(folder.path().join("none/composio.rs"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

/// Names and texts as an enemy, a careless vendor or a language other than English writes them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "type",
            "self",
            "Self",
            "crate",
            "_",
            "",
            "String",
            "Option",
            "new",
            "execute",
            "async",
            "*/ fn main() {}",
            "\"; panic!(); \"",
            "```\ncompile_error!()\n```",
            "\r",
            "\u{202e}abc",
            "a\nb",
            "\\",
            "[`std::vec::Vec`]",
            "    indented",
            "'",
            "{}",
            "#![deny(warnings)]",
            "r#\"",
            "listIssues",
            "list_issues",
            "LIST ISSUES",
            "1",
            "+1",
            "-1",
            "\u{0}",
            "null",
            "value",
            "members",
        ])
        .prop_map(str::to_owned),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!(true)),
        Just(json!({"type": ["string", "null"]})),
        Just(json!({"type": ["string", "integer"]})),
        Just(json!({"$ref": "#/$defs/Self"})),
        Just(json!({"$ref": "#/$defs/none"})),
        Just(json!({"$ref": "#/$defs/loop"})),
        Just(json!({"type": 7, "properties": [], "enum": {}})),
        (
            prop::sample::select(vec![
                "string", "integer", "number", "boolean", "array", "object", "what"
            ]),
            text()
        )
            .prop_map(|(kind, text)| json!({"type": kind, "description": text, "default": text})),
        prop::collection::vec(text(), 0..5)
            .prop_map(|texts| json!({"type": "string", "enum": texts})),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|items| json!({"type": "array", "items": items})),
            inner
                .clone()
                .prop_map(|any| json!({"anyOf": [any, {"type": "null"}]})),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"allOf": parts})),
            inner
                .clone()
                .prop_map(|values| json!({"type": "object", "additionalProperties": values})),
            (prop::collection::vec((text(), inner), 0..6), any::<bool>()).prop_map(
                |(members, required)| {
                    let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
                    let properties: Map<String, Value> = members.into_iter().collect();
                    json!({"type": "object", "properties": properties,
                    "required": if required { names } else { Vec::new() }})
                }
            ),
        ]
    })
}

fn tool() -> impl Strategy<Value = Tool> {
    (text(), text(), text(), schema(), schema(), schema()).prop_map(
        |(slug, name, tag, mut input, output, definition)| {
            let mut tool = Tool::new(slug);
            tool.description.clone_from(&name);
            tool.name = name;
            tool.tags = vec![tag.clone()];
            tool.scopes = vec![tag];
            tool.is_deprecated = true;
            if let Some(members) = input.as_object_mut() {
                let loops = json!({"$ref": "#/$defs/loop"});
                members.insert(
                    "$defs".to_owned(),
                    json!({"Self": definition, "loop": loops}),
                );
            }
            tool.input_parameters = RawJson::from(input);
            tool.output_parameters = RawJson::from(json!({"properties": {"data": output}}));
            tool
        },
    )
}

/// Every name of a list of items or fields, each once.
fn assert_unique(names: &[String]) {
    let mut unique = names.to_vec();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "{names:?}");
}

fn assert_sound(items: &[syn::Item]) {
    let mut names = Vec::new();
    for item in items {
        match item {
            syn::Item::Struct(item) => {
                names.push(item.ident.to_string());
                let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
                assert_unique(&fields.map(ToString::to_string).collect::<Vec<_>>());
            }
            syn::Item::Enum(item) => {
                names.push(item.ident.to_string());
                assert_unique(
                    &item
                        .variants
                        .iter()
                        .map(|it| it.ident.to_string())
                        .collect::<Vec<_>>(),
                );
            }
            syn::Item::Mod(item) => {
                assert_sound(item.content.as_ref().map_or(&[][..], |(_, items)| items));
            }
            syn::Item::Impl(_) | syn::Item::Const(_) | syn::Item::Use(_) => {}
            _ => panic!("nobody asked for such an item"),
        }
    }
    assert_unique(&names);
}

proptest! {
    #[test]
    fn whatever_an_app_says_its_module_is_one_and_holds_nothing_else(
        slug in text(),
        tools in prop::collection::vec(tool(), 0..5),
    ) {
        let source = source(App::new(slug, tools));
        let file = syn::parse_file(&source).map_err(|error| format!("{error}\n{source}")).unwrap();
        assert_sound(&file.items);
        let mut lines = source.lines().filter(|line| line.trim_start().starts_with("//"));
        assert!(!lines.any(|line| line.contains("```") || line.contains('\u{202e}')), "{source}");
    }
}
