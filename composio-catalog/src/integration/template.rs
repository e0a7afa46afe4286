//! A textual look at Jinja templates; the engine renders them.

/// The names that stand at the head of each `{{ … }}` of `template`.
///
/// # Errors
///
/// What is not balanced.
pub(super) fn placeholders(template: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((opened, kind)) = first_opening(rest) {
        let after = rest.get(opened + 2..).unwrap_or_default();
        let (closing, problem) = match kind {
            Kind::Value => ("}}", "`{{` without `}}`"),
            Kind::Block => ("%}", "`{%` without `%}`"),
            Kind::Comment => ("#}", "`{#` without `#}`"),
        };
        let (inside, behind) = after.split_once(closing).ok_or(problem)?;
        if matches!(kind, Kind::Value) {
            if inside.contains("{{") {
                return Err("`{{` inside `{{ }}`");
            }
            names.extend(head(inside)?);
        }
        rest = behind;
    }
    if rest.contains("}}") {
        return Err("`}}` without `{{`");
    }
    Ok(names)
}

#[derive(Clone, Copy)]
enum Kind {
    Value,
    Block,
    Comment,
}

fn first_opening(text: &str) -> Option<(usize, Kind)> {
    [
        ("{{", Kind::Value),
        ("{%", Kind::Block),
        ("{#", Kind::Comment),
    ]
    .into_iter()
    .filter_map(|(opening, kind)| text.find(opening).map(|at| (at, kind)))
    .min_by_key(|(at, _)| *at)
}

/// `a` of `a | filter` and `a.b`; nothing of a quoted text or a number.
fn head(expression: &str) -> Result<Option<&str>, &'static str> {
    let expression = expression.trim_matches(['-', ' ', '\t', '\n', '\r']);
    let name = expression
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .next()
        .unwrap_or_default();
    if expression.is_empty() {
        return Err("an empty `{{ }}`");
    }
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    Ok(is_name.then_some(name))
}
