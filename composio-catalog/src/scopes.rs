//! Which OAuth scopes a tool needs.

use composio_core::models::{ScopeRequirement, ScopeRequirements, ScopeSet};

use crate::ToolPlan;

impl ToolPlan {
    /// The sets of scopes of which one is enough, the document's first one first. None if no scopes are needed.
    pub fn scope_sets(&self) -> impl Iterator<Item = &[String]> {
        let first = Some(self.scopes.as_slice()).filter(|scopes| !scopes.is_empty());
        let others = self.scope_alternatives.iter().map(Vec::as_slice);
        first.into_iter().chain(others)
    }

    /// The scopes that are missing beside those that were `granted`: of the set that lacks fewest. None if a set is
    /// granted whole, or no scopes are needed.
    ///
    /// A vendor may count one scope among another; so this is a reason to look, not to refuse.
    #[must_use]
    pub fn missing_scopes(&self, granted: &[&str]) -> Vec<&str> {
        let missing = |set: &'_ [String]| -> usize {
            set.iter()
                .filter(|scope| !granted.contains(&scope.as_str()))
                .count()
        };
        let nearest = self.scope_sets().min_by_key(|set| missing(set));
        let scopes = nearest.unwrap_or_default().iter().map(String::as_str);
        scopes.filter(|scope| !granted.contains(scope)).collect()
    }

    /// The same as the wire tells it: every scope of one set alone, or any of several sets.
    #[must_use]
    pub fn scope_requirements(&self) -> ScopeRequirements {
        let set = |scopes: &[String]| match scopes {
            [scope] => ScopeSet::Scope(scope.clone()),
            scopes => ScopeSet::all_of(scopes.to_vec()),
        };
        let all_of = if self.scope_alternatives.is_empty() {
            let scopes = self.scopes.iter().cloned();
            scopes.map(ScopeRequirement::Scope).collect()
        } else {
            let sets = self.scope_sets().map(set).collect();
            vec![ScopeRequirement::any_of(sets)]
        };
        ScopeRequirements::new(all_of)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Integration, ToolPlan, compile};

    /// The only tool of a document whose operation asks for `security`.
    fn plan(security: &Value) -> ToolPlan {
        let yaml = "name: Demo\nunique_key: demo\nauth_schemes: [{name: oauth, auth_mode: OAUTH2}]";
        let scheme = |kind: &str| json!({"type": kind, "in": "header", "name": "k", "flows": {}});
        let document = json!({"openapi": "3.1.0", "info": {"title": "d", "version": "1"},
            "paths": {"/notes": {"get": {"summary": "List notes", "security": security,
                "responses": {"200": {"description": "ok"}}}}},
            "components": {"securitySchemes": {
                "user": scheme("oauth2"), "app": scheme("oauth2"), "key": scheme("apiKey")}}});
        let integration = Integration::parse(yaml.as_bytes()).unwrap();
        let compiled = compile(integration, document.to_string().as_bytes(), "1").unwrap();
        compiled.toolkit.tools.get_index(0).unwrap().clone()
    }

    #[test]
    fn alternatives_and_combinations_of_scopes_are_kept_apart() {
        for (security, expected) in [
            (json!([{"user": ["read", "list"]}]), json!(["read", "list"])),
            (
                json!([{"user": ["read", "list"]}, {"key": []}, {"user": ["admin"]}, {"user": ["admin"]}]),
                json!([{"any_of": [{"all_of": ["read", "list"]}, "admin"]}]),
            ),
            (
                json!([{"key": []}, {"user": ["read"], "app": ["read", "tenant"], "key": ["no scope"]}, {"app": ["all"]}]),
                json!([{"any_of": [{"all_of": ["read", "tenant"]}, "all"]}]),
            ),
            (json!([{"key": []}, {"user": []}]), json!([])),
            (json!([]), json!([])),
        ] {
            let told = serde_json::to_value(plan(&security).scope_requirements()).unwrap();
            assert_eq!(told, json!({"all_of": expected}), "{security}");
        }
    }

    #[test]
    fn what_is_missing_is_told_of_the_alternative_that_lacks_fewest() {
        let plan = plan(&json!([{"user": ["read", "list", "own"]}, {"user": ["admin", "read"]}]));
        assert_eq!(plan.missing_scopes(&[]), ["admin", "read"]);
        assert_eq!(plan.missing_scopes(&["list", "read"]), ["own"]);
        assert_eq!(plan.missing_scopes(&["read"]), ["admin"]);
        for granted in [&["admin", "read"][..], &["own", "list", "other", "read"]] {
            assert!(plan.missing_scopes(granted).is_empty());
        }
    }

    #[test]
    fn many_alternatives_are_bounded_and_hostile_scopes_are_cleaned() {
        let many: Vec<Value> = (0..5_000)
            .map(|number| json!({"user": [format!("s\u{202e}{number}")]}))
            .collect();
        let plan = plan(&json!(many));
        assert!(plan.scope_alternatives.len() < 32);
        assert!(
            plan.scope_sets()
                .flatten()
                .all(|scope| !scope.contains('\u{202e}'))
        );
    }
}
