//! Documentation comments as descriptions.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of documentation comments up to the first heading: `# Errors` and `# Examples` are for people.
pub(crate) fn of(attributes: &[Attribute]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for text in attributes.iter().filter_map(text) {
        lines.extend(
            text.split('\n')
                .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()),
        );
    }
    let is_heading = |line: &&String| !line.starts_with("# ");
    let told: Vec<&str> = lines
        .iter()
        .take_while(is_heading)
        .map(String::as_str)
        .collect();
    told.join("\n").trim().to_owned()
}

fn text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if pair.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}
