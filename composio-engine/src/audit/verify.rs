use std::collections::HashMap;

use composio_core::Result;

use super::{entry::Line, service::Audit};
use crate::{
    hex::hex,
    operator::{AuditProblem, AuditReport},
    store::{AuditEnd, AuditHead, AuditPart},
};

/// Parts that are read at once.
const PARTS: i64 = 50;
/// Problems that are told; one is enough to know.
const MOST: usize = 50;
/// How often the log may be shortened while it is read.
const ATTEMPTS: usize = 3;

/// What has been seen of the chain so far.
struct Walk<'a> {
    audit: &'a Audit,
    next: i64,
    entry: i64,
    before: Vec<u8>,
    /// The newest number of each journal.
    journals: HashMap<String, i64>,
    /// Whether the log begins where it began.
    is_all: bool,
    entries: u64,
    problems: Vec<AuditProblem>,
}

impl Audit {
    /// Reads the whole log and says what is not as it was written. `noted` is an end of it that somebody has kept.
    pub(crate) async fn verify(&self, noted: Option<&str>) -> Result<AuditReport> {
        self.take_leftovers().await?;
        self.flush().await?;
        let mut report = AuditReport::default();
        for _ in 0..ATTEMPTS {
            let end = self.store.audit_end().await?;
            report = self.walk(&end, noted).await?;
            let now = self.store.audit_end().await?;
            let begin = |end: &AuditEnd| end.head.as_ref().map(|head| head.first);
            if report.is_sound || begin(&end) == begin(&now) {
                break;
            }
        }
        Ok(report)
    }

    async fn walk(&self, end: &AuditEnd, noted: Option<&str>) -> Result<AuditReport> {
        let Some(head) = &end.head else {
            let is_sound = end.newest == 0 && noted.is_none();
            let missing = (!is_sound).then(|| problem(None, "the log has no end"));
            return Ok(AuditReport {
                is_sound,
                problems: missing.into_iter().collect(),
                ..AuditReport::default()
            });
        };
        let noted = noted.map(|text| text.split_once(':').unwrap_or((text, "")));
        let mut walk = Walk::new(self, head);
        walk.check_end(end);
        let mut found = false;
        while walk.next <= head.last {
            let parts = self.store.audit_parts(walk.next, PARTS).await?;
            let parts = parts.into_iter().filter(|part| part.part <= head.last);
            let before = walk.next;
            for part in parts {
                found |= noted.is_some_and(|(number, code)| {
                    number == (part.first + part.count - 1).to_string() && code == hex(&part.code)
                });
                walk.step(&part);
            }
            if walk.next == before {
                break;
            }
        }
        if walk.next <= head.last || walk.before != head.code || walk.entry != head.entries + 1 {
            walk.note(None, "entries are missing at the end");
        }
        if let Some((number, _)) = noted
            && !found
        {
            walk.note(
                None,
                &format!("the log is not the one that ended at {number}"),
            );
        }
        Ok(walk.report(head))
    }
}

impl<'a> Walk<'a> {
    fn new(audit: &'a Audit, head: &AuditHead) -> Self {
        Self {
            audit,
            next: head.first,
            // The first part says where it begins; the end says how many there are in all.
            entry: i64::from(head.first == 1),
            before: head.base.clone(),
            journals: HashMap::new(),
            is_all: head.first == 1,
            entries: 0,
            problems: Vec::new(),
        }
    }

    fn check_end(&mut self, end: &AuditEnd) {
        if !self.audit.is_whole(end) {
            self.note(None, "the end of the log was changed");
        }
        if end.oldest != 0 && end.oldest < self.next {
            self.note(None, "there are entries before the beginning");
        }
    }

    fn step(&mut self, part: &AuditPart) {
        if part.part != self.next {
            let missing = format!("{} parts of the log are missing", part.part - self.next);
            self.note(Some(part.first), &missing);
        }
        if self.entry != 0 && part.first != self.entry {
            self.note(Some(part.first), "entries are missing before this one");
        }
        if part.code != self.audit.chain.part(part, &self.before) {
            let last = part.first + part.count - 1;
            let changed = format!("one of the entries to {last} was changed, or of those before");
            self.note(Some(part.first), &changed);
        }
        let lines = part.entries.lines();
        for (number, line) in (part.first..).zip(lines) {
            self.line(number, line);
        }
        self.next = part.part + 1;
        self.entry = part.first + part.count;
        self.before.clone_from(&part.code);
    }

    fn line(&mut self, number: i64, line: &str) {
        self.entries += 1;
        let Ok(line) = serde_json::from_str::<Line<'_>>(line) else {
            return self.note(Some(number), "the entry is not legible");
        };
        if let Some(note) = &line.note {
            self.note(Some(number), &note.0);
        }
        // What the log says of itself is no process's.
        if line.journal.0.is_empty() {
            return;
        }
        let known = self.journals.get(&*line.journal.0).copied();
        let follows = match known {
            Some(known) => known + 1 == line.number,
            None => line.number == 1 || !self.is_all,
        };
        if !follows {
            let journal = &line.journal.0;
            let gap = format!("entries of the process {journal} are missing or out of order");
            self.note(Some(number), &gap);
        }
        self.journals
            .insert(line.journal.0.into_owned(), line.number);
    }

    fn note(&mut self, entry: Option<i64>, what: &str) {
        if self.problems.len() < MOST {
            self.problems.push(problem(entry, what));
        }
    }

    fn report(self, head: &AuditHead) -> AuditReport {
        let ever = u64::try_from(head.entries).unwrap_or_default();
        AuditReport {
            is_sound: self.problems.is_empty(),
            entries: self.entries,
            removed: ever.saturating_sub(self.entries),
            head: Some(format!("{}:{}", head.entries, hex(&head.code))),
            problems: self.problems,
        }
    }
}

fn problem(entry: Option<i64>, what: &str) -> AuditProblem {
    AuditProblem {
        entry,
        what: what.to_owned(),
    }
}
