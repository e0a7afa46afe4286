use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use composio_engine::ImportProgress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const COUNTED: &str = "{spinner} {msg} {pos} of {len} {elapsed}";
const FETCHING: &str = "{spinner} {msg} [{bar:20}] {percent} % of {total_bytes} fetched {elapsed}";
const FETCHING_ENDLESS: &str = "{spinner} {msg} {bytes} fetched {elapsed}";
const COMPILING: &str = "{spinner} {msg} [{bar:20}] {percent} % of {len} operations {elapsed}";

/// Shows on standard error, if that is a terminal, that something long is under way; gone when it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Which of an import's steps is shown.
    step: Arc<AtomicU8>,
}

impl Progress {
    pub(crate) fn start(what: impl Into<Cow<'static, str>>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style("{spinner} {msg} {elapsed}"));
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            bar,
            step: Arc::default(),
        }
    }

    /// Says how much of it is done.
    pub(crate) fn at(&self, done: u64, of: u64) {
        if self.bar.length().is_none() {
            self.bar.set_style(style(COUNTED));
        }
        self.bar.set_length(of);
        self.bar.set_position(done);
    }

    /// Hears of an import: a bar in percent, of the bytes and then of the operations.
    pub(crate) fn of_import(&self) -> impl Fn(ImportProgress) + Send + Sync + use<> {
        let shown = self.clone();
        move |progress| match progress {
            ImportProgress::Fetching { bytes, of: None } => {
                shown.step(1, FETCHING_ENDLESS, bytes, None);
            }
            ImportProgress::Fetching { bytes, of } => shown.step(2, FETCHING, bytes, of),
            ImportProgress::Compiling { operations, of } => {
                shown.step(3, COMPILING, operations, Some(of));
            }
            _ => {}
        }
    }

    fn step(&self, step: u8, template: &str, done: u64, of: Option<u64>) {
        let is_new = self.step.swap(step, Ordering::Relaxed) != step;
        if is_new {
            self.bar.set_style(style(template).progress_chars("=> "));
        }
        match of {
            Some(of) => self.bar.set_length(of),
            None => self.bar.unset_length(),
        }
        self.bar.set_position(done);
        if is_new {
            // Each step is seen, however short it is.
            self.bar.force_draw();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
