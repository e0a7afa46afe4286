//! The figures, each with what it takes to measure it.

mod call;
mod catalogue;
mod connections;
mod demo;
mod import;
mod meaning;
mod packages;
mod replay;
mod schemas;
mod search;
mod served;
mod steps;
mod toolset;
mod wrap;

use crate::{
    arguments::Arguments,
    harness::{Outcome, Table},
};

pub(crate) use import::{IMPORT_CHILD, import_here};

/// A figure, or some that are measured together.
#[derive(Debug)]
pub(crate) struct Figure {
    /// By which it is asked for.
    pub(crate) name: &'static str,
    /// What is measured.
    pub(crate) what: &'static str,
    /// Measures it.
    pub(crate) measure: fn(&Arguments, &mut Table) -> Outcome,
}

/// All of them, in the order of the table.
pub(crate) const ALL: &[Figure] = &[
    Figure {
        name: "call",
        what: "a tool call in process over the bare request",
        measure: call::measure,
    },
    Figure {
        name: "served",
        what: "the composio program as a server",
        measure: served::measure,
    },
    Figure {
        name: "connections",
        what: "accounts leased, renewed and sealed anew",
        measure: connections::measure,
    },
    Figure {
        name: "catalogue",
        what: "engines of 1,000 to 100,000 tools",
        measure: catalogue::measure,
    },
    Figure {
        name: "toolset",
        what: "construction of a ToolSet",
        measure: toolset::measure,
    },
    Figure {
        name: "import",
        what: "GitHub's OpenAPI document to tools",
        measure: import::measure,
    },
    Figure {
        name: "wrap",
        what: "1,000 tools in each framework's spelling",
        measure: wrap::measure,
    },
    Figure {
        name: "replay",
        what: "recorded calls, replayed",
        measure: replay::measure,
    },
    Figure {
        name: "steps",
        what: "a step of the loop over the bare framework's",
        measure: steps::measure,
    },
    Figure {
        name: "schemas",
        what: "GitHub's tools in the words of each model family",
        measure: schemas::measure,
    },
    Figure {
        name: "search",
        what: "finding a tool among many",
        measure: search::measure,
    },
    Figure {
        name: "meaning",
        what: "finding a tool among 100,000 by meaning too",
        measure: meaning::measure,
    },
    Figure {
        name: "packages",
        what: "what each crate adds to its bare framework",
        measure: packages::measure,
    },
];
