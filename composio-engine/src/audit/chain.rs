use std::fmt;

use composio_core::{Error, ErrorKind, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    hex::hex,
    store::{AuditHead, AuditPart, Store},
    vault::{Place, Vault},
};

/// The name under which the key of the chain is kept.
const KEY: &str = "audit";
/// The code before the first part.
pub(super) const GENESIS: [u8; 32] = [0; 32];

/// The codes of the audit log: HMAC-SHA-256 under a random key that the vault has sealed. Who has the database and not
/// the master key can make none of them.
#[derive(Clone)]
pub(super) struct Chain {
    code: Hmac<Sha256>,
}

impl Chain {
    /// Gets the key, or makes one.
    pub(super) async fn open(store: &dyn Store, vault: &Vault) -> Result<Self> {
        let place = Place {
            project: "",
            record: "meta",
            field: KEY,
            generation: 0,
        };
        let sealed = match store.meta(KEY).await? {
            Some(sealed) => sealed,
            None => {
                let key = Zeroizing::new(rand::random::<[u8; 32]>());
                let sealed = vault.seal(place, &*key).await?;
                store.meta_or_insert(KEY, &sealed).await?
            }
        };
        Self::new(&vault.open(place, &sealed).await?)
    }

    pub(super) fn new(key: &[u8]) -> Result<Self> {
        let code = Hmac::new_from_slice(key).map_err(|error| {
            Error::new(ErrorKind::Internal, "the key of the audit log is none").with_source(error)
        })?;
        Ok(Self { code })
    }

    /// Of a part that follows one with the code `before`.
    pub(super) fn part(&self, part: &AuditPart, before: &[u8]) -> Vec<u8> {
        let numbers = [part.part, part.first, part.count].map(i64::to_be_bytes);
        self.make(
            b"part",
            &[&numbers.concat(), before, part.entries.as_bytes()],
        )
        .to_vec()
    }

    pub(super) fn proof(&self, head: &AuditHead) -> Vec<u8> {
        let numbers = [head.first, head.last, head.entries].map(i64::to_be_bytes);
        self.make(b"head", &[&numbers.concat(), &head.base, &head.code])
            .to_vec()
    }

    /// Of a line of a journal.
    pub(super) fn line(&self, line: &[u8]) -> [u8; 32] {
        self.make(b"line", &[line])
    }

    /// What a user is called in the log. Who has the key can tell whether it is somebody, and nobody can tell who it is.
    pub(super) fn user(&self, project: &str, user: &str) -> String {
        let code = self.make(b"user", &[project.as_bytes(), user.as_bytes()]);
        format!("u_{}", hex(code.get(..12).unwrap_or_default()))
    }

    /// Every part is preceded by its length, so that no two lists share an encoding.
    fn make(&self, kind: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut code = self.code.clone();
        code.update(kind);
        for part in parts {
            code.update(&(part.len() as u64).to_be_bytes());
            code.update(part);
        }
        code.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}
