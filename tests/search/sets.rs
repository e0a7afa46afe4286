//! The sets that search is scored on. Of each, tools whose name has a CRC-32 divisible by five are for choosing, the
//! rest for reporting.

use std::{collections::HashMap, fs, path::Path};

use composio_catalog::{
    Toolkit,
    search::{Hit, SearchBuilder, SearchIndex, SearchText},
    semantic::text_of,
};
use serde_json::Value;

/// What is asked, and the place of the tool that is meant.
#[derive(Debug, Clone)]
pub struct Query {
    pub text: String,
    pub tool: usize,
    /// Whether the set is for choosing weights; else it is reported.
    pub chooses: bool,
}

/// Tools, and what is asked of them.
#[derive(Debug)]
pub struct Set {
    pub name: &'static str,
    pub index: SearchIndex,
    /// What is encoded of each tool.
    pub texts: Vec<String>,
    pub queries: Vec<Query>,
}

/// How many queries have the tool that is meant first, and among the first five; in percent.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    pub queries: usize,
    pub first: f64,
    pub five: f64,
}

impl Set {
    /// The score by words over the queries of one part.
    pub fn score(&self, chooses: bool) -> Score {
        self.score_of(chooses, 1, |text| self.index.search(text, &[], 5, |_| true))
    }

    /// The score of what `search` finds, over each query of one part whose number is a multiple of `step`.
    pub fn score_of(&self, chooses: bool, step: usize, search: impl Fn(&str) -> Vec<Hit>) -> Score {
        let queries: Vec<&Query> = self
            .queries
            .iter()
            .filter(|query| query.chooses == chooses)
            .step_by(step)
            .collect();
        let (mut first, mut five) = (0, 0);
        for query in &queries {
            let hits = search(&query.text);
            let place = hits.iter().position(|hit| hit.place == query.tool);
            first += usize::from(place == Some(0));
            five += usize::from(place.is_some());
        }
        let percent = |part: usize| 100.0 * part as f64 / queries.len().max(1) as f64;
        Score {
            queries: queries.len(),
            first: percent(first),
            five: percent(five),
        }
    }
}

/// MetaTool: 199 tools with name and description, 20,614 questions.
pub fn metatool(folder: &Path) -> Set {
    let tools = fs::read_to_string(folder.join("plugin_des.json")).expect("the tools are there");
    let tools: serde_json::Map<String, Value> = serde_json::from_str(&tools).expect("JSON");
    let mut builder = SearchBuilder::new();
    builder.toolkit("metatool");
    let mut texts = Vec::new();
    let mut places = HashMap::new();
    for (place, (name, description)) in tools.iter().enumerate() {
        let description = description.as_str().expect("a text");
        builder.add(&SearchText {
            name,
            description,
            ..SearchText::default()
        });
        texts.push(text_of(name, description).to_owned());
        places.insert(name.clone(), place);
    }
    let questions = fs::read(folder.join("all_clean_data.csv")).expect("the questions are there");
    let questions = lines(&questions).into_iter().skip(1);
    Set {
        name: "MetaTool",
        index: builder.build().expect("an index"),
        texts,
        queries: questions
            .map(|(text, tool)| Query {
                text,
                tool: places[&tool],
                chooses: chooses(&tool),
            })
            .collect(),
    }
}

/// GitHub's operations in GitHub's words, asked for by the first sentence of what hosted Composio says of each.
pub fn github(toolkit: &Toolkit, sample: &[Value]) -> Set {
    let mut builder = SearchBuilder::new();
    builder.toolkit("github");
    let mut texts = Vec::new();
    let mut places = HashMap::new();
    for (place, plan) in toolkit.tools.values().enumerate() {
        builder.add_plan("GitHub", plan);
        texts.push(text_of(&plan.name, &plan.description).to_owned());
        places.insert(plan.slug.clone(), place);
    }
    let queries = sample.iter().filter_map(|tool| {
        let slug = tool["slug"].as_str()?;
        Some(Query {
            text: first_sentence(tool["description"].as_str()?),
            tool: *places.get(slug)?,
            chooses: chooses(slug),
        })
    });
    Set {
        name: "GitHub",
        queries: queries.collect(),
        index: builder.build().expect("an index"),
        texts,
    }
}

fn chooses(name: &str) -> bool {
    crc32fast::hash(name.as_bytes()).is_multiple_of(5)
}

fn first_sentence(text: &str) -> String {
    let text = text.trim();
    let ends = [". ", "! ", "? ", "; ", ".\n", "\n"];
    let end = ends.iter().filter_map(|end| text.find(end)).min();
    end.map_or(text, |end| &text[..=end]).trim().to_owned()
}

/// The two fields of each line of a CSV (RFC 4180).
fn lines(text: &[u8]) -> Vec<(String, String)> {
    let mut records: Vec<Vec<String>> = vec![Vec::new()];
    let mut field = Vec::new();
    let mut is_quoted = false;
    let mut bytes = text.iter().peekable();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' if is_quoted && bytes.peek() == Some(&&b'"') => {
                field.push(b'"');
                bytes.next();
            }
            b'"' => is_quoted = !is_quoted,
            b',' | b'\n' if !is_quoted => {
                let text = String::from_utf8_lossy(&field).trim_end().to_owned();
                field.clear();
                if let Some(record) = records.last_mut() {
                    record.push(text);
                }
                if byte == b'\n' {
                    records.push(Vec::new());
                }
            }
            _ => field.push(byte),
        }
    }
    let pairs = records.into_iter().filter_map(|record| {
        let [query, tool] = <[String; 2]>::try_from(record).ok()?;
        Some((query, tool))
    });
    pairs.collect()
}
