//! The definitions that schemas of one app refer to, each once.

use std::collections::BTreeMap;

use serde_json::Value;

const PLACE: &str = "#/$defs/";

/// Definitions by name.
#[derive(Debug, Default)]
pub(crate) struct Pool(BTreeMap<String, Value>);

impl Pool {
    /// What a reference leads to, and the name of it.
    pub(crate) fn resolve<'p>(&'p self, reference: &str) -> Option<(&'p str, &'p Value)> {
        let name = reference.strip_prefix(PLACE)?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let (name, schema) = self.0.get_key_value(&name)?;
        Some((name, schema))
    }

    /// Takes the definitions out of a schema that stands alone. Schemas of one version share them; where two mean
    /// different things by one name, those of this schema get names of their own.
    pub(crate) fn take(&mut self, schema: &mut Value, owner: &str) {
        let Some(Value::Object(own)) = schema.as_object_mut().and_then(|it| it.remove("$defs"))
        else {
            return;
        };
        let differs = |(name, schema): (&String, &Value)| {
            let known = self.0.get(name);
            known.is_some_and(|known| known != schema)
        };
        let is_other = own.iter().any(differs);
        if is_other {
            rename(schema, owner);
        }
        for (name, mut schema) in own {
            if is_other {
                rename(&mut schema, owner);
                self.0.insert(format!("{name} of {owner}"), schema);
            } else {
                self.0.entry(name).or_insert(schema);
            }
        }
    }
}

/// Lets every reference lead to the owner's own definition.
fn rename(schema: &mut Value, owner: &str) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" && reference.starts_with(PLACE) => {
                        reference.push_str(" of ");
                        reference.push_str(owner);
                    }
                    _ => rename(member, owner),
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| rename(entry, owner)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Pool;

    #[test]
    fn one_name_with_two_meanings_is_two_definitions() {
        let mut pool = Pool::default();
        let mut first = json!({"$ref": "#/$defs/Page", "$defs": {"Page": {"type": "object"}}});
        let mut same = first.clone();
        let mut other = json!({"$ref": "#/$defs/Page", "$defs": {
            "Page": {"$ref": "#/$defs/Text"}, "Text": {"type": "string"}}});
        pool.take(&mut first, "A");
        pool.take(&mut same, "B");
        pool.take(&mut other, "C");
        assert_eq!(first, json!({"$ref": "#/$defs/Page"}));
        assert_eq!(same, first);
        assert_eq!(other, json!({"$ref": "#/$defs/Page of C"}));
        let (_, page) = pool.resolve("#/$defs/Page of C").unwrap();
        let (name, text) = pool.resolve(page["$ref"].as_str().unwrap()).unwrap();
        assert_eq!((name, &text["type"]), ("Text of C", &json!("string")));
        assert!(pool.resolve("#/$defs/Nothing").is_none());
    }
}
