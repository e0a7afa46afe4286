//! What is probably a mistake in the `tools` section.

use std::collections::HashSet;

use serde_json::Value;

use super::{CuratedStep, CuratedTool, Integration, template};
use crate::Diagnostic;

pub(super) const TOOL_MEMBERS: &[&str] = &[
    "slug",
    "name",
    "description",
    "arguments",
    "tags",
    "scopes",
    "effect",
    "minor",
    "steps",
    "result",
    "output",
];
pub(super) const STEP_MEMBERS: &[&str] = &[
    "id",
    "operation",
    "graphql",
    "variables",
    "server",
    "path",
    "query",
    "headers",
    "body",
    "media_type",
    "file",
    "content",
    "content_type",
    "when",
    "each",
    "pages",
    "select",
    "fails_if",
    "error",
];
pub(super) const PAGES_MEMBERS: &[&str] = &["items", "next", "limit", "most"];

impl Integration {
    /// What is wrong with the `tools` section, tool by tool.
    pub(super) fn check_tools(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut slugs = HashSet::new();
        for (index, tool) in self.tools.iter().enumerate() {
            let place = format!("tools[{index}]");
            if !slugs.insert(tool.slug.as_str()) {
                found.push(Diagnostic::new(&place, "another tool has this slug"));
            }
            for (place, problem) in tool.faults(&place) {
                found.push(Diagnostic::new(&place, &problem));
            }
        }
        found
    }
}

impl CuratedTool {
    /// Each with its place.
    fn faults(&self, place: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for name in self.arguments.keys() {
            if Self::RESERVED.contains(&name.as_str()) {
                let problem = "the name stands for something else in templates";
                found.push((format!("{place}.arguments.{name}"), problem.to_owned()));
            }
        }
        let mut known = Known {
            names: Vec::new(),
            steps: Vec::new(),
        };
        for (index, step) in self.steps.iter().enumerate() {
            let place = format!("{place}.steps[{index}]");
            step.faults(&place, &mut found);
            if known.steps.contains(&step.id()) {
                found.push((format!("{place}.id"), "another step has this id".to_owned()));
            }
            known.names = vec!["arguments", "steps", "more"];
            known.names.extend(step.each.as_ref().map(|_| "item"));
            known.names.extend(step.pages.as_ref().map(|_| "cursor"));
            found.extend(self.unknown(step.request(), &known, &place));
            known.names.push("answer");
            found.extend(self.unknown(step.judgements(), &known, &place));
            known.steps.push(step.id());
        }
        known.names = vec!["arguments", "steps", "more"];
        let result = texts("result", self.result.as_ref());
        found.extend(self.unknown(result, &known, place));
        found
    }

    /// Names in `templates` that stand for nothing.
    fn unknown(
        &self,
        templates: Vec<(String, &str)>,
        known: &Known<'_>,
        place: &str,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (member, text) in templates {
            let place = format!("{place}.{member}");
            let names = match template::placeholders(text) {
                Ok(names) => names,
                Err(problem) => {
                    found.push((place, problem.to_owned()));
                    continue;
                }
            };
            for name in names {
                let is_call = text.contains(&format!("{name}("));
                let is_word = ["not", "true", "false", "none"].contains(&name);
                let is_known = known.names.contains(&name) || self.arguments.contains_key(name);
                if !(is_known || is_call || is_word) {
                    found.push((place.clone(), format!("`{name}` is no argument")));
                }
            }
            for step in steps_of(text) {
                if !known.steps.contains(&step) {
                    found.push((place.clone(), format!("`{step}` is no earlier step")));
                }
            }
        }
        found
    }
}

/// What the templates of a step may use beside the arguments.
struct Known<'k> {
    names: Vec<&'k str>,
    /// The steps before it.
    steps: Vec<&'k str>,
}

impl CuratedStep {
    fn faults(&self, place: &str, found: &mut Vec<(String, String)>) {
        let mut add = |member: &str, problem: &str| {
            found.push((format!("{place}.{member}"), problem.to_owned()));
        };
        if let Some((_, path)) = self.target() {
            for name in self.path.keys() {
                if !path.contains(&format!("{{{name}}}")) {
                    add(&format!("path.{name}"), "is no placeholder of the path");
                }
            }
        }
        if self.graphql.is_none() && self.variables.is_some() {
            add("variables", "belong to a graphql document");
        }
        if self.graphql.is_some() && self.body.is_some() {
            add("body", "is that of the graphql document");
        }
        if self.pages.is_some() && self.select.is_some() {
            add("select", "is not read beside pages");
        }
        if self.content.is_some() && (self.pages.is_some() || self.select.is_some()) {
            add("content", "is read beside neither pages nor select");
        }
        if self.content_type.is_some() && self.content.is_none() {
            add("content_type", "is read only beside content");
        }
        if self.error.is_some() && self.fails_if.is_none() {
            add("error", "is read only beside fails_if");
        }
    }

    /// The templates that make the request, by member.
    fn request(&self) -> Vec<(String, &str)> {
        let mut all = Vec::new();
        for (member, map) in [
            ("path", &self.path),
            ("query", &self.query),
            ("headers", &self.headers),
        ] {
            for (name, value) in map {
                all.extend(texts(&format!("{member}.{name}"), Some(value)));
            }
        }
        all.extend(texts("body", self.body.as_ref()));
        all.extend(texts("variables", self.variables.as_ref()));
        let limit = self.pages.as_ref().and_then(|pages| pages.limit.as_deref());
        for (member, text) in [
            ("file", self.file_template(false)),
            ("when", self.when.as_deref()),
            ("each", self.each.as_deref()),
            ("pages.limit", limit),
        ] {
            all.extend(text.map(|text| (member.to_owned(), text)));
        }
        all
    }

    /// The template of a file's name, if it is one that the answer may be used in, or is not.
    fn file_template(&self, with_answer: bool) -> Option<&str> {
        let is_read = self.content.is_some() == with_answer;
        self.file.as_deref().filter(|_| is_read)
    }

    /// The templates that judge the answer, by member.
    fn judgements(&self) -> Vec<(String, &str)> {
        let pages = self.pages.as_ref();
        let all = [
            ("content", self.content.as_deref()),
            ("content_type", self.content_type.as_deref()),
            ("file", self.file_template(true)),
            ("fails_if", self.fails_if.as_deref()),
            ("error", self.error.as_deref()),
            ("pages.items", pages.map(|pages| pages.items.as_str())),
            ("pages.next", pages.map(|pages| pages.next.as_str())),
        ];
        let given = all.into_iter();
        given
            .filter_map(|(member, text)| Some((member.to_owned(), text?)))
            .chain(texts("select", self.select.as_ref()))
            .collect()
    }
}

/// The texts in `value`, each with its place.
fn texts<'v>(place: &str, value: Option<&'v Value>) -> Vec<(String, &'v str)> {
    match value {
        Some(Value::String(text)) => vec![(place.to_owned(), text)],
        Some(Value::Array(items)) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(at, item)| texts(&format!("{place}[{at}]"), Some(item)))
                .collect()
        }
        Some(Value::Object(members)) => members
            .iter()
            .flat_map(|(name, member)| texts(&format!("{place}.{name}"), Some(member)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The steps that a template names: `a` of `steps.a.items`.
fn steps_of(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices("steps.").filter_map(move |(at, found)| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(|letter| is_name(letter) || letter == '.') {
            return None;
        }
        let rest = text.get(at + found.len()..)?;
        rest.split(|letter| !is_name(letter)).next()
    })
}

#[cfg(test)]
mod tests {
    use crate::Integration;

    fn found(tools: &str) -> Vec<String> {
        let yaml = format!("name: Desk\nunique_key: desk\ndescription: A desk.\ntools:\n{tools}");
        let (_, found) = Integration::lint(yaml.as_bytes()).unwrap();
        found
            .into_iter()
            .map(|one| format!("{}: {}", one.place, one.problem))
            .collect()
    }

    /// A tool of this one step has a finding there that says so.
    fn assert_named(step: &str, place: &str, word: &str) {
        let tools = format!(
            "  - {{slug: DESK_DO, name: Do, arguments: {{words: {{type: string}}}}, steps: [{step}]}}\n"
        );
        let found = found(&tools);
        let is_found = found
            .iter()
            .any(|line| line.starts_with(place) && line.contains(word));
        assert!(is_found, "{step}: {found:?}");
    }

    #[test]
    fn a_sound_tool_has_no_findings() {
        let tools = r#"
  - slug: DESK_FIND
    name: Find
    arguments: {words: {type: string, required: true}, most: {type: integer, default: 10}}
    steps:
      - id: list
        operation: GET /notes/{book}
        path: {book: "{{ arguments.words }}"}
        query: {q: "{{ words | lower }}", page: "{{ cursor }}"}
        pages: {items: "{{ answer.notes }}", next: "{{ answer.next }}", limit: "{{ most }}"}
      - id: each
        operation: GET /notes/{id}
        path: {id: "{{ item.id }}"}
        each: "{{ steps.list }}"
        fails_if: "{{ not answer.ok }}"
        error: "{{ answer.error }}"
      - id: file
        operation: GET /file
        content: "{{ answer.data }}"
        content_type: "{{ answer.kind }}"
        file: "{{ answer.name or words }}"
    result: {notes: "{{ steps.each }}", at: "{{ now() }}"}
"#;
        assert_eq!(found(tools), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_meant_is_named_with_its_place() {
        for (step, place, word) in [
            (
                "{operation: GET /a, query: {q: '{{ wrods }}'}}",
                "tools[0].steps[0].query.q",
                "no argument",
            ),
            (
                "{operation: GET /a, query: {q: '{{ item.id }}'}}",
                "tools[0].steps[0].query.q",
                "item",
            ),
            (
                "{operation: GET /a, query: {q: '{{ words'}}",
                "tools[0].steps[0].query.q",
                "without",
            ),
            (
                "{operation: GET /a, query: {q: '{{ steps.later }}'}}",
                "tools[0].steps[0].query.q",
                "later",
            ),
            (
                "{operation: GET /a, path: {id: '{{ words }}'}}",
                "tools[0].steps[0].path.id",
                "placeholder",
            ),
            (
                "{operation: GET /a, fails_when: '{{ answer }}'}",
                "tools[0].steps[0].fails_when",
                "nothing reads",
            ),
            (
                "{operation: GET /a, variables: {}}",
                "tools[0].steps[0].variables",
                "graphql",
            ),
            (
                "{operation: GET /a, error: '{{ answer.e }}'}",
                "tools[0].steps[0].error",
                "fails_if",
            ),
            ("{operation: FETCH /a}", "tools[0]", "method"),
            ("{operation: GET a}", "tools[0]", "path"),
            ("{operation: 'GET /{id}'}", "tools[0]", "{id}"),
            ("{operation: GET /../a}", "tools[0]", "path"),
            ("{query: {}}", "tools[0]", "operation"),
        ] {
            assert_named(step, place, word);
        }
    }

    #[test]
    fn files_in_answers_are_read_beside_nothing_else() {
        for (step, place, word) in [
            (
                "{operation: GET /a, file: '{{ answer.name }}'}",
                "tools[0].steps[0].file",
                "no argument",
            ),
            (
                "{operation: GET /a, content_type: image/png}",
                "tools[0].steps[0].content_type",
                "content",
            ),
            (
                "{operation: GET /a, content: '{{ answer.data }}', select: '{{ answer }}'}",
                "tools[0].steps[0].content",
                "select",
            ),
        ] {
            assert_named(step, place, word);
        }
    }

    #[test]
    fn a_tool_that_cannot_be_is_named() {
        for (tool, word) in [
            (
                "{slug: OTHER_DO, name: Do, steps: [{operation: GET /a}]}",
                "DESK_",
            ),
            (
                "{slug: DESK_do, name: Do, steps: [{operation: GET /a}]}",
                "upper case",
            ),
            ("{slug: DESK_DO, name: Do}", "no step"),
            (
                "{slug: DESK_DO, name: Do, effect: burn, steps: [{operation: GET /a}]}",
                "effect",
            ),
            (
                "{slug: DESK_DO, name: Do, arguments: {a: text}, steps: [{operation: GET /a}]}",
                "schema",
            ),
            (
                "{slug: DESK_DO, name: Do, arguments: {steps: {}}, steps: [{operation: GET /a}]}",
                "something else",
            ),
            ("{slug: DESK_DO, steps: [{operation: GET /a}]}", "name"),
        ] {
            let found = found(&format!("  - {tool}\n"));
            assert!(
                found.iter().any(|line| line.contains(word)),
                "{tool}: {found:?}"
            );
        }
    }
}
