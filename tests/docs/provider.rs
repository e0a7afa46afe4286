//! The page about providers shows the provider that is compiled and run.

use std::path::Path;

use composio_tests::tree;

const PAGE: &str = "docs/write-a-provider.md";
const LINES: usize = 130;

#[test]
fn the_page_shows_the_compiled_provider_word_for_word() {
    let page = tree::text(Path::new(PAGE)).unwrap();
    let mut lines = 0;
    for file in ["provider.rs", "model.rs"] {
        let path = format!("examples/genai-provider/src/{file}");
        let code = tree::text(Path::new(&path)).unwrap();
        let block = format!("```rust\n{code}```");
        assert!(
            page.contains(&block),
            "{PAGE} shows another {file} than {path}"
        );
        lines += code.lines().filter(|line| !line.trim().is_empty()).count();
    }
    assert!(lines <= LINES, "a provider takes {lines} lines");
}
