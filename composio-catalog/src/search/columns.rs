//! An index while it is made: which tools have which term, in columns that are its own parts.

use super::{
    SearchIndex,
    fields::{COUNT, NAMED, REPEATED, SATURATION, WEIGHTS},
    index::{HEAD, MAGIC},
};

/// One term in one tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) tool: u32,
    /// The bits of the fields that have it; with [`REPEATED`] if one has it more than once.
    pub(super) fields: u8,
    /// How often each field has it; of those that have it once nothing is said unless one has it more often.
    pub(super) counts: [u8; COUNT],
}

/// Where the tools of an app begin, and what they are of.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) slug: String,
    pub(super) version: String,
    pub(super) place: usize,
}

#[derive(Debug)]
pub(super) struct Columns {
    toolkits: Vec<u8>,
    lengths: Vec<[u16; COUNT]>,
    term_ends: Vec<u32>,
    term_text: Vec<u8>,
    posting_ends: Vec<u32>,
    tools: Vec<u32>,
    fields: Vec<u8>,
    repeats: Vec<u8>,
}

impl Entry {
    pub(super) fn new(tool: u32, counts: [u8; COUNT]) -> Self {
        let mut fields = 0;
        for (place, count) in counts.iter().enumerate() {
            fields |= u8::from(*count > 0) << place;
        }
        if counts.iter().any(|count| *count > 1) {
            fields |= REPEATED;
        }
        Self {
            tool,
            fields,
            counts,
        }
    }

    /// How often each of the fields that have it does, if one does more than once.
    fn repeats(&self) -> impl Iterator<Item = u8> {
        let has_any = self.fields & REPEATED != 0;
        let counts = self.counts.into_iter();
        counts.filter(move |count| has_any && *count > 0)
    }
}

impl Columns {
    pub(super) fn new(lengths: Vec<[u16; COUNT]>, toolkits: &[Start]) -> Self {
        let mut starts = Vec::new();
        for Start {
            slug,
            version,
            place,
        } in toolkits
        {
            starts.extend(number(*place));
            for text in [slug, version] {
                starts.extend(number(text.len()));
                starts.extend(text.as_bytes());
            }
        }
        Self {
            toolkits: starts,
            lengths,
            term_ends: Vec::new(),
            term_text: Vec::new(),
            posting_ends: Vec::new(),
            tools: Vec::new(),
            fields: Vec::new(),
            repeats: Vec::new(),
        }
    }

    /// Adds a term, which comes after those before it, with the tools that have it in their order. One that no tool has
    /// is none.
    pub(super) fn push(&mut self, term: &str, entries: impl Iterator<Item = Entry>) {
        let before = self.tools.len();
        for entry in entries {
            self.tools.push(entry.tool);
            self.fields.push(entry.fields);
            if entry.fields & REPEATED != 0 {
                self.repeats.extend(entry.repeats());
            }
        }
        if self.tools.len() > before {
            self.term_text.extend(term.as_bytes());
            self.term_ends.push(end(self.term_text.len()));
            self.posting_ends.push(end(self.tools.len()));
        }
    }

    /// The index over these columns; none if it would be larger than numbers of four bytes can say.
    pub(super) fn finish(self) -> Option<SearchIndex> {
        let scores = self.scores();
        let highest = scores.iter().copied().fold(0.0, f32::max);
        let scale = highest.max(f32::MIN_POSITIVE) / f32::from(u16::MAX);
        let tools = self.lengths.len();
        let mut bytes = Vec::with_capacity(
            HEAD + self.toolkits.len()
                + tools * 2 * COUNT
                + 8 * self.term_ends.len()
                + self.term_text.len()
                + 7 * self.tools.len()
                + self.repeats.len(),
        );
        bytes.extend(MAGIC);
        bytes.extend([0; 4]);
        for length in [
            tools,
            self.term_ends.len(),
            self.tools.len(),
            self.term_text.len(),
            self.toolkits.len(),
            self.repeats.len(),
        ] {
            bytes.extend(u32::try_from(length).ok()?.to_le_bytes());
        }
        bytes.extend(scale.to_bits().to_le_bytes());
        bytes.extend(self.toolkits);
        bytes.extend(self.term_ends.iter().flat_map(|end| end.to_le_bytes()));
        bytes.extend(self.posting_ends.iter().flat_map(|end| end.to_le_bytes()));
        bytes.extend(self.term_text);
        bytes.extend(self.tools.iter().flat_map(|tool| tool.to_le_bytes()));
        // A conversion of floats saturates, and every score is at most the highest.
        let scores = scores.iter();
        bytes
            .extend(scores.flat_map(|score| ((score / scale).round() as u16).max(1).to_le_bytes()));
        bytes.extend(self.fields);
        let lengths = self.lengths.iter().flatten();
        bytes.extend(lengths.flat_map(|length| length.to_le_bytes()));
        bytes.extend(self.repeats);
        let (head, body) = bytes.split_at_mut_checked(MAGIC.len() + 4)?;
        let checksum = head.last_chunk_mut::<4>()?;
        *checksum = crc32fast::hash(body).to_le_bytes();
        SearchIndex::read(bytes)
    }

    /// What each term in each tool is worth.
    fn scores(&self) -> Vec<f32> {
        let count = self.lengths.len();
        let names = self.names();
        let norms = norms(&self.lengths);
        let mut repeats = self.repeats.iter().copied();
        let mut scores = Vec::with_capacity(self.tools.len());
        for (tools, fields) in self.terms() {
            let rarity = rarity(count, tools.len());
            for (tool, fields) in tools.iter().zip(fields) {
                let norm = norms.get(*tool as usize).unwrap_or(&[0.0; COUNT]);
                let worth = worth(*fields, norm, &mut repeats);
                let mut score = rarity * worth * (SATURATION + 1.0) / (worth + SATURATION);
                if let Some(name) = names.get(*tool as usize)
                    && is_in_name(*fields)
                {
                    score += NAMED * rarity / name;
                }
                scores.push(score);
            }
        }
        scores
    }

    /// How much the words of each tool's name tell together.
    fn names(&self) -> Vec<f32> {
        let count = self.lengths.len();
        let mut sums = vec![0.0; count];
        for (tools, fields) in self.terms() {
            let rarity = rarity(count, tools.len());
            for (tool, _) in tools
                .iter()
                .zip(fields)
                .filter(|(_, fields)| is_in_name(**fields))
            {
                if let Some(sum) = sums.get_mut(*tool as usize) {
                    *sum += rarity;
                }
            }
        }
        sums
    }

    /// Each term's tools and their fields.
    fn terms(&self) -> impl Iterator<Item = (&[u32], &[u8])> {
        let mut before = 0;
        self.posting_ends.iter().map(move |end| {
            let range = before..*end as usize;
            before = range.end;
            let tools = self.tools.get(range.clone()).unwrap_or_default();
            (tools, self.fields.get(range).unwrap_or_default())
        })
    }
}

/// How much a term tells, of which `having` of `count` tools have it (the `idf` of BM25).
fn rarity(count: usize, having: usize) -> f32 {
    let (count, having) = (count as f32, having as f32);
    (1.0 + (count - having + 0.5) / (having + 0.5)).ln()
}

/// What one occurrence in each field of each tool is worth.
fn norms(lengths: &[[u16; COUNT]]) -> Vec<[f32; COUNT]> {
    let averages = averages(lengths);
    let norm = |lengths: &[u16; COUNT]| {
        let mut norm = [0.0; COUNT];
        let fields = lengths.iter().zip(&averages).zip(&WEIGHTS);
        for (norm, ((length, average), weight)) in norm.iter_mut().zip(fields) {
            let relative = f32::from(*length) / average;
            *norm = weight.worth / (1.0 - weight.length + weight.length * relative);
        }
        norm
    };
    lengths.iter().map(norm).collect()
}

fn averages(lengths: &[[u16; COUNT]]) -> [f32; COUNT] {
    let mut sums = [0_u64; COUNT];
    for lengths in lengths {
        for (sum, length) in sums.iter_mut().zip(lengths) {
            *sum += u64::from(*length);
        }
    }
    sums.map(|sum| (sum as f32 / lengths.len().max(1) as f32).max(1.0))
}

fn worth(fields: u8, norm: &[f32; COUNT], repeats: &mut impl Iterator<Item = u8>) -> f32 {
    let mut sum = 0.0;
    for (place, norm) in norm.iter().enumerate() {
        if fields & (1 << place) == 0 {
            continue;
        }
        let count = match fields & REPEATED {
            0 => 1,
            _ => repeats.next().unwrap_or(1),
        };
        sum += f32::from(count) * norm;
    }
    sum
}

fn is_in_name(fields: u8) -> bool {
    fields & 1 != 0
}

// One that is too large is refused by `finish`.
fn end(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn number(length: usize) -> [u8; 4] {
    end(length).to_le_bytes()
}
