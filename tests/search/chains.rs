//! Tasks of several steps over GitHub's operations, their wording fixed before anything was tuned on it.

use composio_catalog::search::SearchIndex;

/// A task, and the operation of each of its steps.
pub const TASKS: [(&str, &[&str]); 15] = [
    (
        "Search issues about login and then comment on the issue that fits",
        &[
            "GITHUB_SEARCH_ISSUES_AND_PULL_REQUESTS",
            "GITHUB_CREATE_AN_ISSUE_COMMENT",
        ],
    ),
    (
        "Create an issue about the broken lamp and add the label bug to the issue",
        &["GITHUB_CREATE_AN_ISSUE", "GITHUB_ADD_LABELS_TO_AN_ISSUE"],
    ),
    (
        "Create a pull request, request reviewers for the pull request, then merge the pull request",
        &[
            "GITHUB_CREATE_A_PULL_REQUEST",
            "GITHUB_REQUEST_REVIEWERS_FOR_A_PULL_REQUEST",
            "GITHUB_MERGE_A_PULL_REQUEST",
        ],
    ),
    (
        "Get the authenticated user. List the repositories of the user. Star the first repository.",
        &[
            "GITHUB_GET_THE_AUTHENTICATED_USER",
            "GITHUB_LIST_REPOSITORIES_FOR_A_USER",
            "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER",
        ],
    ),
    (
        "List the commits since Monday, then create a release",
        &["GITHUB_LIST_COMMITS", "GITHUB_CREATE_A_RELEASE"],
    ),
    (
        "Fork the repository, then open a pull request",
        &["GITHUB_CREATE_A_FORK", "GITHUB_CREATE_A_PULL_REQUEST"],
    ),
    (
        "Create a milestone and update the issue",
        &["GITHUB_CREATE_A_MILESTONE", "GITHUB_UPDATE_AN_ISSUE"],
    ),
    (
        "List the branches and delete the one that is merged",
        &["GITHUB_LIST_BRANCHES", "GITHUB_DELETE_A_REFERENCE"],
    ),
    (
        "Find the open pull requests and list the files of each",
        &[
            "GITHUB_LIST_PULL_REQUESTS",
            "GITHUB_LIST_PULL_REQUESTS_FILES",
        ],
    ),
    (
        "Create a gist, then star the gist",
        &["GITHUB_CREATE_A_GIST", "GITHUB_STAR_A_GIST"],
    ),
    (
        "Add a collaborator to the repository and list its collaborators",
        &[
            "GITHUB_ADD_A_REPOSITORY_COLLABORATOR",
            "GITHUB_LIST_REPOSITORY_COLLABORATORS",
        ],
    ),
    (
        "Get the latest release and download its assets",
        &[
            "GITHUB_GET_THE_LATEST_RELEASE",
            "GITHUB_GET_A_RELEASE_ASSET",
        ],
    ),
    (
        "List workflow runs of the repository, then re-run the failed jobs of the run",
        &[
            "GITHUB_LIST_WORKFLOW_RUNS_FOR_A_REPOSITORY",
            "GITHUB_RE_RUN_FAILED_JOBS_FROM_A_WORKFLOW_RUN",
        ],
    ),
    (
        "Assign the issue to Mira and lock the issue",
        &["GITHUB_ADD_ASSIGNEES_TO_AN_ISSUE", "GITHUB_LOCK_AN_ISSUE"],
    ),
    (
        "Create a repository for an organization, create a repository webhook and list the organization's members",
        &[
            "GITHUB_CREATE_AN_ORGANIZATION_REPOSITORY",
            "GITHUB_CREATE_A_REPOSITORY_WEBHOOK",
            "GITHUB_LIST_ORGANIZATION_MEMBERS",
        ],
    ),
];

/// How well tasks are taken apart, in percent.
#[derive(Debug, Clone, Copy)]
pub struct ChainScore {
    /// Tasks with as many steps as there are.
    pub split: f64,
    /// Steps whose operation is first in the step at its place.
    pub first: f64,
    /// Steps whose operation is among the first five there.
    pub five: f64,
}

pub fn score(index: &SearchIndex, slugs: &[&str]) -> ChainScore {
    let (mut split, mut first, mut five, mut steps) = (0, 0, 0, 0);
    for (task, gold) in TASKS {
        let chain = index.chain(task, &[], 5, |_| true);
        split += usize::from(chain.len() == gold.len());
        for (place, slug) in gold.iter().enumerate() {
            assert!(slugs.contains(slug), "{slug} is no tool");
            steps += 1;
            let hits = chain.get(place).map_or(&[][..], |step| &step.hits);
            let found = hits.iter().position(|hit| slugs[hit.place] == *slug);
            first += usize::from(found == Some(0));
            five += usize::from(found.is_some());
        }
    }
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
    ChainScore {
        split: percent(split, TASKS.len()),
        first: percent(first, steps),
        five: percent(five, steps),
    }
}
