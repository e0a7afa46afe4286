//! Which tools of a large app to offer first, where neither its integration nor its document says.

use std::{cmp::Reverse, collections::HashMap};

use indexmap::IndexMap;

use crate::{Integration, ToolPlan};

const IMPORTANT: &str = "important";
/// How many are marked, and up to how many tools an app is offered whole.
const MOST: usize = 24;
/// How many of one group come before those of other groups.
const OF_A_GROUP: usize = 4;

/// Marks the tools that most people come for, unless some are marked or there are few.
///
/// A path under which many others lie is what the app is about; of those, the shorter ones, making and listing before
/// reading one, changing and deleting, short names before long ones; the best four of each group before the rest of any.
/// Deprecated tools are left out.
pub(super) fn mark(tools: &mut IndexMap<String, ToolPlan>, integration: &Integration) {
    let names = |slug: &String| integration.tools.iter().any(|tool| tool.slug == *slug);
    let is_marked =
        tools.values().any(|plan| has(plan, IMPORTANT)) || integration.important.iter().any(names);
    if is_marked || tools.len() <= MOST {
        return;
    }
    for slug in ranked(tools) {
        if let Some(plan) = tools.get_mut(&slug) {
            let hints = plan.tags.iter().position(|tag| tag.ends_with("Hint"));
            let place = hints.unwrap_or(plan.tags.len());
            plan.tags.insert(place, IMPORTANT.to_owned());
        }
    }
}

fn ranked(tools: &IndexMap<String, ToolPlan>) -> Vec<String> {
    let mut paths: Vec<&str> = tools.values().map(|plan| plan.path.as_str()).collect();
    paths.sort_unstable();
    let mut candidates: Vec<(Reverse<i64>, &ToolPlan)> = tools
        .values()
        .filter(|plan| !plan.deprecated)
        .map(|plan| (Reverse(score(plan, below(&paths, &plan.path))), plan))
        .collect();
    candidates.sort_by_key(|(score, plan)| (*score, plan.path.len(), plan.slug.as_str()));
    let mut groups: HashMap<&str, usize> = HashMap::new();
    let (mut chosen, rest): (Vec<&ToolPlan>, Vec<&ToolPlan>) =
        candidates.iter().map(|(_, plan)| *plan).partition(|plan| {
            let count = groups.entry(group(plan)).or_default();
            *count += 1;
            *count <= OF_A_GROUP
        });
    chosen.extend(rest);
    let chosen = chosen.into_iter().take(MOST);
    chosen.map(|plan| plan.slug.clone()).collect()
}

/// In thousandths, so that ranks are the same on every machine.
fn score(plan: &ToolPlan, below: usize) -> i64 {
    let segments = plan.path.split('/').filter(|segment| !segment.is_empty());
    let (open, fixed): (Vec<&str>, Vec<&str>) = segments.partition(|one| one.starts_with('{'));
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX / 1_000_000);
    // Each doubling of what lies below counts the same.
    let centre = 700 * i64::from(below.max(1).ilog2());
    let method = match plan.method.as_str() {
        "POST" => 500,
        "GET" => 300,
        "DELETE" => -500,
        _ => 0,
    };
    let words = plan.name.split_whitespace().count();
    centre + method - 500 * count(fixed.len()) - 200 * count(open.len()) - 200 * count(words)
}

/// How many of `paths`, which are sorted, are `path` or lie below it.
fn below(paths: &[&str], path: &str) -> usize {
    let start = paths.partition_point(|other| *other < path);
    let rest = paths.get(start..).unwrap_or_default();
    let within = rest.partition_point(|other| other.starts_with(path));
    let within = rest.get(..within).unwrap_or_default();
    let is_below = |other: &&&str| {
        let rest = other.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within.iter().filter(is_below).count()
}

fn group(plan: &ToolPlan) -> &str {
    let first = plan.tags.first().filter(|tag| !tag.ends_with("Hint"));
    first.map_or_else(
        || {
            plan.path
                .split('/')
                .find(|one| !one.is_empty())
                .unwrap_or("")
        },
        String::as_str,
    )
}

fn has(plan: &ToolPlan, tag: &str) -> bool {
    plan.tags.iter().any(|own| own == tag)
}
