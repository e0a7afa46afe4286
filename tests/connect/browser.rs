//! Headless Chromium, driven as the WebDriver standard has it (W3C WebDriver, sections 6 to 12).

use std::{
    env,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use composio_tests::parts::Missing;
use serde_json::{Value, json};

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);
/// What an element is called on the wire.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One person's browser. It and its driver are stopped when this is dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// A browser that has been nowhere; one without scripts stands for people who allow none.
    pub(crate) fn open(runs_scripts: bool) -> Result<Self, Missing> {
        let (driver, chromium) = (program("chromedriver")?, program("chromium")?);
        let port = free_port();
        let driver = Command::new(driver)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
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
                "--disable-background-networking", "--disable-component-update", "--no-first-run"],
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

    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.command("POST", &format!("/element/{element}/click"), &json!({}));
    }

    pub(crate) fn attribute(&self, selector: &str, name: &str) -> String {
        let element = self.find(selector);
        text(&self.command(
            "GET",
            &format!("/element/{element}/attribute/{name}"),
            &Value::Null,
        ))
    }

    /// What the browser complained of.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().cloned().unwrap_or_default();
        let messages = entries.iter().map(|entry| text(&entry["message"]));
        // Browsers ask for an icon that nobody offers.
        messages
            .filter(|message| !message.contains("favicon"))
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
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
        let mut answer: Value = serde_json::from_str(body).expect("an answer in JSON");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session.
        if !self.session.is_empty() && !std::thread::panicking() {
            self.command("DELETE", "", &Value::Null);
        } else if !self.session.is_empty() {
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                self.command("DELETE", "", &Value::Null)
            }));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Where a program is that a Debian package brings.
fn program(name: &str) -> Result<PathBuf, Missing> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(name));
    let found = files.find(|file| file.is_file());
    found.ok_or_else(|| {
        Missing::absent(&format!(
            "{name} is not installed (Debian: chromium, chromium-driver)"
        ))
    })
}
