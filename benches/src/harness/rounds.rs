use std::time::{Duration, Instant};

use super::Outcome;

/// Times of one thing, measured again and again.
#[derive(Debug, Default, Clone)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// The value below which `share` of the samples lie.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list of a few thousand entries"
        )]
        let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    pub(crate) fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    pub(crate) fn least(&self) -> Duration {
        self.quantile(0.0)
    }
}

/// How long `work` takes; what it makes is dropped after the clock has stopped.
pub(crate) fn time_of<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    let made = std::hint::black_box(work());
    let taken = started.elapsed();
    drop(made);
    taken
}

/// `total` for each of `calls`.
pub(crate) fn per_call(total: Duration, calls: usize) -> Outcome<Duration> {
    Ok(total / u32::try_from(calls)?)
}
