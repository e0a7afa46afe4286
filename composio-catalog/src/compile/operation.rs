use crate::{
    CompileError, Report, ToolPlan,
    document::{Document, Node},
    schema::{Spot, put, sealed},
    text,
};

use super::{compiler::Compiler, response, tags};

const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 1_024;
const MAX_PATH: usize = 2_048;
const MAX_METHOD: usize = 32;
/// A tool whose schema is larger helps no model.
pub(super) const MAX_SCHEMA: usize = 1 << 20;

/// The methods that become tools. `QUERY` is OpenAPI 3.2's.
const METHODS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("query", "QUERY"),
];

/// One operation of the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'d> {
    /// Upper case.
    pub(super) method: &'static str,
    pub(super) path: &'d str,
    pub(super) item: &'d Node<'d>,
    pub(super) node: &'d Node<'d>,
}

impl<'d> Operation<'d> {
    /// The operations in the document's order.
    pub(super) fn all(document: &Document<'d>, report: &mut Report) -> Vec<Self> {
        let mut found = Vec::new();
        let paths = document.root.get("paths").map_or(&[][..], Node::entries);
        for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
            let item = match document.follow(item) {
                Ok(item) => item,
                Err(unresolved) => {
                    report.skip(path, &format!("its reference {}", unresolved.reason()));
                    continue;
                }
            };
            for method in unsent(item) {
                let problem = "requests of its method are not sent";
                report.skip(&format!("{method} {path}"), problem);
            }
            for (key, node) in item.entries() {
                let method = METHODS
                    .iter()
                    .find(|(name, _)| *name == key.to_ascii_lowercase());
                let Some((_, method)) = method else { continue };
                let operation = Self {
                    method,
                    path,
                    item,
                    node,
                };
                if node.is_map() {
                    found.push(operation);
                } else {
                    report.skip(&operation.place(), "it is no object");
                }
            }
        }
        found
    }

    pub(super) fn place(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Who comes first among equals.
    pub(super) fn rank(&self) -> (usize, &'d str, &'static str) {
        (self.path.len(), self.path, self.method)
    }

    fn name(&self) -> String {
        let spoken = ["summary", "operationId"]
            .iter()
            .filter_map(|key| self.node.text_of(key))
            .map(|text| text::line(text, MAX_NAME))
            .find(|text| !text.is_empty());
        spoken.unwrap_or_else(|| text::line(&self.place(), MAX_NAME))
    }

    fn description(&self, name: &str) -> String {
        let written = self.node.text_of("description").unwrap_or_default();
        let prose = text::prose(written, MAX_DESCRIPTION);
        if prose.trim().is_empty() {
            name.to_owned()
        } else {
            prose.into_owned()
        }
    }
}

impl<'d> Compiler<'_, 'd> {
    /// The plan of one operation; `None`, and a line in the report, if there can be none.
    pub(super) fn plan(
        &mut self,
        operation: &Operation<'d>,
        slug: &str,
    ) -> Result<Option<ToolPlan>, CompileError> {
        let place = operation.place();
        match self.try_plan(operation, slug, &place) {
            Ok(plan) => Ok(Some(plan)),
            Err(Failure::Skip(reason)) => {
                self.report.skip(&place, &reason);
                Ok(None)
            }
            Err(Failure::Fatal(error)) => Err(error),
        }
    }

    fn try_plan(
        &mut self,
        operation: &Operation<'d>,
        slug: &str,
        place: &str,
    ) -> Result<ToolPlan, Failure> {
        if !is_sendable(operation.path) {
            return Err(Failure::skip("its path cannot be part of an address"));
        }
        let name = operation.name();
        let description = operation.description(&name);
        let flat = self.flatten(operation, place)?;
        let output = self.output(operation, place)?;
        let requirement = self.security.of(operation.node);
        let has_no_auth = requirement.is_waived || self.integration.needs_no_auth();
        Ok(ToolPlan {
            name,
            description,
            method: operation.method.to_owned(),
            path: operation.path.to_owned(),
            server: self.server_of(operation, place),
            arguments: flat.arguments,
            body: flat.body,
            input: sealed(flat.schema)?,
            output: sealed(output)?,
            tags: tags::of(operation, slug, self.integration),
            scopes: requirement.scopes,
            scope_alternatives: requirement.alternatives,
            no_auth: has_no_auth,
            idempotent: tags::is_idempotent(operation),
            deprecated: operation.node.is_set("deprecated"),
            steps: None,
            slug: slug.to_owned(),
        })
    }

    fn output(&mut self, operation: &Operation<'d>, place: &str) -> Result<Vec<u8>, Failure> {
        let mut output = Vec::new();
        match response::success_schema(self.document, operation.node) {
            Some(schema) => self.pool.write(schema, &mut output, Spot::FREE),
            None => put(
                &mut output,
                &response::without_schema(self.document, operation.node),
            ),
        }
        self.pool.charge(output.len())?;
        if output.len() > MAX_SCHEMA {
            self.report
                .problem(place, "the schema of its result is over 1 MiB");
            return Ok(b"{}".to_vec());
        }
        Ok(output)
    }
}

/// The methods of a path whose operations become no tools: `TRACE` only tests a connection, and `additionalOperations`
/// (OpenAPI 3.2) has those that no other member is for.
fn unsent<'d>(item: &'d Node<'d>) -> impl Iterator<Item = String> + 'd {
    let trace = item.get("trace").map(|_| "TRACE".to_owned());
    let more = item
        .get("additionalOperations")
        .map_or(&[][..], Node::entries);
    let more = more
        .iter()
        .map(|(method, _)| text::line(method, MAX_METHOD));
    trace.into_iter().chain(more)
}

/// Why an operation has no plan.
#[derive(Debug)]
pub(super) enum Failure {
    /// This one cannot be a tool.
    Skip(String),
    /// A limit of the whole document is reached.
    Fatal(CompileError),
}

impl Failure {
    pub(super) fn skip(reason: &str) -> Self {
        Self::Skip(reason.to_owned())
    }
}

impl From<CompileError> for Failure {
    fn from(error: CompileError) -> Self {
        Self::Fatal(error)
    }
}

/// A path that an address can hold, and that stays below its server.
pub(super) fn is_sendable(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= MAX_PATH
        && !path.contains(|letter: char| letter.is_control() || letter == '\\')
        && !text::has_hidden(path)
        && !path.split('/').any(|segment| matches!(segment, ".." | "."))
}
