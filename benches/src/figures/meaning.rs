//! The same with a sentence encoder: what a query takes from its text to ten tools, by words and by meaning.

use std::{fs, path::Path, time::Instant};

use composio_catalog::{
    ToolPlan,
    search::Asked,
    semantic::{Encoder, EncoderFiles, Meaning, Vectors, text_of},
};

use super::{
    import,
    search::{index, word_of},
};
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, time_of},
};

const TOOLS: usize = 100_000;
const QUERIES: usize = 500;
/// Milliseconds.
const MEDIAN: f64 = 15.0;
const WORST: f64 = 40.0;

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let (Some(document), Some(folder)) = (&arguments.github, &arguments.encoder) else {
        let why = "GitHub's document or a sentence encoder could not be had";
        table.push(Row::skipped("search by meaning among 100,000 tools", why));
        return Ok(());
    };
    let toolkit = import::github(document)?.toolkit;
    let plans: Vec<&ToolPlan> = toolkit.tools.values().collect();
    let index = index(&plans, TOOLS)?;
    let encoder = encoder(folder)?;
    let begun = Instant::now();
    let vectors = vectors(&encoder, &plans);
    let encoding = begun.elapsed().as_secs_f64() * 1e3 / plans.len() as f64;
    let mut asking = Samples::default();
    let mut whole = Samples::default();
    for (number, plan) in plans.iter().cycle().take(QUERIES).enumerate() {
        let words = plan.description.split_whitespace().take(8);
        let app = number % (TOOLS / plans.len()).max(1);
        let text: Vec<String> = words.map(|word| word_of(app, word)).collect();
        let text = text.join(" ");
        let mut meaning = None;
        let encoded = time_of(|| meaning = Some(Meaning::new(&encoder.encode(&text))));
        let meaning = meaning.ok_or("no meaning")?;
        let asked = Asked::new(&text, &meaning, &vectors);
        let searched = time_of(|| index.search_meaning(&asked, &[], 10, |_| true));
        asking.push(encoded);
        whole.push(encoded + searched);
    }
    let milliseconds = |share: f64| whole.quantile(share).as_secs_f64() * 1e3;
    let details = format!(
        "{QUERIES} queries of eight words, of which encoding {:.1} ms; a tool is encoded in {encoding:.1} ms",
        asking.median().as_secs_f64() * 1e3,
    );
    let show = |value: f64| format!("{value:.1} ms");
    let what = |which: &str| format!("search by meaning among {TOOLS} tools, {which}");
    table.push(Row::at_most(&what("median"), milliseconds(0.5), MEDIAN, show).with(&details));
    table.push(Row::at_most(
        &what("99 of 100"),
        milliseconds(0.99),
        WORST,
        show,
    ));
    Ok(())
}

fn encoder(folder: &Path) -> Outcome<Encoder> {
    let read = |name: &str| fs::read(folder.join(name));
    let (config, tokenizer) = (read("config.json")?, read("tokenizer.json")?);
    let weights = read("model.safetensors")?;
    Ok(Encoder::new(&EncoderFiles::new(
        &config, &tokenizer, &weights,
    ))?)
}

/// Those of GitHub's tools, and for each app made of them the same turned a little further.
fn vectors(encoder: &Encoder, plans: &[&ToolPlan]) -> Vectors {
    let texts = plans
        .iter()
        .map(|plan| text_of(&plan.name, &plan.description));
    let texts: Vec<&str> = texts.collect();
    let mut encoded = encoder.encode_all(&texts);
    let mut vectors = Vectors::new(encoder.dimensions(), TOOLS);
    let mut start = 0;
    while start < TOOLS {
        encoded.truncate(TOOLS - start);
        let end = start + encoded.len();
        let _ = vectors.take(start..end, &Vectors::pack(&encoded));
        for vector in &mut encoded {
            vector.rotate_left(1);
        }
        start = end;
    }
    vectors
}
