//! What has to hold before a change lands.

use crate::lint;
use crate::shell::Step;
use crate::test;

pub(crate) fn run(arguments: &[String]) -> Step {
    let linted = lint::run(&[]);
    if let Err(failure) = &linted {
        eprintln!("{failure}");
    }
    test::run(arguments)?;
    linted.map_err(|_| "the lint failed, see above".into())
}
