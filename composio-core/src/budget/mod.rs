//! How much of a result a model reads, and where the rest is.

mod cut;
mod keep;
mod outline;
mod result_budget;

pub use keep::WholeResult;
pub use outline::CutResult;
pub use result_budget::ResultBudget;

#[cfg(test)]
mod tests;
