//! Tokens are renewed here, once per generation, whoever asks.
//!
//! [`protocol`] decides without I/O what comes next: claim the right to refresh, ask the provider, write the verdict.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the engine follows it as soon as it holds tokens")
)]
mod protocol;

#[cfg(test)]
mod simulation;
