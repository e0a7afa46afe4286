//! What does not compile, and the words with which it is refused.

#[test]
fn the_compiler_points_at_the_culprit() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
