//! One tool among all that a directory of public descriptions gives: GitHub's operations, looked for among those of some
//! two thousand other apps, with the app named in the sentence and not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use composio_catalog::{
    Integration, Toolkit, compile,
    search::{Hit, SearchBuilder, SearchIndex},
    semantic::text_of,
};
use serde_json::Value;

use crate::sets::{Query, Score, github};

/// GitHub's tools first, then those of everybody else.
#[derive(Debug)]
pub struct Everything {
    pub index: SearchIndex,
    /// What is encoded of each tool.
    pub texts: Vec<String>,
    pub queries: Vec<Query>,
}

impl Everything {
    /// GitHub's own document, and each of the directory that is not GitHub's.
    pub fn read(toolkit: &Toolkit, sample: &[Value], directory: &Path) -> Self {
        let mut builder = SearchBuilder::new();
        let mut texts = Vec::new();
        let mut add = |builder: &mut SearchBuilder, name: &str, toolkit: &Toolkit| {
            for plan in toolkit.tools.values() {
                builder.add_plan(name, plan);
                texts.push(text_of(&plan.name, &plan.description).to_owned());
            }
        };
        builder.toolkit("github");
        add(&mut builder, "GitHub", toolkit);
        for (number, path) in documents(directory).iter().enumerate() {
            if let Some(toolkit) = compiled(path) {
                builder.toolkit(&format!("app{number}"));
                add(&mut builder, &name(path), &toolkit);
            }
        }
        Self {
            index: builder.build().expect("an index"),
            texts,
            queries: github(toolkit, sample).queries,
        }
    }

    /// The score of what `search` finds for the reported queries, each followed by `suffix`.
    pub fn score(&self, suffix: &str, search: impl Fn(&str) -> Vec<Hit>) -> Score {
        let queries = self.queries.iter().filter(|query| !query.chooses);
        let (mut count, mut first, mut five) = (0, 0, 0);
        for query in queries {
            let text = format!("{}{suffix}", query.text.trim_end_matches('.'));
            let place = search(&text)
                .iter()
                .take(5)
                .position(|hit| hit.place == query.tool);
            count += 1;
            first += usize::from(place == Some(0));
            five += usize::from(place.is_some());
        }
        let percent = |part: usize| 100.0 * part as f64 / count.max(1) as f64;
        Score {
            queries: count,
            first: percent(first),
            five: percent(five),
        }
    }
}

fn compiled(path: &Path) -> Option<Toolkit> {
    let bytes = fs::read(path).ok()?;
    let (integration, _) = Integration::of_document("app", &bytes).ok()?;
    Some(compile(integration, &bytes, "20260101_00").ok()?.toolkit)
}

/// What the app is called: the directory names its files by hosts and services.
fn name(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name.split(['.', '-', '_'])
        .filter(|part| !matches!(*part, "com" | "org" | "net" | "io" | "api" | "local"))
        .collect::<Vec<&str>>()
        .join(" ")
}

/// Every document below `folder` that is not GitHub's, in the order of their names.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_left_out = name == "index.json" || name.starts_with("github.com");
            if path.is_dir() && !is_left_out {
                folders.push(path);
            } else if name.ends_with(".json") && !is_left_out {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
