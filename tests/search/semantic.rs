//! The same sets by words and meaning together.

use std::path::Path;

use composio_catalog::{
    search::Asked,
    semantic::{Encoder, Meaning, Vectors},
};
use composio_tests::{parts::MINILM, suite::Outcome};
use libtest_mimic::{Completion, Failed};

use crate::{encoder::minilm, github_set, metatool_set, sets::Set};

/// One of so many of MetaTool's questions is asked by the usual tests: a sentence takes some milliseconds.
const SAMPLE: usize = 40;

pub fn github() -> Result<Completion, Failed> {
    match github_set()? {
        Ok(set) => by_meaning(&set, 1, (65.0, 90.0)),
        Err(missing) => Ok(missing),
    }
}

pub fn metatool_sample() -> Result<Completion, Failed> {
    match metatool_set() {
        Ok(set) => by_meaning(&set, SAMPLE, (52.0, 74.0)),
        Err(missing) => Ok(missing),
    }
}

pub fn metatool(_folder: &Path) -> Outcome {
    if let Ok(set) = metatool_set() {
        by_meaning(&set, 1, (57.0, 78.0))?;
    }
    Ok(())
}

fn by_meaning(set: &Set, step: usize, (first, five): (f64, f64)) -> Result<Completion, Failed> {
    let encoder = match MINILM.install() {
        Ok(folder) => minilm(&folder),
        Err(missing) => return Ok(Completion::ignored_with(missing.to_string())),
    };
    let vectors = vectors(&encoder, &set.texts);
    for (chooses, part) in [(true, "for choosing"), (false, "reported")] {
        let score = set.score_of(chooses, step, |text| {
            let meaning = Meaning::new(&encoder.encode(text));
            let asked = Asked::new(text, &meaning, &vectors);
            set.index.search_meaning(&asked, &[], 5, |_| true)
        });
        println!(
            "| {} by meaning, {part}, {} queries | Hit@1 {:.1} % | Hit@5 {:.1} % |",
            set.name, score.queries, score.first, score.five
        );
        assert!(
            chooses || (score.first >= first && score.five >= five),
            "at least {first} and {five} %"
        );
    }
    Ok(Completion::Completed)
}

fn vectors(encoder: &Encoder, texts: &[String]) -> Vectors {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encoded = encoder.encode_all(&texts);
    let mut vectors = Vectors::new(encoder.dimensions(), texts.len());
    assert!(vectors.take(0..texts.len(), &Vectors::pack(&encoded)));
    vectors
}
