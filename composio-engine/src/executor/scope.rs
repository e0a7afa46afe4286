//! What the templates of a tool's steps may use, and the values that they give.

use std::collections::BTreeMap;

use composio_core::{Error, ErrorKind, Result};
use minijinja::{Environment, UndefinedBehavior, Value, value::Serde};
use serde_json::{Map, Value as Json};

use super::{Executor, filters};

/// Instructions that one template may execute, so that a loop ends.
const FUEL: u64 = 500_000;
/// The longest text that a template gives, in bytes.
const OUTPUT_BYTES: usize = 8 * 1024 * 1024;
/// How deep templates are nested in lists and objects.
const DEPTH: usize = 32;

/// Names and their values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope(BTreeMap<String, Value>);

impl Scope {
    /// The arguments of a call, each by its name and all of them as `arguments`.
    pub(crate) fn of_arguments(arguments: &Map<String, Json>) -> Self {
        let mut scope = Self::default();
        for (name, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
            scope.set(name, value);
        }
        scope.set("arguments", arguments);
        for name in ["steps", "more"] {
            scope.set(name, &Map::new());
        }
        scope
    }

    pub(crate) fn set(&mut self, name: &str, value: &impl serde::Serialize) {
        self.0.insert(name.to_owned(), Value::from(Serde(value)));
    }

    /// The same scope with one more name.
    pub(crate) fn with(&self, name: &str, value: &impl serde::Serialize) -> Self {
        let mut scope = self.clone();
        scope.set(name, value);
        scope
    }

    fn context(&self) -> Value {
        self.0.clone().into()
    }
}

impl Executor {
    /// Puts values in the place of templates: a text that is one expression stands for its value, others for texts.
    /// Members of objects and entries of lists whose template has no value are left out; `None` if it is the whole.
    ///
    /// Errors: `InvalidInput` for a text that lacks a value, and for values that a filter cannot take; `Config` for
    /// templates that cannot be rendered.
    pub(crate) fn fill(&self, what: &str, template: &Json, scope: &Scope) -> Result<Option<Json>> {
        let filler = Filler {
            environment: &self.context().steps,
            what,
            context: scope.context(),
        };
        filler.fill(template, 0)
    }

    /// The value of a template that is a text.
    ///
    /// Errors: as [`Executor::fill`].
    pub(crate) fn evaluate(&self, what: &str, text: &str, scope: &Scope) -> Result<Option<Json>> {
        self.fill(what, &Json::String(text.to_owned()), scope)
    }
}

/// The engine for the templates of steps.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    filters::add(&mut environment);
    environment
}

struct Filler<'e> {
    environment: &'e Environment<'static>,
    what: &'e str,
    context: Value,
}

impl Filler<'_> {
    fn fill(&self, template: &Json, depth: usize) -> Result<Option<Json>> {
        if depth > DEPTH {
            return Err(self.broken("it is nested too deep"));
        }
        match template {
            Json::String(text) => self.text(text),
            Json::Array(items) => {
                let filled = items.iter().map(|item| self.fill(item, depth + 1));
                let filled: Result<Vec<Option<Json>>> = filled.collect();
                Ok(Some(filled?.into_iter().flatten().collect()))
            }
            Json::Object(members) => {
                let mut filled = Map::new();
                for (name, member) in members {
                    if let Some(value) = self.fill(member, depth + 1)? {
                        filled.insert(name.clone(), value);
                    }
                }
                Ok(Some(Json::Object(filled)))
            }
            constant => Ok(Some(constant.clone())),
        }
    }

    fn text(&self, text: &str) -> Result<Option<Json>> {
        if !(text.contains("{{") || text.contains("{%") || text.contains("{#")) {
            return Ok(Some(Json::String(text.to_owned())));
        }
        match expression(text) {
            Some(source) => self.expression(source),
            None => self.template(text).map(|text| Some(Json::String(text))),
        }
    }

    fn expression(&self, source: &str) -> Result<Option<Json>> {
        let expression = self.environment.compile_expression(source);
        let expression = expression.map_err(|error| self.failed(&error))?;
        let value = match expression.eval(self.context.clone()) {
            Ok(value) => value,
            // What is made of nothing is nothing.
            Err(error) if error.kind() == minijinja::ErrorKind::UndefinedError => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        if value.is_undefined() || value.is_none() {
            return Ok(None);
        }
        let json = serde_json::to_value(&value);
        json.map(Some)
            .map_err(|_| self.broken("its value has no JSON form"))
    }

    fn template(&self, source: &str) -> Result<String> {
        let template = self.environment.template_from_str(source);
        let template = template.map_err(|error| self.failed(&error))?;
        let text = template.render(self.context.clone());
        let text = text.map_err(|error| self.failed(&error))?;
        if text.len() > OUTPUT_BYTES {
            return Err(self.broken("it gives too long a text"));
        }
        Ok(text)
    }

    // Messages of the template engine may quote values, those of our filters do not.
    fn failed(&self, error: &minijinja::Error) -> Error {
        use minijinja::ErrorKind::{BadSerialization, InvalidOperation, UndefinedError};

        let what = self.what;
        if let Some(fault) = filters::fault(error) {
            return Error::new(ErrorKind::InvalidInput, format!("{what}: {fault}"));
        }
        match error.kind() {
            UndefinedError => {
                let message = format!("{what} lacks a value that it is made of");
                Error::new(ErrorKind::InvalidInput, message)
            }
            kind @ (InvalidOperation | BadSerialization) => {
                let message = format!("{what} cannot be made of these arguments: {kind}");
                Error::new(ErrorKind::InvalidInput, message)
            }
            kind => self.broken(&kind.to_string()),
        }
    }

    fn broken(&self, why: &str) -> Error {
        let message = format!("the template of {} cannot be rendered: {why}", self.what);
        Error::new(ErrorKind::Config, message)
    }
}

/// `a | b` of `{{ a | b }}`, if nothing else is there.
fn expression(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let is_one = !inside.contains("{{") && !inside.contains("}}") && !inside.contains("{%");
    is_one.then(|| inside.trim_matches('-').trim())
}
