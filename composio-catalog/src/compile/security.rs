use std::collections::HashSet;

use super::operation::Operation;
use crate::{
    document::{Document, Node},
    text,
};

const MAX_ALTERNATIVES: usize = 32;
const MAX_SCOPES: usize = 64;
const FEWEST_TO_DOUBT: usize = 10;

/// Which credentials the operations of a document ask for.
#[derive(Debug)]
pub(super) struct Security<'d> {
    /// The schemes whose requirements list OAuth scopes.
    scoped: HashSet<&'d str>,
    /// What the document asks for by default.
    default: Vec<Vec<String>>,
    asks_by_default: bool,
    /// Whether an operation is believed when it says that it needs no credentials.
    believes_waivers: bool,
}

/// What one operation asks for.
#[derive(Debug, Default)]
pub(super) struct Requirement {
    pub(super) scopes: Vec<String>,
    /// Other sets of scopes, each of which is enough.
    pub(super) alternatives: Vec<Vec<String>>,
    /// Whether the operation says itself that it needs no credentials.
    pub(super) is_waived: bool,
}

impl Requirement {
    fn new(sets: Vec<Vec<String>>, is_waived: bool) -> Self {
        let mut sets = sets.into_iter();
        Self {
            scopes: sets.next().unwrap_or_default(),
            alternatives: sets.collect(),
            is_waived,
        }
    }
}

impl<'d> Security<'d> {
    pub(super) fn new(document: &Document<'d>) -> Self {
        let scoped = document
            .section("securitySchemes")
            .filter(|(_, scheme)| {
                let scheme = document.follow(scheme).unwrap_or(scheme);
                matches!(scheme.text_of("type"), Some("oauth2" | "openIdConnect"))
            })
            .map(|(name, _)| name)
            .collect();
        let mut security = Self {
            scoped,
            default: Vec::new(),
            asks_by_default: false,
            believes_waivers: true,
        };
        if let Some(requirements) = document.root.get("security") {
            security.default = security.sets(requirements.items());
            security.asks_by_default = !is_waiver(requirements);
        }
        security
    }

    /// Some generators write `security: []` everywhere, Notion's among them. A document that asks for credentials
    /// and then waives them for most of its operations is not believed.
    pub(super) fn weigh(&mut self, operations: &[Operation<'_>]) -> bool {
        let waived = operations
            .iter()
            .filter(|operation| operation.node.get("security").is_some_and(is_waiver))
            .count();
        self.believes_waivers = !self.asks_by_default
            || operations.len() < FEWEST_TO_DOUBT
            || 2 * waived <= operations.len();
        self.believes_waivers
    }

    /// An operation's own requirements; the document's if it has none.
    pub(super) fn of(&self, operation: &Node<'_>) -> Requirement {
        match operation.get("security") {
            Some(own @ Node::List(requirements)) => {
                let is_waived = self.believes_waivers && is_waiver(own);
                Requirement::new(self.sets(requirements), is_waived)
            }
            _ => Requirement::new(self.default.clone(), false),
        }
    }

    /// The scopes of each alternative that names any, each set once: one alternative is enough (OpenAPI 3.1, section
    /// 4.8.30), and of one everything is needed.
    fn sets(&self, requirements: &[Node<'_>]) -> Vec<Vec<String>> {
        let mut sets: Vec<Vec<String>> = Vec::new();
        for requirement in requirements.iter().take(MAX_ALTERNATIVES) {
            let scopes = self.scopes_of(requirement);
            if !scopes.is_empty() && !sets.contains(&scopes) {
                sets.push(scopes);
            }
        }
        sets
    }

    fn scopes_of(&self, requirement: &Node<'_>) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        let named = requirement
            .entries()
            .iter()
            .take(MAX_ALTERNATIVES)
            .filter(|(name, _)| self.scoped.contains(name.as_ref()))
            .flat_map(|(_, scopes)| scopes.items())
            .filter_map(Node::text)
            .take(MAX_SCOPES);
        for scope in named {
            let scope = text::line(scope, 300);
            if !scope.is_empty() && !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }
}

/// Whether no alternative names a scheme.
fn is_waiver(requirements: &Node<'_>) -> bool {
    matches!(requirements, Node::List(_))
        && requirements
            .items()
            .iter()
            .take(MAX_ALTERNATIVES)
            .all(|requirement| requirement.entries().is_empty())
}
