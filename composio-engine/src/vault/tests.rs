use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use composio_core::{Error, ErrorKind, Result, Secret};

use super::{EnvKey, FileKey, KeyProvider, Place, StaticKey, Vault};

const PLACE: Place<'static> = Place {
    project: "default",
    record: "ca_1",
    field: "state",
    generation: 1,
};

fn vault(key: impl KeyProvider) -> Vault {
    Vault::new(Arc::new(key))
}

#[tokio::test]
async fn a_record_opens_where_it_was_sealed() {
    let vault = vault(StaticKey::new([1; 32]));
    for plain in [&b""[..], b"secret", &[7; 100_000]] {
        let sealed = vault.seal(PLACE, plain).await.unwrap();
        assert_eq!(vault.open(PLACE, &sealed).await.unwrap().as_slice(), plain);
    }
}

#[tokio::test]
async fn a_record_that_was_moved_or_rolled_back_does_not_open() {
    let vault = vault(StaticKey::new([1; 32]));
    let sealed = vault.seal(PLACE, b"secret").await.unwrap();
    for place in [
        Place {
            project: "other",
            ..PLACE
        },
        Place {
            record: "ca_2",
            ..PLACE
        },
        Place {
            field: "credentials",
            ..PLACE
        },
        Place {
            generation: 2,
            ..PLACE
        },
        // The same letters, divided differently.
        Place {
            project: "defaultca_",
            record: "1",
            ..PLACE
        },
    ] {
        assert!(vault.open(place, &sealed).await.is_err(), "{place:?}");
    }
}

#[tokio::test]
async fn a_record_with_any_byte_changed_or_cut_off_does_not_open() {
    let vault = vault(StaticKey::new([1; 32]));
    let sealed = vault.seal(PLACE, b"secret").await.unwrap();
    for place in 0..sealed.len() {
        let mut broken = sealed.clone();
        broken[place] ^= 1;
        assert!(vault.open(PLACE, &broken).await.is_err(), "byte {place}");
        assert!(
            vault.open(PLACE, &sealed[..place]).await.is_err(),
            "{place} bytes"
        );
    }
}

#[tokio::test]
async fn equal_texts_are_sealed_differently_and_the_text_is_not_in_the_record() {
    let vault = vault(StaticKey::new([1; 32]));
    let first = vault.seal(PLACE, b"a-long-secret-text").await.unwrap();
    let second = vault.seal(PLACE, b"a-long-secret-text").await.unwrap();
    assert_ne!(first, second);
    assert!(!first.windows(18).any(|part| part == b"a-long-secret-text"));
}

#[tokio::test]
async fn another_key_does_not_open_and_a_previous_one_does() {
    let old = vault(StaticKey::new([1; 32]));
    let sealed = old.seal(PLACE, b"secret").await.unwrap();
    let error = vault(StaticKey::new([2; 32]))
        .open(PLACE, &sealed)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let both = vault(StaticKey::new([2; 32]).with_previous([1; 32]));
    assert_eq!(
        both.open(PLACE, &sealed).await.unwrap().as_slice(),
        b"secret"
    );
    let new = both.seal(PLACE, b"secret").await.unwrap();
    assert!(old.open(PLACE, &new).await.is_err());
}

/// A KMS that keeps the key to itself and may be out of reach.
#[derive(Debug)]
struct Kms {
    key: StaticKey,
    is_up: bool,
}

#[async_trait]
impl KeyProvider for Kms {
    fn source(&self) -> String {
        "a KMS".to_owned()
    }

    fn active_key_id(&self) -> String {
        "arn:some:key".to_owned()
    }

    async fn wrap(&self, key_id: &str, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        assert_eq!(key_id, "arn:some:key");
        self.key
            .wrap(&self.key.active_key_id(), data_key, context)
            .await
    }

    async fn unwrap(&self, key_id: &str, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        assert_eq!(key_id, "arn:some:key");
        if !self.is_up {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the KMS is out of reach",
            ));
        }
        self.key
            .unwrap(&self.key.active_key_id(), wrapped, context)
            .await
    }
}

#[tokio::test]
async fn an_external_kms_seals_and_opens_and_its_failure_is_not_taken_for_damage() {
    let kms = |is_up| {
        vault(Kms {
            key: StaticKey::new([3; 32]),
            is_up,
        })
    };
    let sealed = kms(true).seal(PLACE, b"secret").await.unwrap();
    assert_eq!(
        kms(true).open(PLACE, &sealed).await.unwrap().as_slice(),
        b"secret"
    );
    let error = kms(false).open(PLACE, &sealed).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn a_key_of_the_environment_must_be_32_bytes_in_base64() {
    let good = STANDARD.encode([5; 32]);
    EnvKey::parse(&Secret::from(format!("{good}\n"))).unwrap();
    for bad in ["", "short", &good[..40], &STANDARD.encode([5; 33]), "§§§"] {
        let error = EnvKey::parse(&Secret::from(bad)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        assert!(error.to_string().contains("COMPOSIO_MASTER_KEY"));
        assert!(bad.is_empty() || !error.to_string().contains(bad));
    }
}

#[test]
fn many_who_create_one_key_file_get_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let ids: Vec<String> = std::thread::scope(|scope| {
        let open = || FileKey::open_or_create(&path).unwrap().active_key_id();
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_key_file_with_anything_else_in_it_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    FileKey::open_or_create(&path).unwrap();
    for text in ["", "not a key", &"A".repeat(100_000)] {
        std::fs::write(&path, text).unwrap();
        let error = FileKey::open_or_create(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
