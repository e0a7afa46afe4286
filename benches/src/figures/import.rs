//! GitHub's OpenAPI document to tools, in a process of its own, so that the peak is the compiler's.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use composio_catalog::{Compiled, Integration, compile};

use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, peak_memory, whole_cpu},
};

/// The argument that makes this program compile the document named next.
pub(crate) const IMPORT_CHILD: &str = "import-child";

const RUNS: usize = 7;
const SECONDS: f64 = 0.5;
const MEGABYTES: f64 = 150.0;
const INTEGRATION: &str =
    "name: GitHub\nunique_key: github\nauth_schemes:\n  - auth_mode: BEARER_TOKEN\n";
const NO_DOCUMENT: &str = "GitHub's document could not be had";

/// GitHub's toolkit.
pub(super) fn github(document: &Path) -> Outcome<Compiled> {
    let integration = Integration::parse(INTEGRATION.as_bytes())?;
    Ok(compile(integration, &fs::read(document)?, "20260101_00")?)
}

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let names = ["GitHub's document to tools: CPU", "the same: peak memory"];
    let Some(document) = &arguments.github else {
        for name in names {
            table.push(Row::skipped(name, NO_DOCUMENT));
        }
        return Ok(());
    };
    let mut seconds = Samples::default();
    let mut peak = 0_u64;
    let mut tools = String::new();
    for _ in 0..RUNS {
        let output = Command::new(env::current_exe()?)
            .arg(IMPORT_CHILD)
            .arg(document)
            .stderr(Stdio::inherit())
            .output()?;
        let told = String::from_utf8(output.stdout)?;
        let mut fields = told.split_whitespace();
        let mut next = || fields.next().ok_or("the import failed");
        seconds.push(std::time::Duration::from_nanos(next()?.parse()?));
        peak = peak.max(next()?.parse()?);
        next()?.clone_into(&mut tools);
    }
    let [first, second] = names;
    let details = format!(
        "{tools} tools; {:.2} s at best of {RUNS} runs",
        seconds.least().as_secs_f64()
    );
    let median = seconds.median().as_secs_f64();
    table
        .push(Row::at_most(first, median, SECONDS, |value| format!("{value:.2} s")).with(&details));
    #[expect(clippy::cast_precision_loss, reason = "a few hundred million")]
    let megabytes = peak as f64 / 1e6;
    table.push(Row::at_most(second, megabytes, MEGABYTES, |value| {
        format!("{value:.0} MB")
    }));
    Ok(())
}

/// Compiles once and tells nanoseconds of CPU, bytes at the peak, and tools.
pub(crate) fn import_here(document: &str) -> Outcome {
    let integration = Integration::parse(INTEGRATION.as_bytes())?;
    let bytes = fs::read(document)?;
    let before = whole_cpu()?;
    let compiled = compile(integration, &bytes, "20260101_00")?;
    let spent = whole_cpu()? - before;
    println!(
        "{} {} {}",
        spent.as_nanos(),
        peak_memory()?,
        compiled.toolkit.tools.len()
    );
    Ok(())
}
