use super::super::{EDITION, Hit, SearchBuilder, SearchField, SearchIndex, SearchText};

const TOOLS: [(&str, &str, &str); 9] = [
    (
        "github",
        "List events",
        "Lists events, among them that somebody starred a repository.",
    ),
    ("github", "Star a repository", "Adds a star."),
    ("github", "Delete an issue", "Deletes an issue for good."),
    (
        "github",
        "Create an issue",
        "Opens an issue in a repository.",
    ),
    ("github", "Create a pull request", "Proposes changes."),
    ("gmail", "sendEmail", "Sends a mail."),
    ("gmail", "List messages", "Lists what is in the mailbox."),
    ("trello", "Create a card", "Puts a card on a board."),
    ("trello", "Archive a card", "Takes a card off its board."),
];

fn index() -> SearchIndex {
    let mut builder = SearchBuilder::new();
    let mut before = "";
    for (toolkit, name, description) in TOOLS {
        if toolkit != before {
            builder.toolkit(toolkit);
            before = toolkit;
        }
        builder.add(&SearchText {
            name,
            toolkit,
            description,
            ..SearchText::default()
        });
    }
    builder.build().unwrap()
}

/// Whoever changes what an index is made by gives it another edition, or engines go on with the one they keep.
#[test]
fn an_index_of_the_same_tools_is_the_same_within_an_edition() {
    let made = crc32fast::hash(index().as_bytes());
    assert_eq!((EDITION, made), ("2", 331_089_805));
}

#[test]
fn every_place_is_of_the_app_it_was_added_to() {
    let index = index();
    for (place, (toolkit, ..)) in TOOLS.iter().enumerate() {
        assert_eq!(index.toolkit_of(place).unwrap().0, *toolkit);
    }
    assert_eq!(index.toolkit_of(6).unwrap().1, 5);
    assert_eq!(index.toolkit_of(TOOLS.len()), None);
}

fn names(hits: &[Hit]) -> Vec<&'static str> {
    hits.iter().map(|hit| TOOLS[hit.place].1).collect()
}

fn found(text: &str) -> Vec<&'static str> {
    names(&index().search(text, &[], 3, |_| true))
}

#[test]
fn the_tool_whose_name_says_it_comes_before_the_one_that_mentions_it() {
    let found = found("please star the repository rust-lang/rust");
    assert_eq!(found[..2], ["Star a repository", "List events"]);
}

#[test]
fn forms_of_a_word_humps_and_words_of_the_same_meaning_are_met() {
    assert_eq!(found("starring repositories")[0], "Star a repository");
    assert_eq!(found("send an e-mail")[0], "sendEmail");
    assert_eq!(found("make a new ticket")[0], "Create an issue");
    assert_eq!(found("erase the issue")[0], "Delete an issue");
}

#[test]
fn slips_of_the_keys_and_beginnings_are_met_and_strangers_are_not() {
    assert_eq!(found("delete an isssue")[0], "Delete an issue");
    assert_eq!(found("archvie card")[0], "Archive a card");
    assert_eq!(found("emai")[0], "sendEmail");
    for text in ["zebra", "", "§§", "\u{202e}", "the"] {
        assert!(found(text).is_empty(), "{text}");
    }
}

#[test]
fn an_app_that_is_named_comes_first_and_one_that_is_asked_for_comes_alone() {
    assert_eq!(found("create a github card")[0], "Create a card");
    assert_eq!(found("list github")[0], "List events");
    let index = index();
    let hits = index.search("create", &["TRELLO"], 5, |_| true);
    assert_eq!(names(&hits), ["Create a card"]);
    assert!(index.search("create", &["jira"], 5, |_| true).is_empty());
}

#[test]
fn what_is_not_accepted_makes_room_for_what_is() {
    let hits = index().search("create", &[], 2, |place| TOOLS[place].0 == "trello");
    assert_eq!(names(&hits)[0], "Create a card");
}

#[test]
fn a_hit_says_why() {
    let hits = index().search("erase the isssue", &[], 1, |_| true);
    let told: Vec<(&str, &str, &[SearchField])> = hits[0]
        .matches
        .iter()
        .map(|one| (one.word.as_str(), one.term.as_str(), one.fields.as_slice()))
        .collect();
    let both = [SearchField::Name, SearchField::Description].as_slice();
    assert_eq!(told, [("erase", "delet", both), ("isssue", "issu", both)]);
}

#[test]
fn a_task_is_taken_apart_where_a_verb_follows() {
    let index = index();
    let task = "Find the messages of Ada and Bob, then create an issue from them; star the repository and delete it.";
    let steps = index.chain(task, &[], 2, |_| true);
    let texts: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Find the messages of Ada and Bob,",
            "create an issue from them;",
            "star the repository",
            "delete it."
        ]
    );
    let firsts: Vec<&str> = steps
        .iter()
        .map(|step| TOOLS[step.hits[0].place].1)
        .collect();
    assert_eq!(
        firsts[..3],
        ["List messages", "Create an issue", "Star a repository"]
    );
}

#[test]
fn an_index_is_read_as_it_was_written_and_damage_is_noticed() {
    let built = index();
    let bytes = built.as_bytes().to_vec();
    let read = SearchIndex::from_bytes(bytes.clone()).unwrap();
    let ask = |index: &SearchIndex| index.search("create an issue", &[], 5, |_| true);
    assert_eq!(ask(&read), ask(&built));
    let toolkits: Vec<(&str, usize)> = read
        .toolkits()
        .map(|(slug, range)| (slug, range.len()))
        .collect();
    assert_eq!(toolkits, [("github", 5), ("gmail", 2), ("trello", 2)]);
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x20;
        assert!(SearchIndex::from_bytes(damaged).is_err(), "byte {place}");
        assert!(SearchIndex::from_bytes(bytes[..place].to_vec()).is_err());
    }
}

#[test]
fn what_comes_from_outside_may_be_anything() {
    let mut builder = SearchBuilder::new();
    let long = "x".repeat(100_000);
    let many = "word ".repeat(100_000);
    builder.add(&SearchText {
        name: &long,
        description: &many,
        ..SearchText::default()
    });
    let index = builder.build().unwrap();
    assert_eq!(index.search(&many, &[], 5, |_| true).len(), 1);
    assert_eq!(index.search(&long, &[], 5, |_| true).len(), 1);
    assert!(index.search("other", &[], usize::MAX, |_| true).is_empty());
    assert!(index.search("word", &[], 0, |_| true).is_empty());
    let empty = SearchBuilder::new().build().unwrap();
    assert!(empty.is_empty() && empty.search("word", &[], 5, |_| true).is_empty());
}
