//! Changes to a tree, by JSON pointers (RFC 6901).

use std::borrow::Cow;

use serde_json::Value;

use super::Node;

/// The tokens of a pointer; `None` if it is none.
pub(super) fn tokens(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let path = pointer.strip_prefix('/')?;
    let tokens = path.split('/');
    Some(
        tokens
            .map(|token| token.replace("~1", "/").replace("~0", "~"))
            .collect(),
    )
}

/// The node that `tokens` lead to.
pub(super) fn find<'n, 'a>(root: &'n Node<'a>, tokens: &[String]) -> Option<&'n Node<'a>> {
    tokens.iter().try_fold(root, |node, token| match node {
        Node::List(items) => items.get(token.parse::<usize>().ok()?),
        _ => node.get(token),
    })
}

/// As [`find`], to be changed.
pub(super) fn find_mut<'n, 'a>(
    root: &'n mut Node<'a>,
    tokens: &[String],
) -> Option<&'n mut Node<'a>> {
    tokens.iter().try_fold(root, |node, token| match node {
        Node::List(items) => items.get_mut(token.parse::<usize>().ok()?),
        Node::Map(entries) => entries
            .iter_mut()
            .find_map(|(name, value)| (name == token).then_some(value)),
        _ => None,
    })
}

/// Takes out the node that `tokens` lead to.
pub(super) fn remove<'a>(root: &mut Node<'a>, tokens: &[String]) -> Option<Node<'a>> {
    let (last, parents) = tokens.split_last()?;
    match find_mut(root, parents)? {
        Node::List(items) => {
            let at = last.parse().ok().filter(|at| *at < items.len())?;
            let mut kept = std::mem::take(items).into_vec();
            let removed = kept.remove(at);
            *items = kept.into_boxed_slice();
            Some(removed)
        }
        Node::Map(entries) => {
            let at = entries.iter().position(|(name, _)| name == last)?;
            let mut kept = std::mem::take(entries).into_vec();
            let (_, removed) = kept.remove(at);
            *entries = kept.into_boxed_slice();
            Some(removed)
        }
        _ => None,
    }
}

/// Puts `value` where `tokens` lead: into a list before what is there (`-` is its end), into a map in the place of an
/// earlier one. `None` if there is no such place.
pub(super) fn add<'a>(root: &mut Node<'a>, tokens: &[String], value: Node<'a>) -> Option<()> {
    let Some((last, parents)) = tokens.split_last() else {
        *root = value;
        return Some(());
    };
    match find_mut(root, parents)? {
        Node::List(items) => {
            let at = match last.as_str() {
                "-" => items.len(),
                written => written.parse().ok().filter(|at| *at <= items.len())?,
            };
            let mut kept = std::mem::take(items).into_vec();
            kept.insert(at, value);
            *items = kept.into_boxed_slice();
        }
        map @ Node::Map(_) => set(map, last, value),
        _ => return None,
    }
    Some(())
}

/// Sets one member of a map; anything else becomes one.
pub(super) fn set<'a>(map: &mut Node<'a>, name: &str, value: Node<'a>) {
    if let Node::Map(entries) = map {
        if let Some((_, earlier)) = entries.iter_mut().find(|(own, _)| own == name) {
            *earlier = value;
            return;
        }
        let mut kept = std::mem::take(entries).into_vec();
        kept.push((Cow::Owned(name.to_owned()), value));
        *entries = kept.into_boxed_slice();
    } else {
        *map = Node::Map(Box::new([(Cow::Owned(name.to_owned()), value)]));
    }
}

/// How many nodes a tree has.
pub(super) fn size(node: &Node<'_>) -> usize {
    let inner: usize = match node {
        Node::List(items) => items.iter().map(size).sum(),
        Node::Map(entries) => entries.iter().map(|(_, value)| size(value)).sum(),
        _ => 0,
    };
    inner + 1
}

/// The value as a tree.
pub(super) fn node(value: &Value) -> Node<'static> {
    match value {
        Value::Null => Node::Null,
        Value::Bool(flag) => Node::Flag(*flag),
        Value::Number(number) => Node::Number(number.clone()),
        Value::String(text) => Node::Text(Cow::Owned(text.clone())),
        Value::Array(items) => Node::List(items.iter().map(node).collect()),
        Value::Object(members) => Node::Map(
            members
                .iter()
                .map(|(name, value)| (Cow::Owned(name.clone()), node(value)))
                .collect(),
        ),
    }
}
