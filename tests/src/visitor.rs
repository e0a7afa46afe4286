//! A person's browser, as far as redirects and cookies go.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// The most redirects of one visit.
const REDIRECTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser without pages: it keeps cookies, and follows redirects while they lead to this machine.
#[derive(Debug, Default)]
pub struct Visitor {
    cookies: BTreeMap<(String, String), String>,
}

/// Where a visit ended.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The address, of which nothing was asked if it is not on this machine.
    pub url: String,
    /// 0 if nothing was asked.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
}

impl Page {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Visitor {
    /// A browser that has been nowhere.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes to `url` and on to wherever that leads.
    ///
    /// # Panics
    ///
    /// If nobody answers, or if redirects do not end.
    #[must_use]
    pub fn open(&mut self, url: &str) -> Page {
        let mut url = url.to_owned();
        for _ in 0..REDIRECTS {
            if !url.starts_with("http://127.0.0.1:") {
                return Page {
                    url,
                    ..Page::default()
                };
            }
            let page = self.get(&url);
            let target = match (page.status, page.header("location")) {
                (301..=303 | 307 | 308, Some(location)) => absolute(&url, location),
                _ => return page,
            };
            url = target;
        }
        panic!("redirects do not end: {url}");
    }

    /// Asks for one page.
    ///
    /// # Panics
    ///
    /// If nobody answers.
    pub fn get(&mut self, url: &str) -> Page {
        let rest = url.strip_prefix("http://").expect("a plain address");
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let own = self
            .cookies
            .iter()
            .filter(|((origin, _), _)| origin == host);
        let cookies: Vec<String> = own
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let request = format!(
            "GET /{path} HTTP/1.0\r\nhost: {host}\r\naccept: text/html, */*\r\ncookie: {cookies}\r\n\r\n",
            path = path
                .trim_start_matches('/')
                .split('#')
                .next()
                .unwrap_or_default(),
            cookies = cookies.join("; ")
        );
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let page = page(url, &String::from_utf8_lossy(&answer));
        let set = page.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, cookie) in set {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                let key = (host.to_owned(), name.trim().to_owned());
                self.cookies.insert(key, value.to_owned());
            }
        }
        page
    }
}

fn page(url: &str, answer: &str) -> Page {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Page {
        url: url.to_owned(),
        status: status.unwrap_or(0),
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

fn absolute(from: &str, location: &str) -> String {
    if !location.starts_with('/') {
        return location.to_owned();
    }
    let rest = from.strip_prefix("http://").unwrap_or(from);
    let host = rest.split('/').next().unwrap_or_default();
    format!("http://{host}{location}")
}
