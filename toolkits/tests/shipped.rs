//! What the engine comes with is what lies in the folders, and sound.

use std::{collections::BTreeSet, fs, path::Path};

use composio_catalog::{Integration, compile};
use composio_toolkits::APPS;

/// Apps that people run themselves, or reach at an address of their own.
const ANYWHERE: [&str; 1] = ["gitlab"];

#[test]
fn every_folder_is_an_app_and_every_app_a_folder() {
    let folders: BTreeSet<String> = fs::read_dir(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("integration.yaml").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let listed: Vec<&str> = APPS.iter().map(|app| app.slug).collect();
    assert_eq!(
        listed,
        folders.iter().map(String::as_str).collect::<Vec<_>>()
    );
}

#[test]
fn nothing_in_them_is_wrong() {
    for app in APPS {
        let (integration, found) = Integration::lint(app.integration.as_bytes())
            .unwrap_or_else(|error| panic!("{}: {error}", app.slug));
        assert_eq!(found, [], "{}", app.slug);
        assert_eq!(integration.slug(), app.slug);
        assert!(integration.docs.starts_with("https://"), "{}", app.slug);
        assert!(!integration.categories.is_empty(), "{}", app.slug);
    }
}

#[test]
fn each_says_where_its_credentials_may_go() {
    for app in APPS {
        let integration = Integration::parse(app.integration.as_bytes()).unwrap();
        let is_anywhere = ANYWHERE.contains(&app.slug);
        assert_eq!(integration.hosts.is_empty(), is_anywhere, "{}", app.slug);
        assert!(!integration.permits_host("evil.example") || is_anywhere);
    }
}

#[test]
fn each_can_say_whose_account_it_is_or_why_not() {
    // Keys of these belong to an organization, and no endpoint names it.
    const NAMELESS: [&str; 2] = ["anthropic", "openai"];
    for app in APPS {
        let integration = Integration::parse(app.integration.as_bytes()).unwrap();
        assert!(
            integration.get_current_user_endpoint.is_some(),
            "{}",
            app.slug
        );
        let identity = integration.identity.unwrap_or_default();
        let names = identity.id.is_some() && identity.label.is_some();
        assert_eq!(names, !NAMELESS.contains(&app.slug), "{}", app.slug);
    }
}

#[test]
fn documents_of_our_own_become_tools() {
    for app in APPS {
        let integration = Integration::parse(app.integration.as_bytes()).unwrap();
        let names_file = integration
            .spec
            .as_ref()
            .is_some_and(|spec| !spec.starts_with("https://"));
        assert_eq!(names_file, app.document.is_some(), "{}", app.slug);
        if let Some(document) = app.document {
            let compiled = compile(integration, document.as_bytes(), "20260101_00").unwrap();
            assert!(compiled.report.is_clean(), "{:?}", compiled.report);
            assert!(!compiled.toolkit.tools.is_empty());
        }
    }
}

#[test]
fn a_path_does_not_find_an_app() {
    for name in ["../github", "github/", "", "git hub"] {
        assert!(composio_toolkits::find(name).is_none(), "{name}");
    }
    assert!(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("github/integration.yaml")
            .is_file()
    );
}
