//! The README's three uses are the compiled ones, and short.

use std::path::Path;

use composio_tests::tree;

const USES: [&str; 3] = ["openai", "rig", "langchain"];

/// Lines of code a use may take, its `use` lines counted.
const LINES: usize = 26;

#[test]
fn the_readme_shows_the_compiled_uses_word_for_word() {
    let readme = tree::text(Path::new("README.md")).unwrap();
    for name in USES {
        let block = tree::text(Path::new(&format!("docs/uses/{name}.md"))).unwrap();
        assert!(
            readme.contains(&block),
            "README.md shows another use of {name} than docs/uses/{name}.md"
        );
        let code: Vec<&str> = block
            .lines()
            .filter(|line| !line.starts_with("```") && !line.trim().is_empty())
            .collect();
        assert!(
            code.iter().any(|line| line.starts_with("use ")),
            "{name} shows its imports"
        );
        assert!(code.len() <= LINES, "{name} takes {} lines", code.len());
        assert!(!block.contains("\n# "), "{name} hides lines");
    }
}
