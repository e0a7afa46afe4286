use std::{
    collections::{HashMap, VecDeque},
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
};

use http::Response;
use serde::{Deserialize, Serialize};

use super::{
    difference::difference,
    exchange::{Asked, Exchange},
};
use crate::{Body, Error, ErrorKind, Result, disk};

const VERSION: u32 = 1;

/// The first line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    cassette: u32,
}

/// What is replayed.
#[derive(Debug)]
pub(super) struct Tape {
    exchanges: Vec<Exchange>,
    // Which exchanges a request may still be answered by; all of one key were recorded with equal requests.
    waiting: Mutex<HashMap<String, VecDeque<usize>>>,
}

impl Tape {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| failed(path, &error))?;
        let mut lines = text.lines();
        let head: Option<Head> = lines
            .next()
            .and_then(|line| serde_json::from_str(line).ok());
        match head {
            Some(head) if head.cassette == VERSION => {}
            Some(head) => {
                let found = format!("is of version {}, this reads {VERSION}", head.cassette);
                return Err(broken(path, &found));
            }
            None => return Err(broken(path, "does not begin like a cassette")),
        }
        let mut exchanges = Vec::new();
        let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (index, line) in lines.enumerate() {
            let exchange: Exchange = serde_json::from_str(line).map_err(|error| {
                broken(path, &format!("has a broken line {}: {error}", index + 2))
            })?;
            waiting
                .entry(exchange.request.key())
                .or_default()
                .push_back(index);
            exchanges.push(exchange);
        }
        Ok(Self {
            exchanges,
            waiting: Mutex::new(waiting),
        })
    }

    pub(super) fn play(&self, asked: &Asked) -> Result<Response<Body>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let found = waiting.get_mut(&asked.key()).map(VecDeque::pop_front);
        drop(waiting);
        match found {
            Some(Some(index)) => match self.exchanges.get(index) {
                Some(exchange) => exchange.response.answer(),
                None => Err(self.unknown(asked)),
            },
            Some(None) => {
                let times = self
                    .recorded(asked)
                    .filter(|own| own.key() == asked.key())
                    .count();
                let line = asked.line();
                Err(Error::new(
                    ErrorKind::Config,
                    format!("the cassette has {line} {times} times, and it is asked once more"),
                ))
            }
            None => Err(self.unknown(asked)),
        }
    }

    pub(super) fn unplayed(&self) -> Vec<String> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left: Vec<usize> = waiting.values().flatten().copied().collect();
        left.sort_unstable();
        let left = left
            .into_iter()
            .filter_map(|index| self.exchanges.get(index));
        left.map(|exchange| exchange.request.line()).collect()
    }

    fn recorded<'t>(&'t self, asked: &'t Asked) -> impl Iterator<Item = &'t Asked> {
        let recorded = self.exchanges.iter().map(|exchange| &exchange.request);
        recorded.filter(|own| own.method == asked.method && own.path == asked.path)
    }

    fn unknown(&self, asked: &Asked) -> Error {
        let line = asked.line();
        let nearest = self
            .recorded(asked)
            .map(|recorded| difference(recorded, asked))
            .min_by_key(String::len);
        let message = match nearest {
            Some(why) => format!("the cassette has {line} with another body: {why}"),
            None => {
                let mut lines: Vec<String> = self
                    .exchanges
                    .iter()
                    .map(|exchange| exchange.request.line())
                    .collect();
                lines.dedup();
                lines.truncate(8);
                format!(
                    "the cassette has no {line}; it begins with {}",
                    lines.join(", ")
                )
            }
        };
        Error::new(ErrorKind::Config, message)
    }
}

/// What records: a line for each exchange, as it comes.
#[derive(Debug)]
pub(super) struct Recorder(Mutex<File>);

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let create = || {
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                disk::make_folder(folder)?;
            }
            let mut file = File::create(path)?;
            write(&mut file, &Head { cassette: VERSION })?;
            Ok(Self(Mutex::new(file)))
        };
        create().map_err(|error: io::Error| failed(path, &error))
    }

    pub(super) fn keep(&self, exchange: &Exchange) -> Result<()> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut file, exchange).map_err(|error| {
            Error::new(ErrorKind::Config, "the cassette cannot be written").with_source(error)
        })
    }
}

fn write(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}

fn failed(path: &Path, error: &io::Error) -> Error {
    broken(path, &format!("cannot be used: {error}"))
}

fn broken(path: &Path, why: &str) -> Error {
    let message = format!("the cassette {} {why}", path.display());
    Error::new(ErrorKind::Config, message)
}
