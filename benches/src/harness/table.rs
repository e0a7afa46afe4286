use std::fmt;

/// The figures of a run, as one Markdown table.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

/// One figure.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    measured: String,
    bar: String,
    verdict: &'static str,
}

impl Row {
    /// A figure with a bar: `value` may be `bar` at most.
    pub(crate) fn at_most(what: &str, value: f64, bar: f64, show: impl Fn(f64) -> String) -> Self {
        Self {
            what: what.to_owned(),
            measured: show(value),
            bar: format!("≤ {}", show(bar)),
            verdict: if value <= bar { MET } else { MISSED },
        }
    }

    /// A figure with a bar: `value` must be `bar` at least.
    pub(crate) fn at_least(what: &str, value: f64, bar: f64, show: impl Fn(f64) -> String) -> Self {
        Self {
            what: what.to_owned(),
            measured: show(value),
            bar: format!("≥ {}", show(bar)),
            verdict: if value >= bar { MET } else { MISSED },
        }
    }

    /// A figure that is shown beside others.
    pub(crate) fn shown(what: &str, measured: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            measured: measured.into(),
            bar: String::new(),
            verdict: "",
        }
    }

    /// A figure that was not measured, and why.
    pub(crate) fn skipped(what: &str, why: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            measured: why.into(),
            bar: String::new(),
            verdict: "skipped",
        }
    }

    /// What stands behind the figure.
    pub(crate) fn with(mut self, details: &str) -> Self {
        self.measured.push_str(&format!(" ({details})"));
        self
    }
}

const MET: &str = "met";
const MISSED: &str = "**missed**";

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    /// How many bars were missed.
    pub(crate) fn misses(&self) -> usize {
        self.0.iter().filter(|row| row.verdict == MISSED).count()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | measured | bar | verdict |")?;
        writeln!(f, "|---|---|---|---|")?;
        for row in &self.0 {
            let Row {
                what,
                measured,
                bar,
                verdict,
            } = row;
            writeln!(f, "| {what} | {measured} | {bar} | {verdict} |")?;
        }
        Ok(())
    }
}
