//! Everything that reads what strangers write, with far more cases than the tests try.

use crate::shell::{self, Step};

/// Cases of each property, unless the first argument is another number.
const CASES: &str = "20000";

pub(crate) fn run(arguments: &[String]) -> Step {
    let cases = arguments.first().map_or(CASES, String::as_str);
    let mut command = shell::cargo(["test", "--package", "composio-catalog", "--lib", "fuzzed"]);
    shell::run(command.env("PROPTEST_CASES", cases))
}
