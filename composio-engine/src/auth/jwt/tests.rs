use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_catalog::SigningAlgorithm;
use composio_core::{ErrorKind, Secret};
use proptest::prelude::*;
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        UnparsedPublicKey,
    },
};
use rsa::{
    BoxedUint, RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey as _, LineEnding},
    pkcs8::EncodePrivateKey as _,
};
use serde_json::{Map, Value, json};

use super::{SigningKey, expiry, read_pem, sign};

/// RFC 7515, A.2: the key, what is signed, and the signature.
const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

fn number(text: &str) -> BoxedUint {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    BoxedUint::from_be_slice_vartime(&bytes)
}

fn rsa() -> RsaPrivateKey {
    RsaPrivateKey::from_components(number(N), BoxedUint::from(65537_u64), number(D), Vec::new())
        .unwrap()
}

fn pkcs8() -> String {
    rsa().to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

fn read(algorithm: SigningAlgorithm, text: &str) -> composio_core::Result<SigningKey> {
    SigningKey::read(algorithm, &Secret::from(text))
}

fn pem(label: &str, der: &[u8]) -> String {
    armored(label, &base64::prelude::BASE64_STANDARD.encode(der))
}

fn armored(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

#[test]
fn the_token_of_the_rfc_has_the_signature_of_the_rfc_however_its_key_is_written() {
    let text = pkcs8();
    let lines = text.replace('\n', "\\n");
    let forms = [
        text.clone(),
        text.replace('\n', "\r\n"),
        // A form of one line has dropped the breaks, or made them blanks.
        text.replace('\n', ""),
        text.replace('\n', " "),
        lines.clone(),
        lines.replace("\\n", "\\r\\n"),
        format!("  \n{text}\n "),
        rsa().to_pkcs1_pem(LineEnding::LF).unwrap().to_string(),
    ];
    for form in forms {
        let key = read(SigningAlgorithm::Rs256, &form).unwrap();
        let signature = key.signature(SIGNED.as_bytes()).unwrap();
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(signature), SIGNATURE);
    }
}

#[test]
fn a_shared_secret_signs_as_the_rfc_has_it() {
    // RFC 4231, 4.2.
    let key = read(SigningAlgorithm::Hs256, &"\u{b}".repeat(20)).unwrap();
    let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    let code = key.signature(b"Hi There").unwrap();
    let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(code, expected);
}

#[test]
fn a_token_is_its_header_its_claims_and_the_signature_of_both() {
    let key = read(SigningAlgorithm::Hs256, "a secret of 16 b").unwrap();
    let claims = Map::from_iter([("iss".to_owned(), json!("joe"))]);
    let token = sign(&key, Some("k1"), &claims).unwrap();
    let (message, signature) = token.expose().rsplit_once('.').unwrap();
    let again = key.signature(message.as_bytes()).unwrap();
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(again), signature);
    let (header, claims) = message.split_once('.').unwrap();
    let decoded = |text: &str| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    assert_eq!(
        decoded(header),
        json!({"alg": "HS256", "typ": "JWT", "kid": "k1"})
    );
    assert_eq!(decoded(claims), json!({"iss": "joe"}));
}

#[test]
fn an_ecdsa_signature_is_two_numbers_of_32_bytes() {
    let random = SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random).unwrap();
    let key = read(SigningAlgorithm::Es256, &pem("PRIVATE KEY", der.as_ref())).unwrap();
    let token = sign(&key, None, &Map::new()).unwrap();
    let (message, signature) = token.expose().rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert_eq!(signature.len(), 64);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key())
        .verify(message.as_bytes(), &signature)
        .unwrap();
}

#[test]
fn what_is_no_such_key_is_refused_and_not_quoted() {
    let random = SystemRandom::new();
    let ecdsa = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ecdsa = pem("PRIVATE KEY", ecdsa.as_ref());
    let text = pkcs8();
    let encrypted = armored("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nMIIE");
    let noise = armored("PRIVATE KEY", "hunter2!");
    let certificate = armored("CERTIFICATE", "MIIE");
    let begun = noise.split("hunter2").next().unwrap();
    let cases = [
        (SigningAlgorithm::Rs256, ""),
        (SigningAlgorithm::Rs256, "hunter2hunter2hunter2"),
        (SigningAlgorithm::Rs256, begun),
        (SigningAlgorithm::Rs256, &noise),
        (SigningAlgorithm::Rs256, &certificate),
        (SigningAlgorithm::Rs256, &encrypted),
        (SigningAlgorithm::Rs256, &text[..text.len() / 2]),
        (SigningAlgorithm::Rs256, &ecdsa),
        (SigningAlgorithm::Es256, &text),
        (SigningAlgorithm::Hs256, "hunter2"),
    ];
    for (algorithm, text) in cases {
        let error = read(algorithm, text).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        let said = format!("{error:?} {error} {}", error.reader_message());
        assert!(
            !said.contains("hunter2") && !said.contains("MIIE"),
            "{said}"
        );
    }
}

#[test]
fn a_token_says_when_it_runs_out_and_what_is_none_does_not() {
    let token = |claims: &str| format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims));
    assert_eq!(
        expiry(&token(r#"{"exp": 1300819380}"#)),
        Some(1_300_819_380)
    );
    assert_eq!(
        expiry(&token(r#"{"exp": 1300819380.9}"#)),
        Some(1_300_819_380)
    );
    for none in [
        token("{}"),
        token("[]"),
        token(r#"{"exp": "soon"}"#),
        token("not json"),
        "a.b".to_owned(),
        "opaque".to_owned(),
        "...".to_owned(),
    ] {
        assert_eq!(expiry(&none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn no_text_is_a_key_by_accident_and_none_is_quoted(text in ".{0,200}", label in "[A-Z ]{0,20}") {
        let secret = Secret::from(format!("-----BEGIN {label}-----{text}-----END {label}-----"));
        let error = read_pem(&secret).map(|_| ());
        if let Err(error) = error && text.len() > 20 {
            let said = format!("{error:?}");
            prop_assert!(!said.contains(&text));
        }
    }

    #[test]
    fn any_text_has_an_expiry_or_none(text in ".{0,300}") {
        let _ = expiry(&text);
    }
}
