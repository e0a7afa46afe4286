use super::super::property_names::NameRule;

/// What a narrow family accepts.
#[derive(Debug)]
pub(super) struct Rules {
    /// Every property is required, and objects take nothing beyond them.
    pub(super) is_strict: bool,
    /// Types are in upper case, `null` is `nullable`, references are not known, and choices are texts.
    pub(super) is_google: bool,
    pub(super) names: NameRule,
    /// Rules that are kept as they are.
    pub(super) keeps: &'static [&'static str],
    pub(super) text_formats: &'static [&'static str],
    /// How deep and how large what is written may be before it ends in texts.
    pub(super) depth: usize,
    pub(super) nodes: usize,
}

/// OpenAI with `strict: true`.
pub(super) const STRICT: Rules = Rules {
    is_strict: true,
    is_google: false,
    names: NameRule::Portable,
    keeps: &[
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
    ],
    text_formats: &[
        "date-time",
        "time",
        "date",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uuid",
    ],
    depth: 40,
    nodes: 20_000,
};

/// Gemini's `parameters`.
pub(super) const GEMINI: Rules = Rules {
    is_strict: false,
    is_google: true,
    names: NameRule::Identifier,
    keeps: &[
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ],
    text_formats: &["date-time"],
    depth: 16,
    nodes: 5_000,
};
