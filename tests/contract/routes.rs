//! Our document against the routes that are mounted.

use std::{collections::BTreeSet, fs, path::Path};

use composio_core::{Body, Transport};
use composio_tests::{suite::Outcome, tree};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::{document::Document, exchange::Exchange, world::World};

/// Folders whose routes stand below `/api/v3`, and what is put before them.
const MOUNTED: [(&str, &str); 3] = [
    ("composio-engine/src/api/v3/routes.rs", ""),
    ("composio-engine/src/api/engine/routes.rs", "/engine"),
    ("composio-engine/src/api/links.rs", ""),
];

/// Every path of the source is in the document and the other way round, and so is every method.
pub async fn compare() -> Outcome {
    let document = Document::ours();
    let written: BTreeSet<String> = MOUNTED
        .iter()
        .flat_map(|(file, before)| {
            let text = fs::read_to_string(tree::root().join(file)).expect("the file is there");
            paths(&text)
                .into_iter()
                .map(move |path| format!("{before}{path}"))
        })
        .collect();
    // Mounted from a list, since the product documents have another address for it.
    let callback = BTreeSet::from(["/toolkits/auth/callback".to_owned()]);
    let probes = probes();
    let written: BTreeSet<String> = [written, callback, probes.clone()]
        .into_iter()
        .flatten()
        .collect();
    let named: BTreeSet<String> = document
        .operations()
        .into_iter()
        .map(|operation| operation.path)
        .collect();
    let mut faults: Vec<String> = Vec::new();
    faults.extend(
        written
            .difference(&named)
            .map(|path| format!("{path} is not in openapi.yaml")),
    );
    faults.extend(
        named
            .difference(&written)
            .map(|path| format!("{path} is in openapi.yaml and not mounted")),
    );
    let world = World::start().await;
    let transport = Transport::from(world.engine.clone());
    for path in named.difference(&probes) {
        let methods: BTreeSet<String> = document
            .operations()
            .into_iter()
            .filter(|operation| operation.path == *path)
            .map(|operation| operation.method)
            .collect();
        let address = match document.root()["paths"][path]["servers"].is_array() {
            true => path.clone(),
            false => format!("/api/v3.1{path}"),
        };
        let allowed = allowed(&transport, &address.replace(['{', '}'], "")).await;
        if allowed != methods {
            faults.push(format!(
                "{path} takes {allowed:?}, and openapi.yaml says {methods:?}"
            ));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(faults.join("\n").into())
}

/// Every query parameter that the source reads by its name is in the document.
pub fn parameters() -> Outcome {
    let known = Document::ours().query_names();
    let mut read = BTreeSet::new();
    for folder in ["", "v3", "engine"] {
        let folder = tree::root().join("composio-engine/src/api").join(folder);
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|own| own == "rs") {
                read.extend(names(&fs::read_to_string(path)?));
            }
        }
    }
    assert!(read.contains("explain") && read.len() > 30, "{read:?}");
    let missing: Vec<&String> = read.difference(&known).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("not in openapi.yaml: {missing:?}").into()),
    }
}

/// What stands in `params.one("…")` and its siblings.
fn names(source: &str) -> Vec<String> {
    let calls = source.split("params").skip(1);
    let calls = calls.filter_map(|rest| rest.trim_start().strip_prefix('.'));
    calls
        .filter_map(|call| {
            let (how, rest) = call.split_once("(\"")?;
            let is_reader = ["one", "list", "flag", "map"].contains(&how);
            is_reader.then(|| rest.split('"').next().unwrap_or_default().to_owned())
        })
        .collect()
}

/// The paths that only a served engine has, which stand in its server.
fn probes() -> BTreeSet<String> {
    let path = tree::root().join("composio-engine/src/server/probes.rs");
    let source = fs::read_to_string(path).expect("the file is there");
    let arms = source.lines().map(str::trim);
    arms.filter_map(|line| line.strip_prefix('"')?.split_once("\" => "))
        .map(|(path, _)| path.to_owned())
        .collect()
}

/// The document is served under both prefixes, and is the file.
pub async fn served() -> Outcome {
    let world = World::start().await;
    let transport = Transport::from(world.engine.clone());
    for prefix in ["/api/v3", "/api/v3.1"] {
        let request = Request::get(format!("{prefix}/openapi.json")).body(Body::empty())?;
        let response = transport.send(request).await?;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.into_body().bytes(16 * 1024 * 1024).await?;
        let served: Value = serde_json::from_slice(&bytes)?;
        assert_eq!(&served, Document::ours().root(), "{prefix}");
    }
    Ok(())
}

/// The comparison itself is no rubber stamp.
pub fn finds_faults() -> Outcome {
    let document = Document::ours();
    let exchange = |status: StatusCode, answered: Value| Exchange {
        method: Method::GET,
        path: "/api/v3/tools/enum".to_owned(),
        query: Vec::new(),
        sent: None,
        status,
        content_type: Some("application/json".to_owned()),
        answered: Some(answered),
        is_ours: false,
        is_stray: false,
    };
    let faults = |status, answered| {
        document
            .faults(&exchange(status, answered))
            .unwrap_or_default()
            .len()
    };
    assert_eq!(faults(StatusCode::OK, json!(["A"])), 0);
    assert_eq!(faults(StatusCode::OK, json!([1])), 1);
    assert_eq!(faults(StatusCode::OK, json!({})), 1);
    assert_eq!(faults(StatusCode::IM_A_TEAPOT, json!(["A"])), 1);
    let mut other = exchange(StatusCode::OK, json!(["A"]));
    other.query = vec![("colour".to_owned(), "red".to_owned())];
    other.is_ours = true;
    assert_eq!(document.faults(&other).unwrap_or_default().len(), 1);
    assert!(Path::new(&tree::root()).is_dir());
    Ok(())
}

/// The methods that a path takes, as its refusal of another says. `HEAD` comes with `GET`.
async fn allowed(transport: &Transport, path: &str) -> BTreeSet<String> {
    let request = Request::builder()
        .method("PROPFIND")
        .uri(path)
        .body(Body::empty())
        .unwrap();
    let response = transport.send(request).await.unwrap();
    let Some(allow) = response.headers().get("allow") else {
        return BTreeSet::new();
    };
    let methods = allow.to_str().unwrap().split(',').map(str::trim);
    methods
        .filter(|method| *method != "HEAD")
        .map(str::to_owned)
        .collect()
}

/// The texts that begin with a slash after `at(` or `.route(`.
fn paths(source: &str) -> Vec<String> {
    let after = |mark: &str| {
        source
            .match_indices(mark)
            .filter_map(|(at, _)| source[at + mark.len()..].split('"').next())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut all = after("at(\"");
    all.extend(after(".route(\""));
    all
}
