use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map, Value};

/// More deviations of one result than these are not told.
const MOST: usize = 32;

/// A value that can be read from a result.
pub trait Decode: Sized {
    /// Reads `value`; `None` if it is of another type.
    fn decode(value: Value, reader: &mut Reader) -> Option<Self>;
}

/// Reads a result, and remembers where it is not as its description says.
///
/// What is of another type is left out, alone: a vendor's description is a promise, and one wrong member must not cost the
/// rest of an answer to an action that was executed.
#[derive(Debug, Default)]
pub struct Reader {
    place: String,
    deviations: Vec<String>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn into_deviations(self) -> Vec<String> {
        self.deviations
    }

    /// The members of an object; `None` if the value is none.
    pub fn members(&mut self, value: Value) -> Option<Map<String, Value>> {
        match value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Takes the member `name` out. It is `None` if it is not there, `null`, or of another type; the last is remembered.
    pub fn take<T: Decode>(&mut self, members: &mut Map<String, Value>, name: &str) -> Option<T> {
        let value = members.remove(name).filter(|value| !value.is_null())?;
        let escaped = name.replace('~', "~0").replace('/', "~1");
        self.read(value, &escaped)
    }

    /// Reads what stands at `part` of this place; an RFC 6901 reference token.
    fn read<T: Decode>(&mut self, value: Value, part: &str) -> Option<T> {
        let before = self.place.len();
        // Writing to a text does not fail.
        write!(self.place, "/{part}").ok();
        let read = T::decode(value, self);
        if read.is_none() && self.deviations.len() < MOST {
            self.deviations.push(self.place.clone());
        }
        self.place.truncate(before);
        read
    }
}

impl Decode for Value {
    fn decode(value: Value, _: &mut Reader) -> Option<Self> {
        Some(value)
    }
}

impl Decode for bool {
    fn decode(value: Value, _: &mut Reader) -> Option<Self> {
        value.as_bool()
    }
}

impl Decode for i64 {
    fn decode(value: Value, _: &mut Reader) -> Option<Self> {
        // JSON Schema counts 1.0 among the integers; i64's bounds are no floats.
        let whole = |number: f64| number.fract() == 0.0 && number.abs() < 9.0e15;
        let float = || value.as_f64().filter(|number| whole(*number));
        value
            .as_i64()
            .or_else(|| float().map(|number| number as Self))
    }
}

impl Decode for f64 {
    fn decode(value: Value, _: &mut Reader) -> Option<Self> {
        value.as_f64()
    }
}

impl Decode for String {
    fn decode(value: Value, _: &mut Reader) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(value: Value, reader: &mut Reader) -> Option<Self> {
        T::decode(value, reader).map(Self::new)
    }
}

/// A list, without the entries that are of another type.
impl<T: Decode> Decode for Vec<T> {
    fn decode(value: Value, reader: &mut Reader) -> Option<Self> {
        let Value::Array(entries) = value else {
            return None;
        };
        let entries = entries.into_iter().enumerate();
        Some(
            entries
                .filter_map(|(index, entry)| reader.read(entry, &index.to_string()))
                .collect(),
        )
    }
}

/// The members of an object, without those that are of another type.
impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(value: Value, reader: &mut Reader) -> Option<Self> {
        let Value::Object(mut members) = value else {
            return None;
        };
        let names: Vec<String> = members.keys().cloned().collect();
        let read = |name: String| reader.take(&mut members, &name).map(|value| (name, value));
        Some(names.into_iter().filter_map(read).collect())
    }
}
