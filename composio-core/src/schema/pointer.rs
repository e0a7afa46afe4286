//! JSON Pointers (RFC 6901) and references.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A place in a schema while it is walked; the text is only made for reports.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Self, &'a str),
    Index(&'a Self, usize),
}

impl Path<'_> {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Root => {}
            Path::Key(parent, key) => {
                parent.write(text);
                text.push('/');
                text.push_str(&escaped(key));
            }
            Path::Index(parent, index) => {
                parent.write(text);
                text.push('/');
                text.push_str(&index.to_string());
            }
        }
    }
}

fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        key.replace('~', "~0").replace('/', "~1").into()
    } else {
        key.into()
    }
}

/// `at` and one step further.
pub(super) fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", escaped(key))
}

/// The pointer of a reference within the same document, percent-decoded; `None` for any other reference.
pub(super) fn pointer_of(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let pointer = percent_decode_str(fragment).decode_utf8().ok()?;
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.into_owned())
}

/// The schema that `reference` names in `root`.
pub(super) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    let pointer = pointer_of(reference)?;
    let target = root.pointer(&pointer)?;
    (target.is_object() || target.is_boolean()).then_some((pointer, target))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Path, below, resolve};

    #[test]
    fn paths_are_pointers_that_lead_there() {
        let path = Path::Key(&Path::Root, "a/b~c");
        assert_eq!(Path::Index(&path, 3).text(), "/a~1b~0c/3");
        assert_eq!(below("/x", "a/b~c"), "/x/a~1b~0c");
    }

    #[test]
    fn references_are_followed_within_the_document_alone() {
        let root = json!({"$defs": {"a b": {"type": "string"}, "n": 5}});
        assert!(resolve(&root, "#/$defs/a%20b").is_some());
        assert!(resolve(&root, "#").is_some());
        for dangling in [
            "#/$defs/c",
            "#/$defs/n",
            "http://example.com/a.json",
            "#name",
            "other.json#/a",
        ] {
            assert!(resolve(&root, dangling).is_none(), "{dangling}");
        }
    }
}
