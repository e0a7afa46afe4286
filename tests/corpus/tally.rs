//! What became of many documents.

use std::{collections::BTreeMap, fmt, fs, path::Path, time::Instant};

use composio_catalog::{Compiled, Integration, compile};
use composio_tests::suite::Outcome;
use libtest_mimic::Failed;

/// Documents that may give no tool, and operations that may become none, of a thousand.
const LOST_DOCUMENTS: usize = 10;
const LOST_OPERATIONS: usize = 5;

/// The counts.
#[derive(Debug)]
pub(crate) struct Tally {
    documents: usize,
    /// Documents that describe no operation: webhooks alone, or nothing.
    empty: usize,
    with_tools: usize,
    operations: usize,
    tools: usize,
    bad_schemas: usize,
    seconds: f64,
    refusals: BTreeMap<String, usize>,
    skipped: BTreeMap<String, usize>,
    begun: Instant,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            documents: 0,
            empty: 0,
            with_tools: 0,
            operations: 0,
            tools: 0,
            bad_schemas: 0,
            seconds: 0.0,
            refusals: BTreeMap::new(),
            skipped: BTreeMap::new(),
            begun: Instant::now(),
        }
    }
}

impl Tally {
    /// Compiles one document and looks at what came of it.
    pub(crate) fn take(&mut self, path: &Path) -> Outcome {
        let bytes = fs::read(path)?;
        self.documents += 1;
        let compiled = Integration::of_document("app", &bytes)
            .and_then(|(integration, _)| compile(integration, &bytes, "20260101_00"));
        match compiled {
            Ok(compiled) => self.see(&compiled, path)?,
            Err(error) => {
                let reason = error.to_string();
                if reason.len() < 10 {
                    return Err(Failed::from(format!("{}: no reason", path.display())));
                }
                *self.refusals.entry(reason).or_default() += 1;
            }
        }
        self.seconds = self.begun.elapsed().as_secs_f64();
        Ok(())
    }

    fn see(&mut self, compiled: &Compiled, path: &Path) -> Outcome {
        let report = &compiled.report;
        if report.tools + report.skipped.len() < report.operations {
            let message = format!("{}: operations are lost unseen", path.display());
            return Err(Failed::from(message));
        }
        self.operations += report.operations;
        self.tools += report.tools;
        self.empty += usize::from(report.operations == 0);
        self.with_tools += usize::from(report.tools > 0);
        for skipped in &report.skipped {
            *self.skipped.entry(skipped.problem.clone()).or_default() += 1;
        }
        let toolkit = &compiled.toolkit;
        for plan in toolkit.tools.values() {
            for schema in [toolkit.input_schema(plan), toolkit.output_schema(plan)] {
                let is_valid = jsonschema::draft202012::meta::is_valid(&schema.to_value());
                self.bad_schemas += usize::from(!is_valid);
            }
        }
        Ok(())
    }

    /// Whether enough became of them.
    pub(crate) fn check(&self) -> Outcome {
        let lost = self.documents - self.with_tools;
        let lost_operations = self.operations - self.tools;
        let is_held = lost * 1_000 <= self.documents * LOST_DOCUMENTS
            && lost_operations * 1_000 <= self.operations * LOST_OPERATIONS
            && self.bad_schemas == 0
            && self.tools > 0;
        if is_held {
            return Ok(());
        }
        Err(Failed::from(format!("too little became tools:\n{self}")))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} documents, {} with tools, {} without any operation\n{} operations, {} tools, {} schemas not valid, {:.0} s",
            self.documents,
            self.with_tools,
            self.empty,
            self.operations,
            self.tools,
            self.bad_schemas,
            self.seconds
        )?;
        for (reason, count) in &self.refusals {
            writeln!(f, "refused {count}: {reason}")?;
        }
        for (reason, count) in &self.skipped {
            writeln!(f, "skipped {count}: {reason}")?;
        }
        Ok(())
    }
}
