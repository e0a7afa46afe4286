use serde_json::Value;

const PROPERTIES: usize = 5_000;
const LEVELS: usize = 10;
const CHOICES: usize = 1_000;
const CHARACTERS: usize = 120_000;
const LONG_CHOICE: usize = 250;
const LONG_CHOICE_CHARACTERS: usize = 15_000;

#[derive(Default)]
struct Size {
    properties: usize,
    levels: usize,
    choices: usize,
    characters: usize,
    longest_choice: usize,
}

/// Why OpenAI would refuse a strict schema of this size.
pub(super) fn reason(schema: &Value) -> Option<String> {
    let mut size = Size::default();
    size.measure(schema, 1);
    let limits = [
        (size.properties, PROPERTIES, "properties"),
        (size.levels, LEVELS, "levels"),
        (size.choices, CHOICES, "values of enumerations"),
        (
            size.characters,
            CHARACTERS,
            "characters of names and values",
        ),
        (
            size.longest_choice,
            LONG_CHOICE_CHARACTERS,
            "characters in one enumeration",
        ),
    ];
    let over = limits.iter().find(|(count, limit, _)| count > limit)?;
    let (count, limit, what) = over;
    Some(format!("{count} {what}, at most {limit}"))
}

impl Size {
    fn measure(&mut self, schema: &Value, level: usize) {
        if let Some(Value::Array(choices)) = schema.get("enum") {
            let texts = choices.iter().filter_map(Value::as_str);
            let characters = texts.map(str::len).sum();
            self.choices += choices.len();
            self.characters += characters;
            if choices.len() > LONG_CHOICE {
                self.longest_choice = self.longest_choice.max(characters);
            }
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            self.levels = self.levels.max(level);
            self.properties += properties.len();
            for (name, schema) in properties {
                self.characters += name.len();
                self.measure(schema, level + 1);
            }
        }
        if let Some(items) = schema.get("items") {
            self.levels = self.levels.max(level);
            self.measure(items, level + 1);
        }
        for schema in schema
            .get("anyOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.measure(schema, level);
        }
        for (name, schema) in schema
            .get("$defs")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            self.characters += name.len();
            self.measure(schema, 1);
        }
    }
}
