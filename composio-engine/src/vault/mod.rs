//! Seals credentials: one data key per record, wrapped under a key from a [`KeyProvider`].

mod cipher;
mod file_key;
mod key;

pub(crate) use cipher::{Place, Vault};
pub use file_key::FileKey;
pub use key::{EnvKey, KeyProvider, StaticKey};

#[cfg(test)]
mod tests;
