use std::{borrow::Cow, cell::Cell, collections::HashMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{
    alias_limits, budget, options,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};

use super::{Node, discovery, swagger};
use crate::{CompileError, yaml::with_own_stack};

/// The largest public document, Microsoft Graph's, has 47 MB.
const MAX_BYTES: usize = 64 << 20;
/// A node takes about 50 bytes, so that a hostile document costs a few hundred MB at most.
const MAX_NODES: usize = if cfg!(test) { 500_000 } else { 6_000_000 };
/// The deepest public document has 34 levels.
const MAX_DEPTH: usize = 64;

/// Reads JSON or YAML, JSON if it opens with a brace, as OpenAPI 3: Swagger 2.0 and Google's Discovery format are rewritten.
pub(crate) fn read(bytes: &[u8]) -> Result<Node<'_>, CompileError> {
    as_openapi(parse(bytes)?)
}

/// The document in OpenAPI 3.
pub(crate) fn as_openapi(root: Node<'_>) -> Result<Node<'_>, CompileError> {
    if root.get("openapi").is_some() {
        return Ok(root);
    }
    let is_discovery = |root: &Node<'_>| {
        root.get("discoveryVersion").is_some()
            || root.text_of("kind") == Some("discovery#restDescription")
    };
    match root.get("swagger") {
        Some(Node::Text(version)) if version.starts_with("2.") => swagger::to_openapi(root),
        Some(Node::Number(version)) if version.as_f64() == Some(2.0) => swagger::to_openapi(root),
        None if is_discovery(&root) => discovery::to_openapi(root),
        _ => Ok(root),
    }
}

/// Reads JSON or YAML as it stands.
pub(crate) fn parse(bytes: &[u8]) -> Result<Node<'_>, CompileError> {
    if bytes.len() > MAX_BYTES {
        return Err(CompileError::TooLarge(format!("over {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        CompileError::Syntax(format!("not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    if text.is_empty() {
        return Err(CompileError::NotOpenApi("it is empty".to_owned()));
    }
    if text.starts_with(['{', '[']) {
        json(text)
    } else {
        yaml(text)
    }
}

/// An overlay's text, JSON or YAML, as a value.
pub(crate) fn overlay_value(bytes: &[u8]) -> Result<serde_json::Value, CompileError> {
    let node = parse(bytes)?;
    serde_json::to_value(&node).map_err(|error| CompileError::Syntax(error.to_string()))
}

fn json(text: &str) -> Result<Node<'_>, CompileError> {
    let left = Cell::new(MAX_NODES);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Growth::new(&left)
        .deserialize(&mut deserializer)
        .and_then(|node| deserializer.end().map(|()| node));
    node.map_err(|error| refusal(&left, &error.to_string()))
}

fn yaml(text: &str) -> Result<Node<'_>, CompileError> {
    with_own_stack(|| yaml_here(text), CompileError::Syntax)
}

fn yaml_here(text: &str) -> Result<Node<'_>, CompileError> {
    let left = Cell::new(MAX_NODES);
    let options = options! {
        with_snippet: false,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        budget: budget! {
            max_depth: MAX_DEPTH,
            max_events: 2 * MAX_NODES,
            max_nodes: MAX_NODES,
            max_documents: 1,
            max_total_scalar_bytes: MAX_BYTES,
        },
        alias_limits: alias_limits! { max_total_replayed_events: 500_000 },
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        Growth::new(&left).deserialize(deserializer)
    })
    .map_err(|error| refusal(&left, &error.to_string()))
}

fn refusal(left: &Cell<usize>, error: &str) -> CompileError {
    if left.get() == 0 {
        CompileError::TooLarge(format!("over {MAX_NODES} values"))
    } else if error.contains("recursion limit") || error.starts_with(TOO_DEEP) {
        CompileError::TooLarge(format!("nested deeper than {MAX_DEPTH} levels"))
    } else {
        CompileError::Syntax(error.to_owned())
    }
}

const TOO_DEEP: &str = "nested too deeply";

/// Builds nodes while it counts them.
#[derive(Clone, Copy)]
struct Growth<'c> {
    left: &'c Cell<usize>,
    depth: usize,
}

impl<'c> Growth<'c> {
    fn new(left: &'c Cell<usize>) -> Self {
        Self { left, depth: 0 }
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Growth<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        let left = self.left.get();
        if left == 0 {
            return Err(D::Error::custom("too many values"));
        }
        self.left.set(left - 1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Growth<'_> {
    type Value = Node<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Node<'de>, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Node::List(items.into_boxed_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut entries = Vec::new();
        while let Some(key) = access.next_key_seed(Key)? {
            entries.push((key, access.next_value_seed(inner)?));
        }
        Ok(Node::Map(last_of_each(entries).into_boxed_slice()))
    }
}

/// A key is a text: the `200` of a YAML response is read as written.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

type Entry<'de> = (Cow<'de, str>, Node<'de>);

/// Of entries with equal keys the last counts, as everywhere with JSON; it takes the place of the first.
fn last_of_each(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    if !has_duplicates(&entries) {
        return entries;
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<Entry<'_>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let next = kept.len();
        let place = *places.entry(entry.0.clone().into_owned()).or_insert(next);
        match kept.get_mut(place) {
            Some(earlier) => *earlier = entry,
            None => kept.push(entry),
        }
    }
    kept
}

fn has_duplicates(entries: &[Entry<'_>]) -> bool {
    if entries.len() <= 16 {
        return entries.iter().enumerate().any(|(index, (key, _))| {
            entries
                .iter()
                .take(index)
                .any(|(earlier, _)| earlier == key)
        });
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.windows(2)
        .any(|pair| matches!(pair, [one, other] if one == other))
}
