//! Headless Chromium, driven as the WebDriver standard has it (W3C WebDriver, sections 6 to 12).

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use composio_tests::{
    parts::Missing,
    peer::{free_port, program},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);
/// What an element is called on the wire.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One person's browser. It and its driver are stopped when this is dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// What it keeps on disk.
    profile: TempDir,
}

impl Browser {
    /// A browser that has been nowhere; one without scripts stands for people who allow none.
    pub(crate) fn open(runs_scripts: bool) -> Result<Self, Missing> {
        let (driver, chromium) = (
            program("chromedriver", "chromium-driver")?,
            program("chromium", "chromium")?,
        );
        let port = free_port();
        let driver = Command::new(driver)
            .arg(format!("--port={port}"))
            // Everything that it starts can be ended with it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            profile: tempfile::tempdir()?,
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "chromedriver did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        let scripts = if runs_scripts { 1 } else { 2 };
        let options = json!({
            "binary": chromium,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-crash-reporter", "--disable-breakpad",
                format!("--user-data-dir={}", browser.profile.path().display()), "--disable-component-update", "--no-first-run"],
            "prefs": {"profile.managed_default_content_settings.javascript": scripts},
        });
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"}, "goog:chromeOptions": options}}});
        let made = browser.ask("POST", "/session", &wanted);
        browser.session = made["sessionId"].as_str().expect("a session").to_owned();
        Ok(browser)
    }

    pub(crate) fn go(&self, url: &str) {
        self.command("POST", "/url", &json!({"url": url}));
    }

    pub(crate) fn url(&self) -> String {
        text(&self.command("GET", "/url", &Value::Null))
    }

    pub(crate) fn source(&self) -> String {
        text(&self.command("GET", "/source", &Value::Null))
    }

    /// What stands in the heading.
    pub(crate) fn heading(&self) -> String {
        let element = self.find("h1");
        text(&self.command("GET", &format!("/element/{element}/text"), &Value::Null))
    }

    pub(crate) fn fill(&self, selector: &str, value: &str) {
        let element = self.find(selector);
        self.command(
            "POST",
            &format!("/element/{element}/value"),
            &json!({"text": value}),
        );
    }

    /// Clicks as soon as that is possible: a page may be about to leave, or something may lie over it.
    pub(crate) fn click(&self, selector: &str) {
        self.until(selector, |browser| {
            let element = browser.find(selector);
            let path = format!("/element/{element}/click");
            browser.command("POST", &path, &json!({})).is_null()
        });
    }

    pub(crate) fn attribute(&self, selector: &str, name: &str) -> String {
        let element = self.find(selector);
        text(&self.command(
            "GET",
            &format!("/element/{element}/attribute/{name}"),
            &Value::Null,
        ))
    }

    /// What of a page the browser did not let in, by the page's own policy.
    pub(crate) fn violations(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().cloned().unwrap_or_default();
        let messages = entries.iter().map(|entry| text(&entry["message"]));
        messages
            .filter(|message| message.contains("Content Security Policy"))
            .collect()
    }

    /// Waits until what is shown is as it should be.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(
                begun.elapsed() < PATIENCE,
                "waited for {what}, and found {} {}",
                self.url(),
                self.source()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn has(&self, selector: &str) -> bool {
        let asked = json!({"using": "css selector", "value": selector});
        let found = self.command("POST", "/elements", &asked);
        found.as_array().is_some_and(|found| !found.is_empty())
    }

    fn find(&self, selector: &str) -> String {
        self.until(selector, |browser| browser.has(selector));
        let asked = json!({"using": "css selector", "value": selector});
        text(&self.command("POST", "/element", &asked)[ELEMENT])
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask(method, &format!("/session/{}{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body)
            .expect("the driver answers")
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let body = if method == "GET" {
            String::new()
        } else {
            body.to_string()
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        // The driver keeps the connection whatever it is asked, so the length says where the answer ends.
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(io::Error::other)?;
                }
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        let mut answer: Value = serde_json::from_slice(&body)?;
        Ok(answer["value"].take())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind: the session is ended, and what is left goes at once.
        if !self.session.is_empty() {
            let path = format!("/session/{}", self.session);
            let _ = self.try_ask("DELETE", &path, &Value::Null);
        }
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
