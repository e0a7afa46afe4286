//! Words of the same meaning, as English and software have them.

use std::collections::{HashMap, HashSet};

use super::words::Words;

/// Each line is verbs that people use for one another. What a single app calls a thing does not belong here.
const VERBS: &[&str] = &[
    "create add new make insert register generate build compose open",
    "delete remove erase destroy discard drop clear unset cancel",
    "list get fetch retrieve show view read display see browse find lookup query",
    "search find query lookup look",
    "update edit modify change alter patch set rename replace adjust",
    "send post submit deliver publish dispatch share",
    "start begin launch run trigger execute initiate",
    "stop end halt abort cancel terminate close finish",
    "enable activate allow permit",
    "disable deactivate block forbid suspend",
    "check verify validate test confirm inspect",
    "upload attach import",
    "download export save",
    "copy duplicate clone fork",
    "move transfer migrate relocate",
    "join merge combine",
    "subscribe follow watch monitor track",
    "unsubscribe unfollow unwatch",
    "invite add",
    "assign delegate",
    "reply respond answer comment",
    "convert transform translate change",
    "summarize summary digest shorten",
    "analyze analysis analytics insight statistics metric report",
    "recommend recommendation suggest suggestion advice advise idea",
    "compare comparison versus",
    "buy purchase order shop shopping store",
    "pay payment charge checkout",
];

/// The same of things.
const NOUNS: &[&str] = &[
    "my own authenticated current",
    "book booking reserve reservation",
    "learn study course lesson tutorial education training",
    "plan planner schedule itinerary agenda",
    "repository repo codebase",
    "organization org company team",
    "pull merge",
    "user member account person people profile contact",
    "issue ticket bug task problem",
    "message chat mail email text",
    "mail email inbox",
    "event meeting appointment calendar",
    "document doc file page",
    "folder directory",
    "note memo",
    "image picture photo photograph graphic",
    "video clip movie film",
    "music song audio track sound",
    "picture drawing illustration art artwork",
    "car vehicle auto automobile",
    "flight airline plane airfare",
    "hotel accommodation lodging stay room",
    "restaurant dining food meal eat",
    "recipe cooking dish meal",
    "trip travel journey vacation tour holiday",
    "weather forecast temperature climate",
    "stock share equity market",
    "crypto cryptocurrency bitcoin coin token blockchain",
    "money finance financial fund",
    "price cost rate quote",
    "discount deal coupon promotion sale bargain",
    "product item good merchandise",
    "job career employment work vacancy position hiring",
    "resume cv",
    "house home property estate apartment",
    "law legal lawyer attorney",
    "doctor medical health medicine clinic",
    "exercise workout fitness gym",
    "news headline article story press",
    "paper research academic publication journal scholar",
    "book novel literature",
    "game play quiz puzzle",
    "word vocabulary dictionary",
    "language translation",
    "website site web page url link",
    "domain dns hostname",
    "chart graph diagram plot visualization visualize",
    "math calculation calculate compute calculator",
    "code program script programming software",
    "database sql table",
    "app application plugin tool",
    "key credential secret token",
    "permission role access right",
    "error failure fault",
    "log history activity audit",
    "setting configuration config preference option",
    "branch ref",
    "label tag category",
    "star favorite favourite bookmark",
    "latest recent newest last current",
    "popular trending top best",
    "nearby near local",
    "picture avatar logo icon",
    "customer client lead",
    "invoice bill receipt",
    "gift present",
    "tarot fortune horoscope astrology",
    "podcast show episode",
    "space astronomy planet star",
    "map location place address direction",
    "zip postcode postal",
    "speech voice talk speak",
    "prompt instruction",
    "topic subject theme",
];

/// From a stem to the stems of the same meaning.
#[derive(Debug)]
pub(super) struct Meanings {
    others: HashMap<String, Vec<String>>,
    verbs: HashSet<String>,
}

impl Meanings {
    pub(super) fn new() -> Self {
        let words = Words::new();
        let mut others: HashMap<String, Vec<String>> = HashMap::new();
        for group in VERBS.iter().chain(NOUNS) {
            let stems: Vec<String> = group
                .split(' ')
                .map(|word| words.stem(word).into_owned())
                .collect();
            for stem in &stems {
                let known = others.entry(stem.clone()).or_default();
                for other in &stems {
                    if other != stem && !known.contains(other) {
                        known.push(other.clone());
                    }
                }
            }
        }
        let verbs = VERBS.iter().flat_map(|group| group.split(' '));
        Self {
            others,
            verbs: verbs.map(|verb| words.stem(verb).into_owned()).collect(),
        }
    }

    /// Stems that people use for `stem`.
    pub(super) fn others(&self, stem: &str) -> &[String] {
        self.others.get(stem).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_verb(&self, stem: &str) -> bool {
        self.verbs.contains(stem)
    }
}
