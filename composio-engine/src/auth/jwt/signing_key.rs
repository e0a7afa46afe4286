use composio_catalog::SigningAlgorithm;
use composio_core::{Error, ErrorKind, Result, Secret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::PrivateKeyDer;
use sha2::Sha256;

use super::read_pem;

/// The shortest shared secret, in bytes. RFC 7518, 3.2 asks for 32, and some vendors hand out shorter ones.
const SHORTEST_SECRET: usize = 16;

/// What a token is signed with.
pub(in crate::auth) enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>),
    Shared(Secret),
}

impl SigningKey {
    /// Reads a key for `algorithm`: a PEM text, or the shared secret itself.
    ///
    /// Errors: `InvalidInput` for what is no such key, without anything of it.
    pub(in crate::auth) fn read(algorithm: SigningAlgorithm, text: &Secret) -> Result<Self> {
        match algorithm {
            SigningAlgorithm::Rs256 => {
                let key = match read_pem(text)? {
                    PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
                    PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
                    _ => return Err(unusable("RS256 needs an RSA key")),
                };
                let key = key.map_err(|_| unusable("it is no RSA key of 2048 to 8192 bits"))?;
                Ok(Self::Rsa(Box::new(key)))
            }
            SigningAlgorithm::Es256 => {
                let PrivateKeyDer::Pkcs8(der) = read_pem(text)? else {
                    return Err(unusable(
                        "ES256 needs a PKCS #8 key (openssl pkcs8 -topk8 -nocrypt)",
                    ));
                };
                let key = EcdsaKeyPair::from_pkcs8(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    der.secret_pkcs8_der(),
                    &SystemRandom::new(),
                );
                let key = key.map_err(|_| unusable("it is no key of the curve P-256"))?;
                Ok(Self::Ecdsa(Box::new(key)))
            }
            SigningAlgorithm::Hs256 if text.expose().len() >= SHORTEST_SECRET => {
                Ok(Self::Shared(text.clone()))
            }
            SigningAlgorithm::Hs256 => Err(unusable("a shared secret has 16 bytes or more")),
            _ => {
                let message = "this version does not sign by that algorithm";
                Err(Error::new(ErrorKind::NotSupported, message))
            }
        }
    }

    /// The `alg` of the header.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ecdsa(_) => "ES256",
            Self::Shared(_) => "HS256",
        }
    }

    pub(super) fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let signed = key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.map_err(|_| not_signed())?;
                Ok(signature)
            }
            Self::Ecdsa(key) => {
                let signature = key.sign(&random, message).map_err(|_| not_signed())?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Shared(secret) => {
                let code = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes());
                let mut code = code.map_err(|_| not_signed())?;
                code.update(message);
                Ok(code.finalize().into_bytes().to_vec())
            }
        }
    }
}

fn unusable(why: &str) -> Error {
    let message = format!("the private key cannot be used: {why}");
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
}

fn not_signed() -> Error {
    Error::new(ErrorKind::Internal, "the assertion could not be signed")
}
