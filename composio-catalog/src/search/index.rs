use std::{fmt, ops::Range};

use composio_core::{Error, ErrorKind, Result};

use super::{
    bytes::{Numbers, items},
    meaning::Meanings,
    words::Words,
};

const MAGIC: [u8; 8] = *b"cmpsrch1";
/// Which words, weights and rules an index was made by. Where it is another, a kept index must be made anew.
pub const EDITION: &str = "1";
/// The magic bytes, a checksum of all that follows it, five lengths and the scale.
const HEAD: usize = 8 + 4 + 5 * 4 + 4;

/// Tools by their texts. It is one row of bytes, in memory as in a file, so that opening it is reading it.
pub struct SearchIndex {
    bytes: Vec<u8>,
    tools: usize,
    terms: usize,
    scale: f32,
    term_ends: Numbers,
    term_text: Range<usize>,
    posting_ends: Numbers,
    postings: [Range<usize>; 3],
    // Each app's slug, and the place of its first tool.
    toolkits: Vec<(String, usize)>,
    pub(super) words: Words,
    pub(super) meanings: Meanings,
}

/// The columns of an index while it is built.
#[derive(Debug)]
pub(super) struct Columns {
    tools: usize,
    terms: usize,
    toolkits: Vec<u8>,
    term_ends: Vec<u8>,
    term_text: Vec<u8>,
    posting_ends: Vec<u8>,
    posting_tools: Vec<u8>,
    posting_scores: Vec<f32>,
    posting_fields: Vec<u8>,
}

/// One term's tools, in their order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Postings<'i> {
    tools: &'i [u8],
    scores: &'i [u8],
    fields: &'i [u8],
    scale: f32,
}

impl SearchIndex {
    /// Reads what [`SearchIndex::as_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if the bytes are damaged, cut short, or another version's: build the index again.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        Self::read(bytes).ok_or_else(|| {
            let message = "the search index is damaged, or was written by another version";
            Error::new(ErrorKind::Internal, message)
        })
    }

    /// The index as it is kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many tools it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tools
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools == 0
    }

    /// The apps in their order, each with the places of its tools.
    pub fn toolkits(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let ends = self.toolkits.iter().skip(1).map(|(_, start)| *start);
        let ends = ends.chain([self.tools]);
        let toolkits = self.toolkits.iter().zip(ends);
        toolkits.map(|((slug, start), end)| (slug.as_str(), *start..end))
    }

    /// The app of the tool at `place`, and the place of that app's first tool.
    #[must_use]
    pub fn toolkit_of(&self, place: usize) -> Option<(&str, usize)> {
        let after = self.toolkits.partition_point(|(_, start)| *start <= place);
        let (slug, start) = self.toolkits.get(after.checked_sub(1)?)?;
        (place < self.tools).then_some((slug.as_str(), *start))
    }

    fn read(bytes: Vec<u8>) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (checksum, rest) = rest.split_first_chunk::<4>()?;
        if *magic != MAGIC || crc32fast::hash(rest) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let number = |place: usize| Numbers::new(12..HEAD).get(&bytes, place);
        let length = |place: usize| Some(number(place)? as usize);
        let (tools, terms) = (length(0)?, length(1)?);
        let (postings, text, toolkits) = (length(2)?, length(3)?, length(4)?);
        let scale = f32::from_bits(number(5)?);
        let mut end = HEAD;
        let mut section = |items: usize, size: usize| {
            let start = end;
            end = start.checked_add(items.checked_mul(size)?)?;
            (end <= bytes.len()).then_some(start..end)
        };
        let toolkits = section(toolkits, 1)?;
        let term_ends = Numbers::new(section(terms, 4)?);
        let posting_ends = Numbers::new(section(terms, 4)?);
        let term_text = section(text, 1)?;
        let postings = [
            section(postings, 4)?,
            section(postings, 2)?,
            section(postings, 1)?,
        ];
        let toolkits = read_toolkits(bytes.get(toolkits)?)?;
        (end == bytes.len() && scale.is_finite()).then_some(())?;
        Some(Self {
            bytes,
            tools,
            terms,
            scale,
            term_ends,
            term_text,
            posting_ends,
            postings,
            toolkits,
            words: Words::new(),
            meanings: Meanings::new(),
        })
    }

    /// The place of `term` among the terms, or the place it would have.
    pub(super) fn find(&self, term: &str) -> std::result::Result<usize, usize> {
        let (mut low, mut high) = (0, self.terms);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.term(middle).cmp(term.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    /// The terms that begin with `prefix`, by their places.
    pub(super) fn beginning_with(&self, prefix: &str) -> impl Iterator<Item = (usize, &str)> {
        let (Ok(start) | Err(start)) = self.find(prefix);
        (start..self.terms)
            .map(|place| (place, self.term_text(place)))
            .take_while(move |(_, term)| term.starts_with(prefix))
    }

    pub(super) fn postings(&self, term: usize) -> Postings<'_> {
        let range = self.posting_ends.span(&self.bytes, term);
        let range = range.unwrap_or_default();
        let [tools, scores, fields] = &self.postings;
        Postings {
            tools: items(&self.bytes, tools, &range, 4),
            scores: items(&self.bytes, scores, &range, 2),
            fields: items(&self.bytes, fields, &range, 1),
            scale: self.scale,
        }
    }

    pub(super) fn term_text(&self, place: usize) -> &str {
        str::from_utf8(self.term(place)).unwrap_or_default()
    }

    fn term(&self, place: usize) -> &[u8] {
        let range = self.term_ends.span(&self.bytes, place);
        items(&self.bytes, &self.term_text, &range.unwrap_or_default(), 1)
    }
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchIndex")
            .field("tools", &self.tools)
            .field("terms", &self.terms)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl<'i> Postings<'i> {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The tool and its score, one after the other.
    pub(super) fn scores(&self) -> impl Iterator<Item = (usize, f32)> + use<'i> {
        let scale = self.scale;
        let (tools, _) = self.tools.as_chunks::<4>();
        let (scores, _) = self.scores.as_chunks::<2>();
        tools.iter().zip(scores).map(move |(tool, score)| {
            let score = f32::from(u16::from_le_bytes(*score)) * scale;
            (u32::from_le_bytes(*tool) as usize, score)
        })
    }

    /// The same for the tools of `places` alone.
    pub(super) fn within(mut self, places: &Range<usize>) -> Self {
        let (tools, _) = self.tools.as_chunks::<4>();
        let place = |tool: &[u8; 4]| u32::from_le_bytes(*tool) as usize;
        let start = tools.partition_point(|tool| place(tool) < places.start);
        let end = tools.partition_point(|tool| place(tool) < places.end);
        self.tools = self.tools.get(start * 4..end * 4).unwrap_or_default();
        self.scores = self.scores.get(start * 2..end * 2).unwrap_or_default();
        self.fields = self.fields.get(start..end).unwrap_or_default();
        self
    }

    /// The fields of `tool` that have the term; `None` if it has it nowhere.
    pub(super) fn fields(&self, tool: usize) -> Option<u8> {
        let one = self.within(&(tool..tool + 1));
        one.fields.first().copied()
    }
}

impl Columns {
    pub(super) fn new(tools: usize, toolkits: &[(String, u32)]) -> Self {
        let mut columns = Self {
            tools,
            terms: 0,
            toolkits: Vec::new(),
            term_ends: Vec::new(),
            term_text: Vec::new(),
            posting_ends: Vec::new(),
            posting_tools: Vec::new(),
            posting_scores: Vec::new(),
            posting_fields: Vec::new(),
        };
        for (slug, start) in toolkits {
            columns.toolkits.extend(start.to_le_bytes());
            columns.toolkits.extend(number(slug.len()));
            columns.toolkits.extend(slug.as_bytes());
        }
        columns
    }

    /// Adds a term, which comes after those before it, with the tools that have it in their order.
    pub(super) fn push(&mut self, term: &str, tools: impl Iterator<Item = (u32, f32, u8)>) {
        self.terms += 1;
        self.term_text.extend(term.as_bytes());
        self.term_ends.extend(number(self.term_text.len()));
        for (tool, score, fields) in tools {
            self.posting_tools.extend(tool.to_le_bytes());
            self.posting_scores.push(score);
            self.posting_fields.push(fields);
        }
        self.posting_ends.extend(number(self.posting_fields.len()));
    }

    /// The index over these columns.
    pub(super) fn finish(self) -> Option<SearchIndex> {
        let highest = self.posting_scores.iter().copied().fold(0.0, f32::max);
        let scale = highest.max(f32::MIN_POSITIVE) / f32::from(u16::MAX);
        let mut body = Vec::new();
        for length in [
            self.tools,
            self.terms,
            self.posting_fields.len(),
            self.term_text.len(),
            self.toolkits.len(),
        ] {
            body.extend(number(length));
        }
        body.extend(scale.to_bits().to_le_bytes());
        body.extend(self.toolkits);
        body.extend(self.term_ends);
        body.extend(self.posting_ends);
        body.extend(self.term_text);
        body.extend(self.posting_tools);
        for score in self.posting_scores {
            // A conversion of floats saturates, and every score is at most the highest.
            body.extend(((score / scale).round() as u16).max(1).to_le_bytes());
        }
        body.extend(self.posting_fields);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        SearchIndex::read(bytes)
    }
}

fn number(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

fn read_toolkits(mut bytes: &[u8]) -> Option<Vec<(String, usize)>> {
    let mut toolkits = Vec::new();
    while !bytes.is_empty() {
        let (start, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (slug, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let slug = str::from_utf8(slug).ok()?.to_owned();
        toolkits.push((slug, u32::from_le_bytes(*start) as usize));
        bytes = rest;
    }
    Some(toolkits)
}
