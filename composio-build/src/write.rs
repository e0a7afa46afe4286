//! Types as text.

use std::fmt::{self, Write as _};

use crate::{
    docs::{docs, gap, literal},
    names,
    shape::{Choice, Member, Record, Shape, Shapes, Side, Typed},
};

/// How much of a description is kept, in characters.
const OF_ACTION: usize = 1_000;
const OF_ARGUMENT: usize = 500;
const OF_RESULT: usize = 200;

/// Neither lints nor rustfmt have anything to say about generated code.
pub(crate) const ALLOW: &str = "#[rustfmt::skip]\n#[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, rustdoc::all, reason = \"generated code\")]";

/// An action of which types are written.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) slug: String,
    /// Its type.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) is_deprecated: bool,
    pub(crate) arguments: Vec<Member>,
    pub(crate) result: Shape,
}

/// Writes types of one app, four spaces in.
#[derive(Debug)]
pub(crate) struct Writer<'s> {
    pub(crate) shapes: &'s Shapes,
    pub(crate) out: String,
}

const IN: &str = "    ";
const FIELD: &str = "        ";

// Writing to a text does not fail: errors of `write!` are none.
impl Writer<'_> {
    pub(crate) fn action(&mut self, action: &Action) -> fmt::Result {
        let title = if action.title.is_empty() {
            &action.slug
        } else {
            &action.title
        };
        docs(&mut self.out, IN, title, OF_ARGUMENT);
        if !action.about.is_empty() && action.about != action.title {
            gap(&mut self.out, IN);
            docs(&mut self.out, IN, &action.about, OF_ACTION);
        }
        gap(&mut self.out, IN);
        let scopes = action.scopes.join(", ");
        docs(
            &mut self.out,
            IN,
            &format!("Action {}.", action.slug),
            OF_ARGUMENT,
        );
        if !scopes.is_empty() {
            gap(&mut self.out, IN);
            docs(&mut self.out, IN, &format!("Scopes: {scopes}"), OF_ARGUMENT);
        }
        if action.is_deprecated {
            writeln!(
                self.out,
                "{IN}#[deprecated(note = \"the vendor has deprecated it\")]"
            )?;
        }
        self.fields(&action.name, &action.arguments, Side::Arguments)?;
        self.new_function(&action.name, &action.arguments)?;
        let output = self.spelt(&action.result);
        writeln!(self.out, "{IN}impl TypedAction for {} {{", action.name)?;
        writeln!(
            self.out,
            "{FIELD}const SLUG: &'static str = {};",
            literal(&action.slug)
        )?;
        writeln!(self.out, "{FIELD}type Output = {output};\n")?;
        writeln!(
            self.out,
            "{FIELD}#[inline]\n{FIELD}fn arguments(&self) -> Arguments {{"
        )?;
        self.encoded(&action.arguments)?;
        writeln!(self.out, "{FIELD}}}\n{IN}}}\n")
    }

    pub(crate) fn record(&mut self, record: &Record) -> fmt::Result {
        docs(
            &mut self.out,
            IN,
            or_name(&record.about, &record.name),
            OF_ARGUMENT,
        );
        self.fields(&record.name, &record.members, record.side)?;
        match record.side {
            Side::Arguments => {
                self.new_function(&record.name, &record.members)?;
                writeln!(self.out, "{IN}impl Encode for {} {{", record.name)?;
                writeln!(
                    self.out,
                    "{FIELD}#[inline]\n{FIELD}fn encode(&self) -> Value {{"
                )?;
                self.encoded(&record.members)?;
            }
            Side::Result => {
                writeln!(self.out, "{IN}impl Decode for {} {{", record.name)?;
                writeln!(
                    self.out,
                    "{FIELD}#[inline]\n{FIELD}fn decode(value: Value, reader: &mut Reader) -> Option<Self> {{"
                )?;
                self.decoded(&record.members)?;
            }
        }
        writeln!(self.out, "{FIELD}}}\n{IN}}}\n")
    }

    pub(crate) fn choice(&mut self, choice: &Choice) -> fmt::Result {
        docs(
            &mut self.out,
            IN,
            or_name(&choice.about, &choice.name),
            OF_ARGUMENT,
        );
        writeln!(self.out, "{IN}#[derive(Debug, Clone, Copy, PartialEq, Eq)]")?;
        writeln!(self.out, "{IN}pub enum {} {{", choice.name)?;
        for (variant, text) in &choice.variants {
            docs(
                &mut self.out,
                FIELD,
                or_name(text, "An empty text."),
                OF_RESULT,
            );
            writeln!(self.out, "{FIELD}{variant},")?;
        }
        writeln!(self.out, "{IN}}}\n")?;
        writeln!(self.out, "{IN}impl Encode for {} {{", choice.name)?;
        writeln!(
            self.out,
            "{FIELD}#[inline]\n{FIELD}fn encode(&self) -> Value {{"
        )?;
        writeln!(self.out, "{FIELD}    Value::from(match self {{")?;
        for (variant, text) in &choice.variants {
            writeln!(
                self.out,
                "{FIELD}        Self::{variant} => {},",
                literal(text)
            )?;
        }
        writeln!(self.out, "{FIELD}    }})\n{FIELD}}}\n{IN}}}\n")
    }

    fn fields(&mut self, name: &str, members: &[Member], side: Side) -> fmt::Result {
        let is_default = side == Side::Result || members.iter().all(|member| !member.is_required);
        let default = if is_default { ", Default" } else { "" };
        writeln!(self.out, "{IN}#[derive(Debug, Clone, PartialEq{default})]")?;
        writeln!(self.out, "{IN}pub struct {name} {{")?;
        for member in members {
            let limit = match side {
                Side::Arguments => OF_ARGUMENT,
                Side::Result => OF_RESULT,
            };
            docs(
                &mut self.out,
                FIELD,
                or_name(&member.about, &member.name),
                limit,
            );
            let typed = match side {
                Side::Arguments => self.argument(member),
                Side::Result => format!("Option<{}>", self.within(&member.typed.shape)),
            };
            writeln!(
                self.out,
                "{FIELD}pub {}: {typed},",
                names::written(&member.field)
            )?;
        }
        writeln!(self.out, "{IN}}}\n")
    }

    /// What is required is asked for; the rest is left out.
    fn new_function(&mut self, name: &str, members: &[Member]) -> fmt::Result {
        let required = || members.iter().filter(|member| member.is_required);
        let parameters: Vec<String> = required()
            .map(|member| {
                let field = names::written(&member.field);
                format!("{field}: {}", self.parameter(&member.typed))
            })
            .collect();
        writeln!(self.out, "{IN}impl {name} {{")?;
        writeln!(
            self.out,
            "{FIELD}/// With what is required, and nothing else."
        )?;
        writeln!(self.out, "{FIELD}#[inline]\n{FIELD}#[must_use]")?;
        let line = parameters.join(", ");
        if line.len() < 70 {
            writeln!(self.out, "{FIELD}pub fn new({line}) -> Self {{")?;
        } else {
            writeln!(self.out, "{FIELD}pub fn new(")?;
            for parameter in &parameters {
                writeln!(self.out, "{FIELD}    {parameter},")?;
            }
            writeln!(self.out, "{FIELD}) -> Self {{")?;
        }
        writeln!(self.out, "{FIELD}    Self {{")?;
        for member in members {
            let field = names::written(&member.field);
            let value = match &member.typed {
                _ if !member.is_required => "None".to_owned(),
                Typed {
                    nullable: false,
                    shape: Shape::Text | Shape::Any,
                } => format!("{field}.into()"),
                _ => field.clone(),
            };
            writeln!(self.out, "{FIELD}        {field}: {value},")?;
        }
        writeln!(self.out, "{FIELD}    }}\n{FIELD}}}\n{IN}}}\n")
    }

    fn encoded(&mut self, members: &[Member]) -> fmt::Result {
        writeln!(self.out, "{FIELD}    Members::new()")?;
        for member in members {
            let put = if member.is_required {
                "put"
            } else {
                "put_some"
            };
            let name = literal(&member.name);
            let field = names::written(&member.field);
            writeln!(self.out, "{FIELD}        .{put}({name}, &self.{field})")?;
        }
        writeln!(self.out, "{FIELD}        .into()")
    }

    fn decoded(&mut self, members: &[Member]) -> fmt::Result {
        writeln!(
            self.out,
            "{FIELD}    let mut members = reader.members(value)?;"
        )?;
        writeln!(self.out, "{FIELD}    Some(Self {{")?;
        for member in members {
            let name = literal(&member.name);
            let field = names::written(&member.field);
            writeln!(
                self.out,
                "{FIELD}        {field}: reader.take(&mut members, {name}),"
            )?;
        }
        writeln!(self.out, "{FIELD}    }})")
    }

    fn argument(&self, member: &Member) -> String {
        let spelt = self.value(&member.typed);
        if member.is_required {
            spelt
        } else {
            format!("Option<{spelt}>")
        }
    }

    fn parameter(&self, typed: &Typed) -> String {
        match typed {
            Typed {
                nullable: false,
                shape: Shape::Text | Shape::Any,
            } => format!("impl Into<{}>", self.value(typed)),
            _ => self.value(typed),
        }
    }

    fn value(&self, typed: &Typed) -> String {
        let spelt = self.within(&typed.shape);
        if typed.nullable {
            format!("Option<{spelt}>")
        } else {
            spelt
        }
    }

    /// The type where it stands on its own.
    fn spelt(&self, shape: &Shape) -> String {
        match shape {
            Shape::Text => "String".to_owned(),
            Shape::Integer => "i64".to_owned(),
            Shape::Number => "f64".to_owned(),
            Shape::Flag => "bool".to_owned(),
            Shape::Any => "Value".to_owned(),
            Shape::List(inner) => format!("Vec<{}>", self.spelt(inner)),
            Shape::Map(inner) => format!("BTreeMap<String, {}>", self.spelt(inner)),
            Shape::Choice(place) => {
                let choice = self.shapes.choices.get(*place);
                choice.map_or_else(String::new, |choice| choice.name.clone())
            }
            Shape::Record(place) => {
                let record = self.shapes.records.get(*place);
                record.map_or_else(String::new, |record| record.name.clone())
            }
        }
    }

    /// The type where it stands in another, which must not have itself within.
    fn within(&self, shape: &Shape) -> String {
        let spelt = self.spelt(shape);
        match shape {
            Shape::Record(place) => match self.shapes.records.get(*place) {
                Some(record) if record.is_recursive => format!("Box<{spelt}>"),
                _ => spelt,
            },
            _ => spelt,
        }
    }
}

fn or_name<'t>(about: &'t str, name: &'t str) -> &'t str {
    if about.trim().is_empty() { name } else { about }
}
