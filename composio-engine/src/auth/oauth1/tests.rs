use composio_core::Secret;
use url::Url;

use super::{
    Signed, Signer, Token,
    signature::{SignatureMethod, base_string},
    tokens::read_token,
};

fn signer(token: Option<(&str, &str)>, method: SignatureMethod) -> Signer {
    Signer {
        method,
        consumer_key: "dpf43f3p2l4k3l03".to_owned(),
        consumer_secret: Secret::from("kd94hf93k423kf44"),
        token: token.map(|(token, secret)| Token {
            token: Secret::from(token),
            secret: Secret::from(secret),
        }),
    }
}

/// The members that the RFC's requests have: they leave `oauth_version` out.
fn signed(signer: &Signer, request: Signed<'_>) -> String {
    let mut members = signer.protocol(request);
    members.retain(|(name, _)| *name != "oauth_version");
    signer.signature(request, &members).unwrap()
}

#[test]
fn the_requests_of_the_rfc_have_the_signatures_of_the_rfc() {
    // RFC 5849, 1.2: the token request, and the request for the photos.
    let of_request = signer(
        Some(("hh5s93j4hdidpola", "hdhd0244k9j7ao03")),
        SignatureMethod::HmacSha1,
    );
    let url = Url::parse("https://photos.example.net/token").unwrap();
    let token = Signed {
        method: "POST",
        url: &url,
        form: &[],
        own: &[("oauth_verifier", "hfdp7dh39dks9884")],
        nonce: "walatlh",
        timestamp: 137_131_201,
    };
    assert_eq!(signed(&of_request, token), "gKgrFCywp7rO0OXSjdot/IHF7IU=");
    let of_account = signer(
        Some(("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")),
        SignatureMethod::HmacSha1,
    );
    let url =
        Url::parse("http://photos.example.net/photos?file=vacation.jpg&size=original").unwrap();
    let photos = Signed {
        method: "GET",
        url: &url,
        form: &[],
        own: &[],
        nonce: "chapoH",
        timestamp: 137_131_202,
    };
    assert_eq!(signed(&of_account, photos), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
}

#[test]
fn the_base_string_of_the_rfc_is_made() {
    // RFC 5849, 3.4.1.1.
    let url = Url::parse("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
    let form = [
        ("c2".to_owned(), String::new()),
        ("a3".to_owned(), "2 q".to_owned()),
    ];
    let protocol = [
        ("oauth_consumer_key", "9djdj82h48djs9d2".to_owned()),
        ("oauth_token", "kkk9d7dh3k39sjv7".to_owned()),
        ("oauth_signature_method", "HMAC-SHA1".to_owned()),
        ("oauth_timestamp", "137131201".to_owned()),
        ("oauth_nonce", "7d8f3e4a".to_owned()),
    ];
    let request = Signed {
        method: "post",
        url: &url,
        form: &form,
        own: &[],
        nonce: "7d8f3e4a",
        timestamp: 137_131_201,
    };
    assert_eq!(
        base_string(request, &protocol),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26\
         oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26\
         oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
}

#[test]
fn a_plain_signature_is_both_secrets_and_hides_in_debug() {
    let signer = signer(Some(("t", "s&s")), SignatureMethod::Plaintext);
    let url = Url::parse("https://photos.example.net/").unwrap();
    let request = Signed {
        method: "GET",
        url: &url,
        form: &[],
        own: &[],
        nonce: "n",
        timestamp: 1,
    };
    assert_eq!(signed(&signer, request), "kd94hf93k423kf44&s%26s");
    let debug = format!("{signer:?}");
    assert!(!debug.contains("kd94") && !debug.contains("s&s"), "{debug}");
}

#[test]
fn only_known_methods_sign() {
    for name in [None, Some(""), Some("hmac-sha1")] {
        assert_eq!(
            SignatureMethod::parse(name).unwrap(),
            SignatureMethod::HmacSha1
        );
    }
    assert_eq!(
        SignatureMethod::parse(Some("rsa-sha1")).unwrap(),
        SignatureMethod::RsaSha1
    );
    assert!(SignatureMethod::parse(Some("MD5")).is_err());
}

#[test]
fn an_answer_without_a_whole_token_is_none() {
    let answer = read_token(b"oauth_token=a%2Fb&oauth_token_secret=&user_id=7\n").unwrap();
    assert_eq!(answer.token.token.expose(), "a/b");
    assert_eq!(answer.others, [("user_id".to_owned(), "7".to_owned())]);
    let long = format!("oauth_token={}&oauth_token_secret=s", "x".repeat(10_000));
    for body in [
        &b""[..],
        b"oauth_token=a",
        b"oauth_token=&oauth_token_secret=s",
        b"oauth_token_secret=s",
        b"<html>oauth_token=a</html>",
        b"{\"oauth_token\":\"a\"}",
        b"\xff\xfe",
        long.as_bytes(),
    ] {
        assert!(
            read_token(body).is_err(),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}
