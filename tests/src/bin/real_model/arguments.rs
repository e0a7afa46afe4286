use std::{env, time::Duration};

use composio_core::Secret;

use crate::prompts::PROMPTS;

pub const USAGE: &str = "\
--endpoint URL      an endpoint that speaks OpenAI's protocol, /v1 included
--model NAME        the model's name; `default` if it serves but one
--key-env NAME      the environment variable that holds the key; without it none is sent that means anything
--adapter NAME      only this adapter; may be said several times
--prompts [N]       ask the first N of the 50 prompts too, and count the right calls; all of them by default
--only-prompts      no transcripts
--max-tokens N      the longest answer, 256 by default; 0 leaves it to the model
--timeout SECONDS   the longest run, 300 by default";

/// Where the model is.
pub struct Endpoint {
    pub url: String,
    pub model: String,
    pub key: Secret,
    pub max_tokens: Option<u32>,
}

/// What the operator wants.
pub struct Arguments {
    pub endpoint: Endpoint,
    pub prompts: usize,
    pub skips_transcripts: bool,
    pub timeout: Duration,
    adapters: Vec<String>,
}

impl Arguments {
    /// Whether the adapter is among those named; without names all are.
    pub fn wants(&self, adapter: &str) -> bool {
        self.adapters.is_empty() || self.adapters.iter().any(|name| name == adapter)
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// What is missing or not understood.
    pub fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words.peekable();
        let mut url = None;
        let mut read = Self {
            endpoint: Endpoint {
                url: String::new(),
                model: "default".to_owned(),
                key: Secret::new("none"),
                max_tokens: Some(256),
            },
            prompts: 0,
            skips_transcripts: false,
            timeout: Duration::from_secs(300),
            adapters: Vec::new(),
        };
        while let Some(word) = words.next() {
            if word == "--prompts" {
                let number = words.next_if(|word| !word.starts_with("--"));
                read.prompts = number.map_or(Ok(PROMPTS.len()), |number| parsed(&number))?;
                continue;
            }
            if word == "--only-prompts" {
                read.skips_transcripts = true;
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{word} lacks a value"))?;
            match word.as_str() {
                "--endpoint" => url = Some(value),
                "--model" => read.endpoint.model = value,
                "--key-env" => {
                    let key = env::var(&value).map_err(|_| format!("{value} is not set"))?;
                    read.endpoint.key = Secret::new(key);
                }
                "--adapter" => read.adapters.push(value),
                "--max-tokens" => {
                    let most: u32 = parsed(&value)?;
                    read.endpoint.max_tokens = (most > 0).then_some(most);
                }
                "--timeout" => read.timeout = Duration::from_secs(parsed(&value)?),
                _ => return Err(format!("{word} is not known")),
            }
        }
        read.endpoint.url = url.ok_or("--endpoint is missing")?;
        Ok(read)
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn prompts_are_none_all_or_as_many_as_said() {
        assert_eq!(read("--endpoint u").unwrap().prompts, 0);
        assert_eq!(read("--prompts --endpoint u").unwrap().prompts, 50);
        assert_eq!(read("--prompts 3 --endpoint u").unwrap().prompts, 3);
    }

    #[test]
    fn what_is_missing_or_unknown_is_said() {
        for line in [
            "",
            "--endpoint",
            "--endpoint u --fast x",
            "--endpoint u --timeout soon",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        let read = read("--endpoint u --adapter chat --max-tokens 0").unwrap();
        assert!(read.wants("chat") && !read.wants("rig"));
        assert_eq!(read.endpoint.max_tokens, None);
    }
}
