//! An index that goes on from the one before is the one that a whole build gives.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::super::{SearchBuilder, SearchIndex, SearchText};

/// The texts of an app's tools.
type Tools = Vec<(String, String)>;
/// Each app's version and tools.
type Apps = BTreeMap<String, (u8, Tools)>;

fn add(builder: &mut SearchBuilder, slug: &str, version: u8, tools: &Tools) {
    builder.version_of(slug, &version.to_string());
    for (name, description) in tools {
        builder.add(&SearchText {
            name,
            toolkit: slug,
            description,
            ..SearchText::default()
        });
    }
}

fn whole(apps: &Apps) -> SearchIndex {
    let mut builder = SearchBuilder::new();
    for (slug, (version, tools)) in apps {
        add(&mut builder, slug, *version, tools);
    }
    builder.build().unwrap()
}

/// The index of `apps`, and how many of them were kept.
fn renewed(before: &Arc<SearchIndex>, apps: &Apps) -> (SearchIndex, usize) {
    let mut builder = SearchBuilder::renewing(Arc::clone(before));
    let mut kept = 0;
    for (slug, (version, tools)) in apps {
        match builder.keep(slug, &version.to_string()) {
            true => kept += 1,
            false => add(&mut builder, slug, *version, tools),
        }
    }
    (builder.build().unwrap(), kept)
}

fn tools() -> impl Strategy<Value = Tools> {
    let word = "[a-h]{1,2}";
    let text = prop::collection::vec(word, 0..9).prop_map(|words| words.join(" "));
    prop::collection::vec((text.clone(), text), 0..6)
}

/// Six apps of which any may be absent, each in one of three versions.
fn moments() -> impl Strategy<Value = Vec<Apps>> {
    let versions = prop::collection::vec(prop::collection::vec(tools(), 3), 6);
    let chosen = prop::collection::vec(prop::collection::vec(0..4_u8, 6), 2..5);
    (versions, chosen).prop_map(|(versions, moments)| {
        let moment = |chosen: Vec<u8>| {
            let apps = chosen.into_iter().zip(&versions).enumerate();
            let present = apps.filter_map(|(at, (version, versions))| {
                let tools = versions.get(usize::from(version))?.clone();
                Some((format!("app{at}"), (version, tools)))
            });
            present.collect()
        };
        moments.into_iter().map(moment).collect()
    })
}

proptest! {
    #[test]
    fn a_renewed_index_is_the_whole_one_to_the_byte(moments in moments()) {
        let mut before: Option<(Arc<SearchIndex>, &Apps)> = None;
        for apps in &moments {
            let next = whole(apps);
            if let Some((index, old)) = before {
                let (renewed, kept) = renewed(&index, apps);
                prop_assert_eq!(renewed.as_bytes(), next.as_bytes());
                let same = apps.iter().filter(|(slug, (version, _))| {
                    old.get(*slug).is_some_and(|(own, _)| own == version)
                });
                prop_assert_eq!(kept, same.count());
            }
            before = Some((Arc::new(next), apps));
        }
    }
}

fn app(names: &[&str]) -> Tools {
    let tool = |name: &&str| ((*name).to_owned(), format!("It does {name}, and {name}."));
    names.iter().map(tool).collect()
}

#[test]
fn an_app_whose_turn_has_changed_or_whose_version_is_not_told_is_read_anew() {
    let mut builder = SearchBuilder::new();
    add(&mut builder, "one", 1, &app(&["star a repository"]));
    builder.toolkit("nameless");
    add(&mut builder, "two", 1, &app(&["list stars"]));
    let before = Arc::new(builder.build().unwrap());
    let mut builder = SearchBuilder::renewing(before);
    assert!(!builder.keep("nameless", ""));
    assert!(!builder.keep("three", "1") && !builder.keep("two", "2"));
    assert!(builder.keep("two", "1"));
    assert!(
        !builder.keep("one", "1"),
        "its tools stood before those of two"
    );
    let index = builder.build().unwrap();
    let toolkits: Vec<(&str, usize)> = index
        .toolkits()
        .map(|(slug, own)| (slug, own.len()))
        .collect();
    assert_eq!(toolkits, [("two", 1)]);
    let hits = index.search("list the stars", &[], 5, |_| true);
    assert_eq!(hits.len(), 1);
    assert!(
        index.search("repository", &[], 5, |_| true).is_empty(),
        "no word outlives its tools"
    );
}
