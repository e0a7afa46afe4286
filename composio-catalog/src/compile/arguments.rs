use std::{borrow::Cow, collections::HashSet};

use serde_json::Value;

use crate::{
    Argument, BodyEncoding, BodyPlan, Location, Style,
    document::Node,
    schema::{Notes, put, put_member},
};

use super::{
    body::{Body, Content, Member},
    compiler::Compiler,
    file,
    operation::{Failure, MAX_SCHEMA, Operation},
    parameter::Parameter,
};

/// The arguments of an operation on one level, and their schema.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) arguments: Vec<Argument>,
    pub(super) body: Option<BodyPlan>,
    pub(super) schema: Vec<u8>,
}

impl<'d> Compiler<'_, 'd> {
    /// Puts parameters and members of the body side by side, under names that are unique.
    pub(super) fn flatten(
        &mut self,
        operation: &Operation<'d>,
        place: &str,
    ) -> Result<Flat, Failure> {
        let parameters = self.parameters(operation, place)?;
        let body = Body::of(self.document, operation.node).unwrap_or_else(|problem| {
            self.report.problem(place, &problem);
            None
        });
        let mut names = Names::of(body.as_ref());
        let mut flat = Flat::default();
        flat.schema
            .extend_from_slice(b"{\"type\":\"object\",\"properties\":{");
        let mut required = Vec::new();
        for parameter in &parameters {
            let argument = self.argument(parameter, &names.of_parameter(parameter));
            put_member(&mut flat.schema, &argument.name);
            self.write_argument(parameter.schema, parameter.notes, &mut flat.schema)?;
            flat.add(argument, &mut required);
        }
        if let Some(body) = body {
            self.flatten_body(body, &mut names, &mut flat, &mut required)?;
        }
        flat.schema.push(b'}');
        if !required.is_empty() {
            put_member(&mut flat.schema, "required");
            put(&mut flat.schema, &required);
        }
        flat.schema.push(b'}');
        Ok(flat)
    }

    fn flatten_body(
        &mut self,
        body: Body<'d>,
        names: &mut Names<'d>,
        flat: &mut Flat,
        required: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let mut plan = BodyPlan {
            media_type: body.media_type,
            encoding: body.encoding,
            whole: None,
            required: body.is_required,
        };
        match body.content {
            Content::Members(members) => {
                for member in members {
                    put_member(&mut flat.schema, member.name);
                    self.write_member(&member, plan.encoding, &mut flat.schema)?;
                    let argument = self.member(&member);
                    flat.add(argument, required);
                }
            }
            Content::Whole(schema) => {
                let name = names.of_whole_body();
                put_member(&mut flat.schema, &name);
                let notes = Notes {
                    description: body.description,
                    ..Notes::default()
                };
                // What the document says of a text, its pattern or its choices, holds for whoever writes one.
                let is_described = plan.encoding == BodyEncoding::Text && self.is_text(schema);
                match file::whole(&plan).filter(|_| !is_described) {
                    Some(schema) => put(&mut flat.schema, &schema),
                    None => self.write_argument(schema, notes, &mut flat.schema)?,
                }
                plan.whole = Some(name.clone());
                let mut argument = plain(&name, &name, Location::Body, Style::Form);
                argument.required = body.is_required;
                flat.add(argument, required);
            }
        }
        flat.body = Some(plan);
        Ok(())
    }

    fn is_text(&self, schema: Option<&'d Node<'d>>) -> bool {
        let target = schema.and_then(|schema| self.document.follow(schema).ok());
        target.is_some_and(|target| target.text_of("type") == Some("string"))
    }

    fn write_member(
        &mut self,
        member: &Member<'d>,
        encoding: BodyEncoding,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        if matches!(encoding, BodyEncoding::Multipart | BodyEncoding::Related)
            && let Some(schema) = file::member(self.document, member.schema)
        {
            put(out, &schema);
            return Ok(self.pool.charge(size_of::<Argument>())?);
        }
        self.write_argument(Some(member.schema), Notes::default(), out)
    }

    fn write_argument(
        &mut self,
        schema: Option<&'d Node<'d>>,
        notes: Notes<'d>,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let start = out.len();
        let schema = schema.filter(|schema| schema.is_map());
        self.pool
            .write_noted(schema.unwrap_or(&Node::Null), notes, out);
        self.pool
            .charge(out.len() - start + size_of::<Argument>())?;
        if out.len() > MAX_SCHEMA {
            return Err(Failure::skip("the schema of its arguments is over 1 MiB"));
        }
        Ok(())
    }

    fn argument(&self, parameter: &Parameter<'d>, name: &str) -> Argument {
        let mut argument = plain(name, parameter.name, parameter.location, parameter.style);
        argument.explode = parameter.explode;
        argument.allow_reserved = parameter.allow_reserved;
        argument.media_type = parameter.media_type.map(str::to_owned);
        argument.required = parameter.is_required;
        argument.default = self.default_of(parameter.is_required, parameter.schema);
        argument
    }

    fn member(&self, member: &Member<'d>) -> Argument {
        let mut argument = plain(member.name, member.name, Location::Body, member.style);
        argument.explode = member.explode;
        argument.media_type = member.media_type.map(str::to_owned);
        argument.required = member.is_required;
        argument.default = self.default_of(member.is_required, Some(member.schema));
        argument
    }

    /// The default of an argument that the server needs. What it does not need is left to the server.
    fn default_of(&self, is_required: bool, schema: Option<&'d Node<'d>>) -> Option<Value> {
        let schema = schema.filter(|_| is_required)?;
        let schema = self.document.follow(schema).ok()?;
        let default = schema.get("default").filter(|default| is_small(default))?;
        serde_json::to_value(default).ok()
    }
}

impl Flat {
    fn add(&mut self, argument: Argument, required: &mut Vec<String>) {
        if argument.required && argument.default.is_none() {
            required.push(argument.name.clone());
        }
        self.arguments.push(argument);
    }
}

/// The names that are taken.
struct Names<'d> {
    taken: HashSet<Cow<'d, str>>,
}

impl<'d> Names<'d> {
    fn of(body: Option<&Body<'d>>) -> Self {
        let members = match body.map(|body| &body.content) {
            Some(Content::Members(members)) => members.as_slice(),
            _ => &[],
        };
        Self {
            taken: members
                .iter()
                .map(|member| Cow::Borrowed(member.name))
                .collect(),
        }
    }

    /// The parameter's own name, or with its place behind it if that is taken.
    fn of_parameter(&mut self, parameter: &Parameter<'d>) -> Cow<'d, str> {
        if self.taken.insert(Cow::Borrowed(parameter.name)) {
            return Cow::Borrowed(parameter.name);
        }
        let place = match parameter.location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
            Location::Body => "body",
        };
        self.free(format!("{}__{place}", parameter.name))
    }

    fn of_whole_body(&mut self) -> String {
        if self.taken.insert(Cow::Borrowed("body")) {
            return "body".to_owned();
        }
        self.free("request_body".to_owned()).into_owned()
    }

    fn free(&mut self, mut name: String) -> Cow<'d, str> {
        while !self.taken.insert(Cow::Owned(name.clone())) {
            name.push('_');
        }
        Cow::Owned(name)
    }
}

/// A default is copied into each plan, so it must not be what blows a plan up.
fn is_small(default: &Node<'_>) -> bool {
    match default {
        Node::Null | Node::Map(_) => false,
        Node::Flag(_) | Node::Number(_) => true,
        Node::Text(text) => text.len() <= 1_024,
        Node::List(items) => {
            items.len() <= 16
                && items
                    .iter()
                    .all(|item| !matches!(item, Node::List(_)) && is_small(item))
        }
    }
}

pub(super) fn plain(name: &str, wire_name: &str, location: Location, style: Style) -> Argument {
    Argument {
        name: name.to_owned(),
        wire_name: wire_name.to_owned(),
        location,
        style,
        explode: style == Style::Form,
        allow_reserved: false,
        media_type: None,
        required: false,
        default: None,
    }
}
