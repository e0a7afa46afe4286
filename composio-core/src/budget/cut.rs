//! The part of a JSON text that fits: whole items, whole fields, the beginning of long texts; always valid JSON.
//!
//! It works on the text itself, level by level, so that what is kept stays as it was written.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

// Deeper than any result is read; what is cut stays shallow, so that the text is scanned few times.
const DEPTH: usize = 12;
const REPORTED: usize = 5;
const LONGEST_PLACE: usize = 48;
// A shorter beginning of a text says nothing.
const LEAST_TEXT: usize = 24;
// What a field is given at least, if it has as much.
const LEAST_FIELD: usize = 32;
const MORE: char = '…';

/// What was kept, and what was left out, place by place.
pub(super) struct Cut {
    pub(super) text: String,
    pub(super) left_out: Vec<String>,
}

/// The part of `json` that fits `room` bytes; `{}` if nothing does.
pub(super) fn cut(json: &RawValue, room: usize) -> Cut {
    let mut cutter = Cutter::default();
    let text = cutter.fit(json, room, "", 0);
    if text.is_none() {
        cutter.report("", "nothing of it fits");
    }
    Cut {
        text: text.unwrap_or_else(|| "{}".to_owned()),
        left_out: cutter.summary(),
    }
}

/// The beginning of `text` whose JSON form has at most `room` bytes, quotes included, and what was left out.
pub(super) fn cut_text(text: &str, room: usize) -> (String, String) {
    let mut used = 2 + MORE.len_utf8();
    let mut kept = String::new();
    let mut count = 0_usize;
    for character in text.chars() {
        used += escaped_length(character);
        if used > room {
            break;
        }
        kept.push(character);
        count += 1;
    }
    kept.push(MORE);
    let all = text.chars().count();
    (kept, format!("the first {count} of {all} characters"))
}

// As serde_json writes it (RFC 8259, section 7).
fn escaped_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}

#[derive(Default)]
struct Cutter(Vec<String>);

impl Cutter {
    fn report(&mut self, place: &str, what: &str) {
        self.0.push(if place.is_empty() {
            what.to_owned()
        } else {
            format!("`{place}`: {what}")
        });
    }

    fn summary(mut self) -> Vec<String> {
        let more = self.0.len().saturating_sub(REPORTED);
        if more > 0 {
            self.0.truncate(REPORTED);
            self.0.push(format!("and {more} more places"));
        }
        self.0
    }

    fn fit(&mut self, json: &RawValue, room: usize, place: &str, depth: usize) -> Option<String> {
        let text = json.get();
        if text.len() <= room {
            return Some(text.to_owned());
        }
        if depth > DEPTH {
            return None;
        }
        let reported = self.0.len();
        let fitted = match text.as_bytes().first()? {
            b'"' => self.text(text, room, place),
            b'[' => self.list(text, room, place, depth),
            b'{' => self.object(text, room, place, depth),
            _ => None,
        };
        if fitted.is_none() {
            self.0.truncate(reported);
        }
        fitted
    }

    fn text(&mut self, json: &str, room: usize, place: &str) -> Option<String> {
        if room < LEAST_TEXT {
            return None;
        }
        let text: String = serde_json::from_str(json).ok()?;
        let (kept, left_out) = cut_text(&text, room);
        self.report(place, &left_out);
        serde_json::to_string(&kept).ok()
    }

    fn list(&mut self, json: &str, room: usize, place: &str, depth: usize) -> Option<String> {
        let room = room.checked_sub(2)?;
        let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        let mut kept = String::new();
        let mut count = 0;
        let position = self.0.len();
        for item in &items {
            let comma = usize::from(count > 0);
            if kept.len() + comma + item.get().len() > room {
                break;
            }
            push_entry(&mut kept, item.get());
            count += 1;
        }
        if count == 0
            && let Some(first) = items.first()
            && let Some(part) = self.fit(first, room, &format!("{place}[0]"), depth + 1)
        {
            kept = part;
            count = 1;
        }
        if count < items.len() {
            let what = format!("{count} of {} items", items.len());
            self.report(place, &what);
            self.last_first(position);
        }
        Some(format!("[{kept}]"))
    }

    fn object(&mut self, json: &str, room: usize, place: &str, depth: usize) -> Option<String> {
        let room = room.checked_sub(2)?;
        let Fields(all) = serde_json::from_str(json).ok()?;
        let count = all.len();
        let mut chosen = affordable(all, room);
        let position = self.0.len();
        let mut left = room;
        let mut waiting = chosen.len();
        let mut by_size: Vec<usize> = (0..chosen.len()).collect();
        by_size.sort_by_key(|index| chosen.get(*index).map_or(0, Field::length));
        // Small fields leave what they do not need to the large ones.
        for index in by_size {
            let Some(field) = chosen.get_mut(index) else {
                continue;
            };
            let share = (left / waiting.max(1)).saturating_sub(field.overhead());
            let inner = join(place, &field.name);
            field.kept = self.fit(field.value, share, &inner, depth + 1);
            left = left.saturating_sub(field.cost());
            waiting -= 1;
        }
        let mut kept = String::new();
        let mut number = 0;
        for field in &chosen {
            if let Some(value) = &field.kept {
                push_entry(&mut kept, &format!("{}:{value}", field.key));
                number += 1;
            }
        }
        if number < count {
            self.report(place, &format!("{number} of {count} fields"));
            self.last_first(position);
        }
        Some(format!("{{{kept}}}"))
    }

    // The outer place is told before the inner ones.
    fn last_first(&mut self, position: usize) {
        if let Some(tail) = self.0.get_mut(position..) {
            tail.rotate_right(1);
        }
    }
}

fn push_entry(list: &mut String, entry: &str) {
    if !list.is_empty() {
        list.push(',');
    }
    list.push_str(entry);
}

fn join(place: &str, name: &str) -> String {
    let mut inner = if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    };
    if inner.len() > LONGEST_PLACE {
        inner.truncate(inner.floor_char_boundary(LONGEST_PLACE));
        inner.push(MORE);
    }
    inner
}

/// The fields, in order, that can be given something each.
fn affordable(all: Vec<Field<'_>>, room: usize) -> Vec<Field<'_>> {
    let mut used = 0_usize;
    let wanted = |field: &Field<'_>| field.overhead() + field.length().min(LEAST_FIELD);
    all.into_iter()
        .filter(|field| {
            let fits = used + wanted(field) <= room;
            if fits {
                used += wanted(field);
            }
            fits
        })
        .collect()
}

struct Field<'a> {
    name: String,
    // The name as JSON.
    key: String,
    value: &'a RawValue,
    kept: Option<String>,
}

impl Field<'_> {
    fn length(&self) -> usize {
        self.value.get().len()
    }

    // Colon and comma.
    fn overhead(&self) -> usize {
        self.key.len() + 2
    }

    fn cost(&self) -> usize {
        self.kept
            .as_ref()
            .map_or(0, |kept| kept.len() + self.overhead())
    }
}

/// The fields of an object in the order in which they are written.
struct Fields<'a>(Vec<Field<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor).map(Self)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            let key = serde_json::to_string(&name).map_err(serde::de::Error::custom)?;
            fields.push(Field {
                name,
                key,
                value,
                kept: None,
            });
        }
        Ok(fields)
    }
}
