//! Finding a tool among many: GitHub's operations, and apps made of them by other words.

use composio_catalog::{
    ToolPlan,
    search::{SearchBuilder, SearchIndex, SearchText},
};

use super::import;
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, time_of},
};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const QUERIES: usize = 2_000;
/// Milliseconds, with 100,000 tools.
const MEDIAN: f64 = 0.5;
const WORST: f64 = 2.0;
/// Of so many words of an app one is GitHub's own, the others are the app's.
const SHARED: usize = 3;

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let Some(document) = &arguments.github else {
        let why = "GitHub's document could not be had";
        table.push(Row::skipped("search among 100,000 tools", why));
        return Ok(());
    };
    let toolkit = import::github(document)?.toolkit;
    let plans: Vec<&ToolPlan> = toolkit.tools.values().collect();
    for size in SIZES {
        let mut built = None;
        let building = time_of(|| built = Some(index(&plans, size)));
        let index = built.ok_or("no index")??;
        let mut samples = Samples::default();
        for (number, plan) in plans.iter().cycle().take(QUERIES).enumerate() {
            let words = plan.description.split_whitespace().take(8);
            let app = number % (size / plans.len()).max(1);
            let text: Vec<String> = words.map(|word| word_of(app, word)).collect();
            let text = text.join(" ");
            samples.push(time_of(|| index.search(&text, &[], 10, |_| true)));
        }
        let milliseconds = |share: f64| samples.quantile(share).as_secs_f64() * 1e3;
        let opening = opening(&index);
        let details = format!(
            "{QUERIES} queries of eight words; built in {:.0} ms, {:.1} MB, read again in {opening:.1} ms",
            building.as_secs_f64() * 1e3,
            index.as_bytes().len() as f64 / 1e6,
        );
        let show = |value: f64| format!("{value:.2} ms");
        let what = |which: &str| format!("search among {size} tools, {which}");
        if size == 100_000 {
            table.push(
                Row::at_most(&what("median"), milliseconds(0.5), MEDIAN, show).with(&details),
            );
            table.push(Row::at_most(
                &what("99 of 100"),
                milliseconds(0.99),
                WORST,
                show,
            ));
        } else {
            let both = format!(
                "{} and {}",
                show(milliseconds(0.5)),
                show(milliseconds(0.99))
            );
            table.push(Row::shown(&what("median and 99 of 100"), both).with(&details));
        }
    }
    Ok(())
}

/// Milliseconds that reading the kept index takes, its checksum included.
fn opening(index: &SearchIndex) -> f64 {
    let mut samples = Samples::default();
    for _ in 0..5 {
        let bytes = index.as_bytes().to_vec();
        samples.push(time_of(|| SearchIndex::from_bytes(bytes)));
    }
    samples.median().as_secs_f64() * 1e3
}

pub(super) fn index(plans: &[&ToolPlan], size: usize) -> Outcome<SearchIndex> {
    let mut builder = SearchBuilder::new();
    let count = plans.len();
    for (number, plan) in plans.iter().cycle().take(size).enumerate() {
        let app = number / count;
        if number % count == 0 {
            builder.toolkit(&format!("app{app}"));
        }
        let of_app = |text: &str| -> String {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| word_of(app, word))
                .collect();
            words.join(" ")
        };
        let arguments = plan.arguments.iter().map(|argument| argument.name.as_str());
        builder.add(&SearchText {
            name: &of_app(&plan.name),
            toolkit: &format!("app{app}"),
            path: &plan.path,
            tags: "",
            description: &of_app(&plan.description),
            arguments: &arguments.collect::<Vec<&str>>().join(" "),
        });
    }
    Ok(builder.build()?)
}

/// The word itself for some words, so that apps share them as they do in life; for others a word of the app's own.
pub(super) fn word_of(app: usize, word: &str) -> String {
    let sum: usize = word.bytes().map(usize::from).sum();
    if app == 0 || sum.is_multiple_of(SHARED) {
        return word.to_owned();
    }
    let letters = word.chars().filter(|letter| letter.is_alphanumeric());
    format!("{}q{app}", letters.collect::<String>())
}
