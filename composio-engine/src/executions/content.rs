//! Files that answers hold as base64 in their JSON.

use base64::{
    Engine as _,
    alphabet::{Alphabet, STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use composio_catalog::Step;
use composio_core::{Error, ErrorKind, Result};
use futures_util::{future, stream};
use serde_json::{Value, json};

use super::steps::Course;
use crate::{executor::Scope, files};

impl Course<'_> {
    /// Keeps the file that `content` finds in the answer, and gives what is said of a file in a result.
    pub(super) async fn keep(&self, step: &Step, content: &str, scope: Scope) -> Result<Value> {
        let place = |member: &str| format!("{}.{member}", step.id);
        let text = |member: &str, template: &Option<String>| -> Result<Option<String>> {
            let Some(template) = template else {
                return Ok(None);
            };
            let value = self.evaluate(&place(member), template, &scope)?;
            let text = value.as_ref().and_then(Value::as_str).map(str::to_owned);
            Ok(text.filter(|text| !text.is_empty()))
        };
        let name = text("file", &step.file)?.unwrap_or_default();
        let media_type = text("content_type", &step.content_type)?;
        let encoded = self.evaluate(&place("content"), content, &scope)?;
        drop(scope);
        let faulty = |why: &str| {
            let message = format!("the answer to {} {why}", self.call.plan.slug);
            Error::new(ErrorKind::UnexpectedResponse, message)
        };
        let Some(Value::String(encoded)) = encoded else {
            return Err(faulty("has no file where one should be"));
        };
        let bytes = decoded(encoded).ok_or_else(|| faulty("has a file that is not base64"))?;
        let Some(mut results) = self.call.results.clone() else {
            return Err(faulty("has a file, and no files are kept here"));
        };
        let media_type = media_type.unwrap_or_else(|| files::media_type_of(&name).to_owned());
        results.name = Some(name);
        let bytes = stream::once(future::ready(Ok::<_, Error>(Bytes::from(bytes))));
        let file = Box::pin(results.keep(&media_type, None, "", bytes)).await?;
        Ok(json!({ "file": file }))
    }
}

/// The bytes that a text in base64 or base64url stands for (RFC 4648), padded or not, in lines or not.
fn decoded(mut text: String) -> Option<Vec<u8>> {
    text.retain(|letter| !letter.is_ascii_whitespace());
    let alphabet = match text.contains(['-', '_']) {
        true => &URL_SAFE,
        false => &STANDARD,
    };
    lenient(alphabet).decode(text).ok()
}

fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let padding = DecodePaddingMode::Indifferent;
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding);
    GeneralPurpose::new(alphabet, config)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn either_alphabet_with_or_without_padding_and_in_lines_is_read_and_nothing_else() {
        for text in [
            "Pj4-Pz8_IQ",
            "Pj4-Pz8_IQ==",
            "Pj4+Pz8/IQ",
            "Pj4+\r\nPz8/\r\nIQ==\n",
        ] {
            assert_eq!(decoded(text.to_owned()).unwrap(), b">>>???!", "{text}");
        }
        assert_eq!(decoded(String::new()).unwrap(), b"");
        for text in ["Pj4-Pz8/", "a", "####", "ab=c", "Grüße", "=="] {
            assert_eq!(decoded(text.to_owned()), None, "{text}");
        }
    }
}
