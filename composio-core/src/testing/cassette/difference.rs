//! Where two requests differ, in words.

use serde_json::Value;

use super::exchange::{Asked, Content};

const SHOWN: usize = 60;
const MOST: usize = 4;

/// How `asked` differs from `recorded`, which has the same method and path.
pub(super) fn difference(recorded: &Asked, asked: &Asked) -> String {
    let mut places = Vec::new();
    match (&recorded.body, &asked.body) {
        (Content::Json(recorded), Content::Json(asked)) => {
            compare(&mut places, "body", recorded, asked);
        }
        _ => places.push("the body is another".to_owned()),
    }
    let more = places.len().saturating_sub(MOST);
    places.truncate(MOST);
    if more > 0 {
        places.push(format!("and {more} more"));
    }
    places.join("; ")
}

fn compare(places: &mut Vec<String>, place: &str, recorded: &Value, asked: &Value) {
    match (recorded, asked) {
        (Value::Object(recorded), Value::Object(asked)) => {
            for (name, member) in recorded {
                let place = format!("{place}.{name}");
                match asked.get(name) {
                    Some(other) => compare(places, &place, member, other),
                    None => places.push(format!("`{place}` is missing")),
                }
            }
            let new = asked.keys().filter(|name| !recorded.contains_key(*name));
            places.extend(new.map(|name| format!("`{place}.{name}` was not recorded")));
        }
        (Value::Array(recorded), Value::Array(asked)) if recorded.len() == asked.len() => {
            for (index, (one, other)) in recorded.iter().zip(asked).enumerate() {
                compare(places, &format!("{place}[{index}]"), one, other);
            }
        }
        (recorded, asked) if recorded == asked => {}
        (recorded, asked) => {
            let (recorded, asked) = (shown(recorded), shown(asked));
            places.push(format!("`{place}` is {asked}, recorded was {recorded}"));
        }
    }
}

fn shown(value: &Value) -> String {
    let mut text = value.to_string();
    if text.len() > SHOWN {
        text.truncate(text.floor_char_boundary(SHOWN));
        text.push('…');
    }
    text
}
