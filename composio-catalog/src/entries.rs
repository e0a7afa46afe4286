//! Values by name that are read when they are asked for.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser};

/// Values by name, in order. Those of a stored [`Toolkit`](crate::Toolkit) stay text until somebody asks for them,
/// since of a thousand tools few are called.
///
/// A text that turns out not to be a value is as if it were not there; [`Toolkit::from_stored`] checks that the texts
/// are those that were stored.
///
/// [`Toolkit::from_stored`]: crate::Toolkit::from_stored
#[derive(Clone)]
pub struct Entries<T> {
    text: Arc<str>,
    entries: IndexMap<String, Entry<T>>,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    place: Range<usize>,
    value: OnceLock<Option<T>>,
}

impl<T> Entries<T> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.entries.keys()
    }

    /// Whether there is one with this name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The place of the one with this name, from 0.
    #[must_use]
    pub fn get_index_of(&self, name: &str) -> Option<usize> {
        self.entries.get_index_of(name)
    }

    /// Adds a value at the end, or replaces the one with this name.
    pub fn insert(&mut self, name: impl Into<String>, value: T) {
        self.entries.insert(name.into(), Entry::of(value));
    }
}

impl<T: DeserializeOwned> Entries<T> {
    /// The value with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.read(self.entries.get(name)?)
    }

    /// The value with this name, and the name.
    #[must_use]
    pub fn get_key_value(&self, name: &str) -> Option<(&str, &T)> {
        let (_, name, entry) = self.entries.get_full(name)?;
        Some((name, self.read(entry)?))
    }

    /// The value at this place.
    #[must_use]
    pub fn get_index(&self, place: usize) -> Option<&T> {
        let (_, entry) = self.entries.get_index(place)?;
        self.read(entry)
    }

    /// The value at this place, and its name.
    #[must_use]
    pub fn get_index_entry(&self, place: usize) -> Option<(&str, &T)> {
        let (name, entry) = self.entries.get_index(place)?;
        Some((name, self.read(entry)?))
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.values().filter_map(|entry| self.read(entry))
    }

    /// The values with their names, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        let entries = self.entries.iter();
        entries.filter_map(|(name, entry)| Some((name.as_str(), self.read(entry)?)))
    }

    /// Entries whose texts stand one after the other in `text` from `start` on, and where they end; `None` if they do
    /// not, or if two have one name.
    pub(crate) fn stored(
        text: &Arc<str>,
        start: usize,
        lengths: Vec<(String, usize)>,
    ) -> Option<(Self, usize)> {
        let (mut end, count) = (start, lengths.len());
        let mut entries = IndexMap::with_capacity(count);
        for (name, length) in lengths {
            let place = end..end.checked_add(length)?;
            end = place.end;
            text.get(place.clone())?;
            let value = OnceLock::new();
            entries.insert(name, Entry { place, value });
        }
        let text = Arc::clone(text);
        (entries.len() == count).then_some((Self { text, entries }, end))
    }

    fn read<'e>(&'e self, entry: &'e Entry<T>) -> Option<&'e T> {
        let read = || serde_json::from_str(self.text.get(entry.place.clone())?).ok();
        entry.value.get_or_init(read).as_ref()
    }
}

impl<T: DeserializeOwned + Serialize> Entries<T> {
    /// Writes the texts one after the other to the end of `text`, and gives their names and lengths.
    pub(crate) fn store(&self, text: &mut String) -> serde_json::Result<Vec<(&str, usize)>> {
        let mut lengths = Vec::with_capacity(self.len());
        for (name, entry) in &self.entries {
            let before = text.len();
            let value = self.read(entry).ok_or_else(|| damaged(name))?;
            text.push_str(&serde_json::to_string(value)?);
            lengths.push((name.as_str(), text.len() - before));
        }
        Ok(lengths)
    }
}

fn damaged<E: ser::Error>(name: &str) -> E {
    E::custom(format_args!("the stored text of {name} is damaged"))
}

impl<T> Entry<T> {
    fn of(value: T) -> Self {
        Self {
            place: 0..0,
            value: OnceLock::from(Some(value)),
        }
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self {
            text: Arc::from(""),
            entries: IndexMap::new(),
        }
    }
}

impl<T> FromIterator<(String, T)> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(values: I) -> Self {
        let entries = values.into_iter();
        Self {
            text: Arc::from(""),
            entries: entries
                .map(|(name, value)| (name, Entry::of(value)))
                .collect(),
        }
    }
}

impl<T> fmt::Debug for Entries<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys()).finish()
    }
}

impl<T: DeserializeOwned + Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ser::SerializeMap as _;

        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, entry) in &self.entries {
            let value = self.read(entry).ok_or_else(|| damaged(name))?;
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = IndexMap::<String, T>::deserialize(deserializer)?;
        Ok(values.into_iter().collect())
    }
}
