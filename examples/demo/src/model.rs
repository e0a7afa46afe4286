#[cfg(feature = "openai")]
use async_openai::{Client, config::OpenAIConfig};
use composio_core::{Result, Secret};
use rustls::crypto::ring;

use crate::{StandIn, setting};

/// Where the model of an example is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Model {
    /// The address, `/v1` included.
    pub base_url: String,
    /// The key.
    pub api_key: Secret,
    /// The model's name.
    pub name: String,
}

impl Model {
    /// The model that `OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_MODEL` name; without a key a [`StandIn`].
    ///
    /// # Errors
    ///
    /// As [`StandIn::start`].
    pub async fn from_env() -> Result<Self> {
        // Clients made by others need to know which cryptography TLS uses; a second call changes nothing.
        let _ = ring::default_provider().install_default();
        let Some(api_key) = setting("OPENAI_API_KEY") else {
            return Ok(StandIn::start().await?.model());
        };
        let base_url = setting("OPENAI_BASE_URL");
        Ok(Self {
            base_url: base_url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned()),
            api_key: Secret::new(api_key),
            name: setting("OPENAI_MODEL").unwrap_or_else(|| "gpt-4o-mini".to_owned()),
        })
    }

    /// A client of async-openai for the model.
    #[cfg(feature = "openai")]
    #[must_use]
    pub fn client(&self) -> Client<OpenAIConfig> {
        let config = OpenAIConfig::new().with_api_base(&self.base_url);
        Client::with_config(config.with_api_key(self.api_key.expose()))
    }
}
