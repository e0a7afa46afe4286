/// Where in a tool's texts a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SearchField {
    /// The tool's name and slug.
    Name,
    /// The app's name and slug.
    Toolkit,
    /// The path of the operation.
    Path,
    /// The groups that the vendor files the operation under.
    Tags,
    /// The description.
    Description,
    /// The names of the arguments.
    Arguments,
}

impl SearchField {
    /// Its name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Toolkit => "toolkit",
            Self::Path => "path",
            Self::Tags => "tags",
            Self::Description => "description",
            Self::Arguments => "arguments",
        }
    }
}

/// How a field counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub(super) field: SearchField,
    /// How much one occurrence is worth.
    pub(super) worth: f32,
    /// How much a long field takes away: none at 0, in proportion to its length at 1 (the `b` of BM25).
    pub(super) length: f32,
}

pub(super) const COUNT: usize = 6;

/// The bit beside those of the fields that says that one of them has the word more than once.
pub(super) const REPEATED: u8 = 1 << COUNT;

/// By the place of each field. Chosen on the sets that `cargo xtask search-eval` names as those for choosing.
pub(super) const WEIGHTS: [Weight; COUNT] = [
    weight(SearchField::Name, 3.0),
    weight(SearchField::Toolkit, 1.0),
    weight(SearchField::Path, 1.0),
    weight(SearchField::Tags, 1.0),
    weight(SearchField::Description, 0.5),
    weight(SearchField::Arguments, 0.3),
];

/// How soon more occurrences stop to matter (the `k1` of BM25).
pub(super) const SATURATION: f32 = 1.2;

/// What it is worth that a tool's whole name is said; a part of the name counts by how much that part tells.
pub(super) const NAMED: f32 = 4.0;

const fn weight(field: SearchField, worth: f32) -> Weight {
    Weight {
        field,
        worth,
        length: 0.75,
    }
}

/// The fields whose bits are set.
pub(super) fn fields_of(bits: u8) -> Vec<SearchField> {
    WEIGHTS
        .iter()
        .enumerate()
        .filter(|(place, _)| bits & (1 << place) != 0)
        .map(|(_, weight)| weight.field)
        .collect()
}
