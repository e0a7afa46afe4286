//! A mail message (RFC 5322, MIME) of its parts.

use mail_builder::{MessageBuilder, headers::address::Address, headers::raw::Raw, mime::MimePart};
use serde_json::Value;

use crate::files;

/// Recipients of one message.
const MOST_RECIPIENTS: usize = 500;

/// A stretch of a message.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// The file with this key, in base64.
    File(String),
}

/// The message with these parts: `to`, `cc`, `bcc` (a list, or one text with commas), `from`, `reply_to`, `subject`,
/// `text`, `html`, `in_reply_to` and `references`.
///
/// No part can become another: line breaks in headers are refused, and so is what is no address.
pub(super) fn message(parts: &Value) -> Result<String, String> {
    written(begun(parts)?)
}

/// The same with `attachments`: files as arguments name them.
pub(super) fn pieces(parts: &Value) -> Result<Vec<Piece>, String> {
    let mut message = begun(parts)?;
    let mut marks = Vec::new();
    let given = parts.get("attachments").and_then(Value::as_array);
    for file in given.into_iter().flatten() {
        let text = |name: &str| file.get(name).and_then(Value::as_str);
        let key = text("s3key").ok_or("an attachment is no file")?;
        // Nobody who writes a mail can guess it.
        let mark = format!("file-{:032x}", rand::random::<u128>());
        let part = MimePart::new(media_type(text("mimetype")), mark.clone())
            .attachment(text("name").unwrap_or("file"))
            .transfer_encoding("base64");
        message.attachments.get_or_insert_default().push(part);
        marks.push((mark, key.to_owned()));
    }
    let whole = written(message)?;
    let mut rest = whole.as_str();
    let mut pieces = Vec::new();
    for (mark, key) in marks {
        let (before, after) = rest.split_once(&mark).ok_or("an attachment is lost")?;
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::File(key));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

/// What may be written in base64: of messages and of what has parts a part must be read as it stands (RFC 2045, 6.4).
fn media_type(given: Option<&str>) -> String {
    let given = files::media_type(given.unwrap_or_default());
    match given.starts_with("message/") || given.starts_with("multipart/") {
        true => "application/octet-stream".to_owned(),
        false => given,
    }
}

fn begun(parts: &Value) -> Result<MessageBuilder<'_>, String> {
    let part = |name: &str| parts.get(name).unwrap_or(&Value::Null);
    let mut message = MessageBuilder::new();
    let mut receivers = 0;
    for (name, header) in [("to", "To"), ("cc", "Cc"), ("bcc", "Bcc")] {
        let list = addresses(name, part(name))?;
        receivers += list.len();
        if !list.is_empty() {
            message = message.header(header, Address::new_list(list));
        }
    }
    if receivers == 0 {
        return Err("the message has no recipient".to_owned());
    }
    if receivers > MOST_RECIPIENTS {
        return Err(format!("the message has over {MOST_RECIPIENTS} recipients"));
    }
    if let Some(from) = addresses("from", part("from"))?.pop() {
        message = message.from(from);
    }
    if let Some(reply_to) = addresses("reply_to", part("reply_to"))?.pop() {
        message = message.reply_to(reply_to);
    }
    let subject = line("subject", part("subject"))?;
    message = message.subject(subject.unwrap_or_default());
    for (name, header) in [("in_reply_to", "In-Reply-To"), ("references", "References")] {
        if let Some(ids) = line(name, part(name))? {
            message = message.header(header, Raw::new(message_ids(name, ids)?));
        }
    }
    let (text, html) = (part("text").as_str(), part("html").as_str());
    if let Some(html) = html {
        message = message.html_body(html);
    }
    if text.is_some() || html.is_none() {
        message = message.text_body(text.unwrap_or_default());
    }
    Ok(message)
}

fn written(message: MessageBuilder<'_>) -> Result<String, String> {
    let bytes = message.write_to_vec();
    let bytes = bytes.map_err(|_| "the message cannot be written".to_owned())?;
    String::from_utf8(bytes).map_err(|_| "the message is not UTF-8".to_owned())
}

/// A header's text: one line.
fn line<'v>(name: &str, value: &'v Value) -> Result<Option<&'v str>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.contains(|letter: char| letter.is_control()) => {
            Err(format!("{name} cannot hold line breaks"))
        }
        Value::String(text) => Ok(Some(text)
            .filter(|text| !text.trim().is_empty())
            .map(|text| text.as_str())),
        _ => Err(format!("{name} must be a text")),
    }
}

/// `<id>` after `<id>`, as RFC 5322, 3.6.4 has them.
fn message_ids(name: &str, text: &str) -> Result<String, String> {
    let ids = text.split_whitespace().map(|id| {
        let inside = id
            .strip_prefix('<')
            .and_then(|id| id.strip_suffix('>'))
            .unwrap_or(id);
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"<>,;()\"\\".contains(&byte);
        if inside.is_empty() || inside.len() > 900 || !inside.bytes().all(is_plain) {
            return Err(format!("{name} is no message id"));
        }
        Ok(format!("<{inside}>"))
    });
    Ok(ids.collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn addresses<'v>(name: &str, value: &'v Value) -> Result<Vec<Address<'v>>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => {
            let list = split(text).into_iter().filter(|one| !one.is_empty());
            list.map(|one| address(name, one)).collect()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| address(name, item.as_str().unwrap_or_default().trim()))
            .collect(),
        _ => Err(format!("{name} must be an address or a list of them")),
    }
}

/// The parts between commas that stand in no quoted name.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                parts.push(text.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    parts
}

/// `ann@desk.example`, or `Ann <ann@desk.example>`.
fn address<'v>(name: &str, text: &'v str) -> Result<Address<'v>, String> {
    let (shown, plain) = match text.split_once('<') {
        Some((shown, rest)) => (
            shown.trim().trim_matches('"'),
            rest.strip_suffix('>').unwrap_or(""),
        ),
        None => ("", text),
    };
    let is_letter = |letter: char| {
        !(letter.is_whitespace() || letter.is_control() || "<>()[],;:\\\"@".contains(letter))
    };
    let is_sound = plain.len() <= 320
        && plain.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && local.chars().all(is_letter)
                && domain.chars().all(is_letter)
        });
    if !is_sound || shown.contains(|letter: char| letter.is_control()) {
        return Err(format!("{name} holds something that is no mail address"));
    }
    Ok(Address::new_address(
        Some(shown).filter(|shown| !shown.is_empty()),
        plain,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::message;

    /// Headers unfolded, and the body.
    fn read(message: &str) -> (Vec<(String, String)>, String) {
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let headers = head.lines().map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        (headers.collect(), body.to_owned())
    }

    fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
        let mut found = headers.iter().filter(|(own, _)| own == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice");
        first
    }

    #[test]
    fn a_message_has_its_parts_and_no_more() {
        let whole = message(&json!({
            "to": ["ann@desk.example", "Bob B <bob@desk.example>"], "cc": "eve@desk.example, \"Doe, J\" <j@desk.example>",
            "subject": "Lunch?", "text": "At noon.", "in_reply_to": "<1@desk.example>",
        }))
        .unwrap();
        let (headers, body) = read(&whole);
        let to = header(&headers, "To").unwrap();
        assert!(
            to.contains("<ann@desk.example>") && to.contains("<bob@desk.example>"),
            "{to}"
        );
        let cc = header(&headers, "Cc").unwrap();
        assert_eq!(cc.matches('@').count(), 2, "{cc}");
        assert_eq!(header(&headers, "Subject"), Some("Lunch?"));
        assert_eq!(header(&headers, "In-Reply-To"), Some("<1@desk.example>"));
        assert_eq!(header(&headers, "Bcc"), None);
        assert!(body.contains("At noon."), "{body}");
    }

    #[test]
    fn no_part_becomes_a_header() {
        for parts in [
            json!({"to": "a@b.example\r\nBcc: x@evil.example"}),
            json!({"to": "a@b.example> Bcc: <x@evil.example"}),
            json!({"to": "A <a@b.example>, <x"}),
            json!({"to": "a@b@c.example"}),
            json!({"to": "A\nB <a@b.example>"}),
            json!({"to": "not an address"}),
            json!({"to": "a@b.example", "subject": "Hi\r\nBcc: x@evil.example"}),
            json!({"to": "a@b.example", "subject": "Hi\nBcc: x@evil.example"}),
            json!({"to": "a@b.example", "in_reply_to": "<1@x>\r\nBcc: x@evil.example"}),
            json!({"to": "a@b.example", "references": "<1@x>, <2@x>"}),
            json!({"to": []}),
            json!({"cc": 7}),
            json!({"to": vec!["a@b.example"; 501]}),
        ] {
            let refused = message(&parts).unwrap_err();
            assert!(!refused.contains("evil"), "{refused}");
        }
        let body = "Hi\r\n\r\n.\r\nBcc: x@evil.example\r\n";
        let whole = message(&json!({"to": "a@b.example", "text": body})).unwrap();
        let (headers, _) = read(&whole);
        assert_eq!(header(&headers, "Bcc"), None);
    }

    #[test]
    fn letters_of_all_the_world_go_in_words_of_ascii() {
        let parts = json!({"to": "Jörg <j@desk.example>", "subject": "Grüße 🎉", "html": "<p>für dich — 取得</p>"});
        let whole = message(&parts).unwrap();
        let (headers, body) = read(&whole);
        assert!(whole.split("\r\n\r\n").next().unwrap().is_ascii());
        assert!(header(&headers, "Subject").unwrap().starts_with("=?utf-8?"));
        assert!(
            header(&headers, "Content-Type")
                .unwrap()
                .starts_with("text/html")
        );
        assert!(body.is_ascii(), "{body}");
    }

    #[test]
    fn text_beside_html_is_an_alternative() {
        let whole = message(&json!({"to": "a@b.example", "text": "plain", "html": "<b>rich</b>"}));
        let (headers, _) = read(&whole.unwrap());
        let kind = header(&headers, "Content-Type").unwrap();
        assert!(kind.starts_with("multipart/alternative"), "{kind}");
    }

    #[test]
    fn files_take_their_places_and_their_names_become_no_headers() {
        let file = |name: &str, kind: &str, key: &str| json!({"name": name, "mimetype": kind, "s3key": key});
        let parts = json!({"to": "a@b.example", "text": "hi", "html": "<b>hi</b>", "attachments": [
            file("Grüße.pdf", "application/pdf", "k1"),
            file("x\"\r\nBcc: x@evil.example\r\n\r\n", "text/plain\r\nX-Evil: 1", "k2"),
            file("m.eml", "message/rfc822", "k3"),
        ]});
        let pieces = super::pieces(&parts).unwrap();
        let text = |at: usize| match &pieces[at] {
            super::Piece::Text(text) => text.as_str(),
            super::Piece::File(_) => panic!("{pieces:?}"),
        };
        let keys = [1, 3, 5].map(|at| &pieces[at]);
        assert_eq!(
            keys,
            ["k1", "k2", "k3"].map(|key| &*Box::leak(Box::new(super::Piece::File(key.to_owned()))))
        );
        assert!(text(0).contains("multipart/mixed") && text(0).contains("multipart/alternative"));
        for (at, kind) in [
            (0, "application/pdf"),
            (2, "application/octet-stream"),
            (4, "application/octet-stream"),
        ] {
            assert!(
                text(at).contains(&format!("Content-Type: {kind}")),
                "{}",
                text(at)
            );
            assert!(text(at).ends_with("base64\r\n\r\n"), "{}", text(at));
        }
        let whole = [0, 2, 4, 6].map(text).concat();
        let (headers, _) = read(&whole);
        assert_eq!(header(&headers, "Bcc"), None);
        assert!(
            !whole
                .lines()
                .any(|line| line.starts_with("Bcc") || line.starts_with("X-Evil")),
            "{whole}"
        );
        assert!(
            super::pieces(&json!({"to": "a@b.example", "attachments": [{"name": "x"}]})).is_err()
        );
    }
}
