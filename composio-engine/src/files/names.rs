//! Names from outside, made harmless for whoever saves a file under them.

/// Bytes of a file's name.
const LONGEST: usize = 200;

/// The last part of `name`, without what systems treat specially; `file` if nothing is left.
pub(super) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|character| !character.is_control() && !is_directional(*character))
        .map(|character| match character {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            other => other,
        })
        .collect();
    let plain = plain.trim_matches(|character: char| character == '.' || character == ' ');
    let shortened = shorten(plain);
    if shortened.is_empty() {
        "file".to_owned()
    } else {
        shortened
    }
}

/// Cuts the stem and keeps a short extension.
fn shorten(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, extension),
        _ => (name, ""),
    };
    let end = stem.floor_char_boundary(LONGEST - 20);
    let stem = stem.get(..end).unwrap_or_default();
    if extension.is_empty() {
        stem.to_owned()
    } else {
        format!("{stem}.{extension}")
    }
}

// They make `gpj.exe` look like `exe.jpg`.
fn is_directional(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A media type in lower case without parameters; bytes of any kind if it is not one (RFC 9110, section 8.3.1).
pub(crate) fn media_type(text: &str) -> String {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match essence.split_once('/') {
        Some((kind, subtype)) if is_token(kind) && is_token(subtype) && essence.len() <= 127 => {
            essence.to_ascii_lowercase()
        }
        _ => "application/octet-stream".to_owned(),
    }
}

/// The name that a `Content-Disposition` gives (RFC 6266), `filename*` before `filename`.
pub(super) fn disposed(header: &str) -> Option<String> {
    let parameter = |wanted: &str| {
        header.split(';').skip(1).find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let extended = parameter("filename*").and_then(|value| {
        let (_, rest) = value.split_once('\'')?;
        let (_, encoded) = rest.split_once('\'')?;
        let text = percent_encoding::percent_decode_str(encoded).decode_utf8();
        text.ok().map(|text| text.into_owned())
    });
    extended
        .or_else(|| parameter("filename"))
        .filter(|name| !name.is_empty())
}

/// Media types and the endings of their files, the usual one first.
const KINDS: &[(&str, &[&str])] = &[
    ("application/gzip", &["gz"]),
    ("application/json", &["json"]),
    ("application/msword", &["doc"]),
    ("application/pdf", &["pdf"]),
    ("application/rtf", &["rtf"]),
    ("application/vnd.ms-excel", &["xls"]),
    ("application/vnd.ms-powerpoint", &["ppt"]),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx"],
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx"],
    ),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx"],
    ),
    ("application/xml", &["xml"]),
    ("application/zip", &["zip"]),
    ("audio/mpeg", &["mp3"]),
    ("audio/wav", &["wav"]),
    ("audio/x-wav", &["wav"]),
    ("image/gif", &["gif"]),
    ("image/heic", &["heic"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/svg+xml", &["svg"]),
    ("image/tiff", &["tiff", "tif"]),
    ("image/webp", &["webp"]),
    ("message/rfc822", &["eml"]),
    ("text/calendar", &["ics"]),
    ("text/csv", &["csv"]),
    ("text/html", &["html", "htm"]),
    ("text/markdown", &["md"]),
    ("text/plain", &["txt", "log"]),
    ("video/mp4", &["mp4"]),
];

/// The usual ending of files of a media type, for a file that came without a name.
pub(super) fn extension(media_type: &str) -> String {
    let kind = KINDS.iter().find(|(known, _)| *known == media_type);
    let ending = kind.and_then(|(_, endings)| endings.first());
    ending.map_or_else(String::new, |ending| format!(".{ending}"))
}

/// The media type that the ending of a file's name tells; bytes of any kind if it tells none.
pub(crate) fn media_type_of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mut kinds = KINDS.iter();
    kinds
        .find(|(_, endings)| endings.iter().any(|own| own.eq_ignore_ascii_case(ending)))
        .map_or("application/octet-stream", |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::{disposed, extension, file_name, media_type, media_type_of};

    #[test]
    fn a_name_never_leads_anywhere() {
        let cases = [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/", "file"),
            ("..", "file"),
            ("", "file"),
            (".ssh", "ssh"),
            ("a\0b\r\nc.txt", "abc.txt"),
            ("C:evil.txt", "C_evil.txt"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
        ];
        for (given, name) in cases {
            assert_eq!(file_name(given), name, "{given:?}");
        }
        let long = file_name(&format!("{}.tar", "ä".repeat(500)));
        assert!(long.len() <= 200 && long.ends_with(".tar"), "{long}");
    }

    #[test]
    fn a_media_type_is_one_or_bytes() {
        assert_eq!(media_type("Image/PNG; charset=x"), "image/png");
        for text in ["", "png", "a/b/c", "a b/c", "text/html\r\nx: y", "text/"] {
            assert_eq!(media_type(text), "application/octet-stream", "{text:?}");
        }
    }

    #[test]
    fn endings_and_media_types_tell_each_other() {
        assert_eq!(media_type_of("Plan.PDF"), "application/pdf");
        assert_eq!(media_type_of("a.b.jpeg"), "image/jpeg");
        for name in ["", "pdf", "a.", "a.unknown", "a.pdf/b"] {
            assert_eq!(media_type_of(name), "application/octet-stream", "{name}");
        }
        assert_eq!(extension("image/jpeg"), ".jpg");
        assert_eq!(extension("application/octet-stream"), "");
    }

    #[test]
    fn dispositions_name_files() {
        let cases = [
            ("attachment; filename=\"a b.pdf\"", Some("a b.pdf")),
            (
                "attachment; filename=a.pdf; filename*=UTF-8''%C3%9C.pdf",
                Some("Ü.pdf"),
            ),
            ("inline", None),
            ("attachment; filename=\"\"", None),
        ];
        for (header, name) in cases {
            assert_eq!(disposed(header).as_deref(), name, "{header}");
        }
    }
}
