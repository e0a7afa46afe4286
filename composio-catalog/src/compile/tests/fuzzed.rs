//! Every format that is read, with parts exchanged and bytes broken. `cargo xtask fuzz` tries far more of each.

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use super::properties::{assert_sound, places, replacement};
use crate::{Bundle, Integration, compile, tests::documents::app};

const SWAGGER: &str = r##"{"swagger":"2.0","info":{"title":"A","version":"1"},"host":"a.com","basePath":"/v1","schemes":["https"],
"consumes":["application/json"],"produces":["application/json"],"parameters":{"P":{"name":"p","in":"query","type":"array","items":{"type":"integer"},"collectionFormat":"pipes"},
"B":{"name":"b","in":"body","schema":{"$ref":"#/definitions/T"}}},"definitions":{"T":{"type":"object","required":["n"],"properties":{"n":{"type":"string","x-nullable":true},"t":{"$ref":"#/definitions/T"}}}},
"responses":{"R":{"description":"r","schema":{"$ref":"#/definitions/T"}}},"securityDefinitions":{"k":{"type":"apiKey","in":"header","name":"X"},"o":{"type":"oauth2","flow":"implicit","scopes":{"s":"S"}}},
"security":[{"o":["s"]}],"paths":{"/a/{id}":{"parameters":[{"name":"id","in":"path","required":true,"type":"string"}],"get":{"summary":"Get","parameters":[{"$ref":"#/parameters/P"}],"responses":{"200":{"$ref":"#/responses/R"}}},
"post":{"summary":"Post","parameters":[{"$ref":"#/parameters/B"}],"responses":{"200":{"description":"f","schema":{"type":"file"}}}},
"put":{"summary":"Put","consumes":["multipart/form-data"],"parameters":[{"name":"f","in":"formData","type":"file"},{"name":"g","in":"formData","type":"string"}],"responses":{}}}}}"##;

const DISCOVERY: &str = r##"{"kind":"discovery#restDescription","discoveryVersion":"v1","name":"desk","version":"v1","title":"D","rootUrl":"https://a.com/","servicePath":"d/v1/",
"auth":{"oauth2":{"scopes":{"s":{"description":"S"}}}},"schemas":{"T":{"id":"T","type":"object","properties":{"n":{"type":"integer","default":"3","minimum":"1"},"t":{"$ref":"T"},"m":{"type":"object","additionalProperties":{"type":"any"}}}}},
"methods":{"up":{"id":"desk.up","httpMethod":"POST","path":"f/{+n}","flatPath":"f/{nId}/{mId}","request":{"$ref":"T"},"response":{"$ref":"T"},"scopes":["s"],"mediaUpload":{"accept":["image/*"],"protocols":{"simple":{"path":"/upload/d/v1/f/{+n}"}}}}},
"resources":{"r":{"methods":{"get":{"id":"desk.r.get","path":"r/{a}","parameterOrder":["a"],"supportsMediaDownload":true,"parameters":{"a":{"type":"string","location":"path","required":true},"l":{"type":"string","repeated":true,"location":"query","enum":["x"]}},"response":{"$ref":"T"}}},
"resources":{"s":{"methods":{"list":{"id":"desk.r.s.list","path":"r"}}}}}}}"##;

const MODERN_YAML: &str = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: https://a.com}]\npaths:\n  /a/{id}:\n    get: &one\n      \
summary: Get it\n      parameters: [{name: id, in: path, required: true, schema: {type: [string, 'null']}}]\n      \
responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}}}\n    put: *one\n\
components:\n  schemas:\n    T: {type: object, $defs: {U: {const: 1}}, properties: {t: {$ref: '#/components/schemas/T'}, u: {anyOf: [{type: 'null'}, {if: true}]}}}\n";

const YAML: &str = "name: A\nunique_key: app\nhosts: [a.com]\nimportant: [APP_GET]\naliases: {APP_X: APP_GET}\noverlays:\n  \
- actions: [{target: $.paths.*, update: {x-a: 1}}, {target: '$..summary', remove: true}]\n  \
- [{op: add, path: /x, value: {a: [1]}}, {op: copy, from: /x, path: /y}, {op: move, from: /y/a/0, path: /x/b}]\n\
auth_schemes:\n  - auth_mode: API_KEY\n    name: k\n    fields: [{name: api_key, required: true}]\n    \
proxy: {base_url: 'https://{{sub}}.a.com/v1', headers: {X-Key: '{{api_key}}'}}\n";

const BUNDLE: &str = r##"{"openapi":"3.0.3","info":{"title":"A","version":"1"},"servers":[{"url":"../v1"}],"paths":{"/a":{"$ref":"b.json#/item"},"/b":{"get":{"summary":"B","parameters":[{"$ref":"b.json#/list/0"}],"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"c.json"}}}}}}}}}"##;
const OTHERS: [&str; 2] = [
    r##"{"item":{"post":{"summary":"A","requestBody":{"content":{"application/json":{"schema":{"$ref":"c.json#/d"}}}},"responses":{}}},"list":[{"name":"p","in":"query","schema":{"$ref":"#/s"}}],"s":{"$ref":"a.json#/info"}}"##,
    r##"{"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"b.json#/list/0/schema"}},"d":{"allOf":[{"$ref":"#/d"},{"$ref":"#/e"}]}}"##,
];

fn exchanged(seed: &str, changes: Vec<(Index, Value)>) -> String {
    let mut document: Value = serde_json::from_str(seed).unwrap();
    for (place, value) in changes {
        let mut found = Vec::new();
        places(&document, "", &mut found);
        if let Some(target) = document.pointer_mut(&found[place.index(found.len())]) {
            *target = value;
        }
    }
    document.to_string()
}

fn broken(seed: &str, changes: Vec<(Index, u8)>, cut: Option<Index>) -> Vec<u8> {
    let mut bytes = seed.as_bytes().to_vec();
    for (place, byte) in changes {
        let place = place.index(bytes.len());
        bytes[place] = byte;
    }
    if let Some(length) = cut {
        bytes.truncate(length.index(bytes.len()));
    }
    bytes
}

fn read(document: &[u8]) {
    if let Ok(compiled) = compile(app(), document, "1") {
        assert_sound(&compiled);
    }
    let _ = Integration::of_document("app", document);
}

fn changes() -> impl Strategy<Value = Vec<(Index, Value)>> {
    prop::collection::vec((any::<Index>(), replacement()), 1..6)
}

fn bytes() -> impl Strategy<Value = (Vec<(Index, u8)>, Option<Index>)> {
    let bytes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..8);
    (bytes, prop::option::weighted(0.3, any::<Index>()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn swagger_with_exchanged_parts(changes in changes()) {
        read(exchanged(SWAGGER, changes).as_bytes());
    }

    #[test]
    fn discovery_with_exchanged_parts(changes in changes()) {
        read(exchanged(DISCOVERY, changes).as_bytes());
    }

    #[test]
    fn every_format_with_broken_bytes(seed in 0..3_usize, (bytes, cut) in bytes()) {
        let seed = [SWAGGER, DISCOVERY, MODERN_YAML][seed];
        read(&broken(seed, bytes, cut));
    }

    #[test]
    fn an_integration_with_broken_bytes((bytes, cut) in bytes()) {
        let yaml = broken(YAML, bytes, cut);
        let _ = Integration::lint(&yaml);
        if let Ok(integration) = Integration::parse(&yaml) {
            let _ = integration.auth_config_details();
            let _ = compile(integration, SWAGGER.as_bytes(), "1");
        }
    }

    #[test]
    fn an_overlay_with_exchanged_parts(changes in changes()) {
        let integration = Integration::parse(YAML.as_bytes()).unwrap();
        let overlays = json!({"overlays": integration.overlays}).to_string();
        let overlays: Value = serde_json::from_str(&exchanged(&overlays, changes)).unwrap();
        let mut written = json!({"name": "A", "unique_key": "app"});
        written["overlays"] = overlays["overlays"].clone();
        if let Ok(integration) = Integration::parse(written.to_string().as_bytes()) {
            let _ = compile(integration, SWAGGER.as_bytes(), "1");
        }
    }

    #[test]
    fn documents_that_refer_to_others_with_exchanged_parts(
        changes in changes(),
        others in prop::collection::vec((0..2_usize, changes()), 0..2),
    ) {
        let main = exchanged(BUNDLE, changes);
        let mut parts = OTHERS.map(str::to_owned);
        for (at, changes) in others {
            parts[at] = exchanged(&parts[at], changes);
        }
        let mut bundle = Bundle::new(main.into_bytes(), "https://a.com/x/a.json").unwrap();
        while let Some(address) = bundle.missing().first().map(|address| (*address).to_owned()) {
            match &*address {
                "https://a.com/x/b.json" => bundle.add(&address, parts[0].clone().into_bytes()).unwrap(),
                "https://a.com/x/c.json" => bundle.add(&address, parts[1].clone().into_bytes()).unwrap(),
                _ => bundle.refuse(&address),
            }
        }
        if let Ok(alone) = bundle.finish() {
            read(&alone);
        }
    }
}

#[test]
fn the_seeds_are_good() {
    for (seed, tools) in [(SWAGGER, 3), (DISCOVERY, 5), (MODERN_YAML, 2)] {
        let compiled = compile(app(), seed.as_bytes(), "1").unwrap();
        assert_sound(&compiled);
        assert_eq!(compiled.toolkit.tools.len(), tools, "{seed}");
    }
    let integration = Integration::parse(YAML.as_bytes()).unwrap();
    assert_eq!(integration.overlays.len(), 2);
    assert!(compile(integration, SWAGGER.as_bytes(), "1").is_ok());
}
