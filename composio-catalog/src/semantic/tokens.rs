//! A text as the tokens of a BERT: words, and where a word is unknown the longest pieces of it that are not (`WordPiece`).

use std::collections::HashMap;

use composio_core::Result;
use serde::Deserialize;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization as _;

use super::config::fault;

/// Words of more letters are not looked into (the `max_input_chars_per_word` of every BERT).
const LONGEST: usize = 100;
/// Pieces that do not begin a word begin with this.
const WITHIN: &str = "##";

#[derive(Debug)]
pub(super) struct Tokens {
    pieces: HashMap<String, u32>,
    lowers: bool,
    first: u32,
    last: u32,
    unknown: u32,
}

#[derive(Debug, Deserialize)]
struct TokenizerFile {
    model: ModelPart,
    normalizer: Option<NormalizerPart>,
}

#[derive(Debug, Deserialize)]
struct ModelPart {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: HashMap<String, u32>,
}

#[derive(Debug, Deserialize)]
struct NormalizerPart {
    lowercase: Option<bool>,
}

impl Tokens {
    /// Reads `tokenizer.json`, or `vocab.txt`, which has a piece a line. No number is `words` or more.
    pub(super) fn read(text: &[u8], words: usize) -> Result<Self> {
        let is_json = text.trim_ascii_start().starts_with(b"{");
        let (pieces, lowers) = if is_json {
            json(text)?
        } else {
            (lines(text)?, true)
        };
        if pieces.values().any(|number| *number as usize >= words) {
            return Err(fault(
                "the encoder's tokenizer has more words than its config.json says",
            ));
        }
        let special = |name: &str| {
            let known = pieces.get(name).copied();
            known.ok_or_else(|| fault(format!("the encoder's tokenizer lacks `{name}`")))
        };
        Ok(Self {
            first: special("[CLS]")?,
            last: special("[SEP]")?,
            unknown: special("[UNK]")?,
            pieces,
            lowers,
        })
    }

    /// The tokens of `text`, `most` at most, those at both ends included.
    pub(super) fn of(&self, text: &str, most: usize) -> Vec<u32> {
        let mut tokens = vec![self.first];
        let room = most.saturating_sub(1);
        let text = self.normal(text, room);
        for word in words(&text) {
            if tokens.len() >= room {
                break;
            }
            self.word(word, &mut tokens);
        }
        tokens.truncate(room.max(1));
        tokens.push(self.last);
        tokens
    }

    /// Without control characters and accents, and in lower case if the model is of those.
    fn normal(&self, text: &str, tokens: usize) -> String {
        // A token has some letter, so no more of a text can matter.
        let most = (tokens + 1) * (LONGEST + 1);
        let shown = text.chars().take(most).filter_map(|letter| match letter {
            '\0' | char::REPLACEMENT_CHARACTER => None,
            _ if letter.is_whitespace() => Some(' '),
            _ if is_control(letter) => None,
            _ => Some(letter),
        });
        if !self.lowers {
            return shown.collect();
        }
        let bare = shown
            .nfd()
            .filter(|letter| get_general_category(*letter) != GeneralCategory::NonspacingMark);
        bare.flat_map(char::to_lowercase).collect()
    }

    fn word(&self, word: &str, tokens: &mut Vec<u32>) {
        let before = tokens.len();
        let mut rest = word;
        let mut piece = String::new();
        if word.chars().count() > LONGEST {
            tokens.push(self.unknown);
            return;
        }
        while !rest.is_empty() {
            let ends = rest
                .char_indices()
                .map(|(at, letter)| at + letter.len_utf8());
            let ends: Vec<usize> = ends.collect();
            let longest = ends.into_iter().rev().find_map(|end| {
                let (start, after) = rest.split_at_checked(end)?;
                piece.clear();
                piece.push_str(if rest.len() < word.len() { WITHIN } else { "" });
                piece.push_str(start);
                Some((*self.pieces.get(&piece)?, after))
            });
            let Some((token, after)) = longest else {
                tokens.truncate(before);
                tokens.push(self.unknown);
                return;
            };
            tokens.push(token);
            rest = after;
        }
    }
}

fn json(text: &[u8]) -> Result<(HashMap<String, u32>, bool)> {
    let file: TokenizerFile = serde_json::from_slice(text).map_err(|error| {
        fault("the encoder's tokenizer.json is damaged, or not of a BERT").with_source(error)
    })?;
    if file.model.kind.is_some_and(|kind| kind != "WordPiece") {
        return Err(fault(
            "the encoder's tokenizer is not of the kind WordPiece",
        ));
    }
    let lowers = file.normalizer.and_then(|part| part.lowercase);
    Ok((file.model.vocab, lowers.unwrap_or(true)))
}

fn lines(text: &[u8]) -> Result<HashMap<String, u32>> {
    let text = str::from_utf8(text)
        .map_err(|error| fault("the encoder's vocab.txt is no text").with_source(error))?;
    let numbered = text.lines().zip(0_u32..);
    Ok(numbered
        .map(|(line, number)| (line.to_owned(), number))
        .collect())
}

/// Words, punctuation and ideographs, each for itself.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(' ').filter(|run| !run.is_empty());
    runs.flat_map(|run| {
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, letter) in run
            .char_indices()
            .filter(|(_, letter)| stands_alone(*letter))
        {
            let end = at + letter.len_utf8();
            parts.extend(run.get(start..at).filter(|part| !part.is_empty()));
            parts.extend(run.get(at..end));
            start = end;
        }
        parts.extend(run.get(start..).filter(|part| !part.is_empty()));
        parts
    })
}

fn stands_alone(letter: char) -> bool {
    letter.is_ascii_punctuation() || is_punctuation(letter) || is_ideograph(letter)
}

fn is_punctuation(letter: char) -> bool {
    use GeneralCategory as Of;
    !letter.is_ascii()
        && matches!(
            get_general_category(letter),
            Of::ConnectorPunctuation
                | Of::DashPunctuation
                | Of::OpenPunctuation
                | Of::ClosePunctuation
                | Of::InitialPunctuation
                | Of::FinalPunctuation
                | Of::OtherPunctuation
        )
}

fn is_control(letter: char) -> bool {
    use GeneralCategory as Of;
    matches!(
        get_general_category(letter),
        Of::Control | Of::Format | Of::Unassigned | Of::PrivateUse
    )
}

fn is_ideograph(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Tokens;

    const VOCABULARY: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\nissue\nun\n##able\n##believ\nzoe\n.\n東\n“\n";

    fn tokens(text: &str, most: usize) -> Vec<u32> {
        Tokens::read(VOCABULARY.as_bytes(), 100)
            .unwrap()
            .of(text, most)
    }

    #[test]
    fn a_text_is_taken_apart_into_words_and_pieces() {
        assert_eq!(tokens("", 8), [2, 3]);
        assert_eq!(tokens("Issue.\tISSUE", 8), [2, 4, 9, 4, 3]);
        assert_eq!(tokens("unbelievable", 8), [2, 5, 7, 6, 3]);
        assert_eq!(tokens("Zoë 東東“ unknown", 8), [2, 8, 10, 10, 11, 1, 3]);
        assert_eq!(tokens("is\u{200b}sue \0", 8), [2, 4, 3]);
        assert_eq!(tokens(&"issue ".repeat(50), 8), [2, 4, 4, 4, 4, 4, 4, 3]);
        assert_eq!(tokens(&"i".repeat(10_000_000), 8), [2, 1, 3]);
    }

    #[test]
    fn a_vocabulary_that_is_none_is_refused() {
        for (text, why) in [
            (&b"{\"model\": 1}"[..], "tokenizer.json"),
            (b"[CLS]\n[SEP]\n", "[UNK]"),
            (b"\xff\xfe", "vocab.txt"),
            (br#"{"model": {"type": "BPE", "vocab": {}}}"#, "WordPiece"),
        ] {
            let error = Tokens::read(text, 100).unwrap_err();
            assert!(error.message().contains(why), "{error}");
        }
        let error = Tokens::read(VOCABULARY.as_bytes(), 5).unwrap_err();
        assert!(error.message().contains("more words"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_gives_tokens_of_the_vocabulary_between_both_ends(text in ".{0,300}", most in 2_usize..40) {
            let tokens = tokens(&text, most);
            prop_assert!(tokens.len() <= most.max(2));
            prop_assert!(tokens.iter().all(|token| *token < 12));
            prop_assert_eq!((tokens.first(), tokens.last()), (Some(&2), Some(&3)));
        }
    }
}
