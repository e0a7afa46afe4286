use indexmap::{IndexMap, IndexSet};

use super::{
    curated, hosts, naming, operation::Operation, parameter::Owned, ranking, security::Security,
    server, server_fields,
};
use crate::{
    CompileError, Integration, Overlay, Report, ToolPlan, Toolkit,
    document::{self, Document, Node},
    schema::Pool,
    text,
};

/// More operations than this are refused; the largest public document has 22,361.
const MAX_OPERATIONS: usize = 50_000;

const MAX_PROBLEM: usize = 500;

/// A toolkit, and what became of the document on the way.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Compiled {
    /// The toolkit.
    pub toolkit: Toolkit,
    /// What was skipped, dropped or repaired.
    pub report: Report,
}

/// Makes a toolkit of an app's `integration.yaml` and its OpenAPI document.
///
/// `document` is OpenAPI 3.0 or 3.1, JSON or YAML, of at most 64 MiB; `version` becomes
/// [`Toolkit::version`]. An operation that makes no sense is skipped and named in the report. A document
/// without operations gives an empty toolkit.
///
/// # Errors
///
/// [`CompileError`] if the document cannot be read at all, is of another kind, has no `info.title` or
/// `info.version`, or exceeds a limit.
pub fn compile(
    integration: Integration,
    document: &[u8],
    version: &str,
) -> Result<Compiled, CompileError> {
    compile_with(integration, document, version, &|_, _| ())
}

/// As [`compile`], and tells `progress` how many of the document's operations were looked at, and how many there are:
/// none first, all in the end.
///
/// # Errors
///
/// Those of [`compile`].
pub fn compile_with(
    mut integration: Integration,
    document: &[u8],
    version: &str,
    progress: &dyn Fn(usize, usize),
) -> Result<Compiled, CompileError> {
    let mut report = Report::default();
    let root = repaired(&mut integration, document, &mut report)?;
    let document = Document::new(&root)?;
    for problem in integration.check() {
        report.problem(&problem.place, &problem.problem);
    }
    let base_url = server::of_document(&document, &integration, &mut report);
    let mut compiler = Compiler {
        document: &document,
        integration: &integration,
        base_url: base_url.as_deref(),
        owned: Owned::new(&document, &integration),
        security: Security::new(&document),
        pool: Pool::new(&document),
        report: &mut report,
    };
    let mut tools = compiler.tools(progress)?;
    let schemas = compiler.pool.finish(&mut report)?;
    ranking::mark(&mut tools, &integration);
    curated::add(&integration, &mut tools, &mut report);
    mark_unknown(&integration, &tools, &mut report);
    settle_aliases(&mut integration, &tools, &mut report);
    report.tools = tools.len();
    let base_url = base_url.map(|url| server_fields::add(&document, &mut integration, url));
    let hosts = hosts::pinned(&integration, base_url.as_deref(), tools.values());
    let servers: IndexSet<&String> = tools.values().flat_map(ToolPlan::servers).collect();
    integration.tools = Vec::new();
    let toolkit = Toolkit {
        servers: servers.into_iter().cloned().collect(),
        slug: integration.slug(),
        version: version.to_owned(),
        integration,
        base_url,
        hosts,
        tools: tools.into_iter().collect(),
        schemas: schemas.into_iter().collect(),
    };
    Ok(Compiled { toolkit, report })
}

/// The document with its overlays applied, in OpenAPI 3. The overlays have done their work then, and no toolkit keeps
/// them.
fn repaired<'d>(
    integration: &mut Integration,
    document: &'d [u8],
    report: &mut Report,
) -> Result<Node<'d>, CompileError> {
    let mut root = document::parse(document)?;
    for overlay in std::mem::take(&mut integration.overlays) {
        let problem = match overlay {
            Overlay::Named(name) => Err(format!("the overlay {name} is named and not given")),
            Overlay::Written(overlay) => document::apply(&mut root, &overlay),
        };
        for stale in problem
            .map_err(|problem| CompileError::Integration(text::line(&problem, MAX_PROBLEM)))?
        {
            report.problem("overlays", &stale);
        }
    }
    document::as_openapi(root)
}

/// What every operation is compiled with.
pub(super) struct Compiler<'c, 'd> {
    pub(super) document: &'d Document<'d>,
    pub(super) integration: &'c Integration,
    pub(super) base_url: Option<&'c str>,
    pub(super) owned: Owned<'c>,
    pub(super) security: Security<'d>,
    pub(super) pool: Pool<'d>,
    pub(super) report: &'c mut Report,
}

impl<'d> Compiler<'_, 'd> {
    fn tools(
        &mut self,
        progress: &dyn Fn(usize, usize),
    ) -> Result<IndexMap<String, ToolPlan>, CompileError> {
        let operations = Operation::all(self.document, self.report);
        if operations.len() > MAX_OPERATIONS {
            return Err(CompileError::TooLarge(format!(
                "over {MAX_OPERATIONS} operations"
            )));
        }
        self.report.operations = operations.len();
        if operations.is_empty() {
            self.report
                .problem("paths", "the document describes no operation");
        }
        if !self.security.weigh(&operations) && !self.integration.needs_no_auth() {
            let problem = "most operations claim to need no credentials, which is not believed";
            self.report.problem("security", problem);
        }
        let slugs = naming::slugs(&self.integration.unique_key, &operations);
        let mut tools = IndexMap::with_capacity(operations.len());
        progress(0, operations.len());
        for (done, (operation, slug)) in operations.iter().zip(slugs).enumerate() {
            if let Some(plan) = self.plan(operation, &slug)? {
                tools.insert(slug, plan);
            }
            progress(done + 1, operations.len());
        }
        Ok(tools)
    }
}

/// Aliases in upper case; those that mean no tool, or are a tool's own slug, are told and go.
fn settle_aliases(
    integration: &mut Integration,
    tools: &IndexMap<String, ToolPlan>,
    report: &mut Report,
) {
    let aliases = std::mem::take(&mut integration.aliases);
    for (alias, slug) in aliases {
        let (alias, slug) = (alias.to_ascii_uppercase(), slug.to_ascii_uppercase());
        if tools.contains_key(&alias) {
            report.problem("aliases", &format!("{alias} is a tool of its own"));
        } else if tools.contains_key(&slug) {
            integration.aliases.insert(alias, slug);
        } else {
            report.problem("aliases", &format!("{slug} is no tool of the document"));
        }
    }
}

fn mark_unknown(
    integration: &Integration,
    tools: &IndexMap<String, ToolPlan>,
    report: &mut Report,
) {
    for slug in &integration.important {
        if !tools.contains_key(&slug.to_ascii_uppercase()) {
            report.problem("important", &format!("{slug} is no tool of the document"));
        }
    }
}
