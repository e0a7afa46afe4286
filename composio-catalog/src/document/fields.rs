use std::borrow::Cow;

use super::Node;

/// The members of a map while it is rewritten.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Fields<'a> {
    /// The members of a map; none of anything else.
    pub(super) fn of(node: Node<'a>) -> Self {
        match node {
            Node::Map(entries) => Self(entries.into_vec()),
            _ => Self::default(),
        }
    }

    /// Takes the member out.
    pub(super) fn take(&mut self, key: &str) -> Option<Node<'a>> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Takes the member out if it is a text.
    pub(super) fn take_text(&mut self, key: &str) -> Option<Cow<'a, str>> {
        match self.take(key)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node<'a>> {
        let mut entries = self.0.iter();
        entries.find_map(|(name, value)| (name == key).then_some(value))
    }

    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Sets the member, in the place of an earlier one.
    pub(super) fn set(&mut self, key: impl Into<Cow<'a, str>>, value: Node<'a>) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, earlier)) => *earlier = value,
            None => self.0.push((key, value)),
        }
    }

    /// Adds a member that is not there yet.
    pub(super) fn push(&mut self, key: impl Into<Cow<'a, str>>, value: Node<'a>) {
        self.0.push((key.into(), value));
    }

    /// Moves the members named `keys` from `other`, those that it has.
    pub(super) fn move_from(&mut self, other: &mut Self, keys: &[&'static str]) {
        for key in keys {
            if let Some(value) = other.take(key) {
                self.set(*key, value);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_node(self) -> Node<'a> {
        Node::Map(self.0.into_boxed_slice())
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = (Cow<'a, str>, Node<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Node<'a>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Node<'a>)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// A map of one member.
pub(super) fn single<'a>(key: impl Into<Cow<'a, str>>, value: Node<'a>) -> Node<'a> {
    Node::Map(Box::new([(key.into(), value)]))
}

pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Node<'a> {
    Node::Text(text.into())
}

pub(super) fn list<'a>(items: impl IntoIterator<Item = Node<'a>>) -> Node<'a> {
    Node::List(items.into_iter().collect())
}

/// The items of a list, taken out.
pub(super) fn items(node: Option<Node<'_>>) -> Vec<Node<'_>> {
    match node {
        Some(Node::List(items)) => items.into_vec(),
        _ => Vec::new(),
    }
}
