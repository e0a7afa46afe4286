//! Tokens that Descope keeps for a user or a tenant (its outbound apps), as credentials for a toolset.

use std::{fmt, future::IntoFuture};

use http::{HeaderValue, Method, Request, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::{
    Body, Error, ErrorKind, Result, Secret, Transport, client::BoxFuture, models::CustomAuth,
};

const ANSWER_LIMIT: usize = 1024 * 1024;
const EXCERPT: usize = 200;
/// Project ids of at least this length carry their region (Descope's SDKs do the same).
#[cfg(feature = "reqwest")]
const WITH_REGION: usize = 32;

/// Fetches tokens from Descope, which keeps them for a user or a tenant, to be used in place of a connection.
///
/// ```no_run
/// # async fn example(toolset: composio_core::ToolSet<composio_core::Plain>) -> composio_core::Result<()> {
/// use composio_core::DescopeAuth;
///
/// let descope = DescopeAuth::new("your_project_id", "your_management_key")?;
/// let auth = descope.get_auth("github").user_id("your_user_id").scopes(["user", "public_repo"]).await?;
/// let toolset = toolset.add_auth("github", auth);
/// # Ok(()) }
/// ```
///
/// A token is fetched anew at each call and stored nowhere; Descope renews it. Long-running programs ask again.
#[derive(Clone)]
pub struct DescopeAuth {
    transport: Transport,
    base_url: String,
    project_id: String,
    bearer: Secret,
}

impl DescopeAuth {
    /// A project of Descope's, by its id and a management key. The address is that of the project's region.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the id or the key have characters that none has.
    #[cfg(feature = "reqwest")]
    pub fn new(project_id: impl Into<String>, management_key: impl Into<Secret>) -> Result<Self> {
        let project_id = project_id.into();
        let base_url = region_url(&project_id);
        Self::at(project_id, management_key, base_url)
    }

    /// As [`DescopeAuth::new`], at another address, such as a domain of one's own.
    ///
    /// # Errors
    ///
    /// As [`DescopeAuth::new`]; also if the address is plain `http` to another machine.
    #[cfg(feature = "reqwest")]
    pub fn at(
        project_id: impl Into<String>,
        management_key: impl Into<Secret>,
        base_url: impl Into<String>,
    ) -> Result<Self> {
        let (management_key, base_url) = (management_key.into(), base_url.into());
        // Its own key never travels: requests to Descope are in absolute form.
        let config = crate::Config::new(management_key.clone()).base_url(&base_url);
        let transport = crate::HttpTransport::new(&config)?;
        Self::with_transport(transport, project_id, management_key, base_url)
    }

    /// The project that the environment names: [`DescopeAuth::new`] with `DESCOPE_PROJECT_ID`,
    /// `DESCOPE_MANAGEMENT_KEY` and, if it is set, `DESCOPE_BASE_URL`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the environment names no project or no key.
    #[cfg(feature = "reqwest")]
    pub fn from_env() -> Result<Self> {
        let named = crate::config::DescopeConfig::from_env()?;
        match named.base_url {
            Some(base_url) => Self::at(named.project_id, named.management_key, base_url),
            None => Self::new(named.project_id, named.management_key),
        }
    }

    /// A project reached by a transport of the program's own, which is given requests in absolute form below `base_url`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the id or the key have characters that none has.
    pub fn with_transport(
        transport: impl Into<Transport>,
        project_id: impl Into<String>,
        management_key: impl Into<Secret>,
        base_url: impl Into<String>,
    ) -> Result<Self> {
        let project_id = project_id.into();
        let bearer = format!("Bearer {project_id}:{}", management_key.into().expose());
        if project_id.is_empty() || HeaderValue::from_str(&bearer).is_err() {
            let message = "the project id or the management key of Descope is none";
            return Err(Error::new(ErrorKind::Config, message));
        }
        Ok(Self {
            transport: transport.into(),
            base_url: base_url.into().trim_end_matches('/').to_owned(),
            project_id,
            bearer: bearer.into(),
        })
    }

    /// The token for the outbound app `app`, as the id is in Descope; it usually is the app's name.
    pub fn get_auth(&self, app: impl Into<String>) -> GetDescopeAuth {
        GetDescopeAuth {
            descope: self.clone(),
            query: TokenQuery {
                app_id: app.into(),
                ..TokenQuery::default()
            },
        }
    }

    async fn send(&self, path: &str, query: TokenQuery) -> Result<Token> {
        let mut bearer = HeaderValue::from_str(self.bearer.expose())
            .map_err(|_| Error::new(ErrorKind::Config, "the management key is none"))?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.base_url))
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::json(query))
            .map_err(|error| {
                Error::new(ErrorKind::Config, "the address of Descope is none").with_source(error)
            })?;
        let response = self.transport.send(request).await?;
        let status = response.status();
        let body = response.into_body().bytes(ANSWER_LIMIT).await?;
        if !status.is_success() {
            return Err(refusal(status, &body));
        }
        let answer = serde_json::from_slice::<TokenAnswer>(&body).unwrap_or_default();
        answer.token.ok_or_else(|| {
            let message = "Descope answered without a token";
            Error::new(ErrorKind::UnexpectedResponse, message)
        })
    }
}

impl fmt::Debug for DescopeAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DescopeAuth")
            .field("base_url", &self.base_url)
            .field("project_id", &self.project_id)
            .finish_non_exhaustive()
    }
}

/// A token about to be fetched. Await it. From [`DescopeAuth::get_auth`].
///
/// It fails with [`ErrorKind::InvalidInput`] without a user and a tenant, with [`ErrorKind::Unauthorized`] if Descope
/// refuses the management key, and with [`ErrorKind::NotFound`] if it has no such token: the user connects in Descope.
#[derive(Debug, Clone)]
#[must_use = "nothing is fetched until this is awaited"]
pub struct GetDescopeAuth {
    descope: DescopeAuth,
    query: TokenQuery,
}

impl GetDescopeAuth {
    /// The user, as Descope knows them.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.query.user_id = Some(user_id.into());
        self
    }

    /// The tenant: with a user it is the tenant in which they are meant, without one the tenant's own token is fetched.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.query.tenant_id = Some(tenant_id.into());
        self
    }

    /// The permissions that the token must have; without any it is the newest token.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.query.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    async fn fetch(self) -> Result<CustomAuth> {
        let owner = match (&self.query.user_id, &self.query.tenant_id) {
            (Some(_), _) => "user",
            (None, Some(_)) => "tenant",
            (None, None) => {
                let message = "say whose token it is: a user's or a tenant's";
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        };
        let newest = if self.query.scopes.is_empty() {
            "/latest"
        } else {
            ""
        };
        let path = format!("/v1/mgmt/outbound/app/{owner}/token{newest}");
        let token = self.descope.send(&path, self.query).await?;
        let text = token.access_token.expose();
        if text.is_empty() || HeaderValue::from_str(text).is_err() {
            let message = "Descope answered with a token that no header can carry";
            return Err(Error::new(ErrorKind::UnexpectedResponse, message));
        }
        Ok(CustomAuth::new().header("Authorization", format!("Bearer {text}")))
    }
}

impl IntoFuture for GetDescopeAuth {
    type Output = Result<CustomAuth>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.fetch())
    }
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenQuery {
    app_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

#[derive(Default, Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: Option<Token>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    access_token: Secret,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Refusal {
    error_code: String,
    error_description: String,
    error_message: String,
}

fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let told = serde_json::from_slice::<Refusal>(body).unwrap_or_default();
    let words = [told.error_description, told.error_message];
    let words = words.iter().filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| word.chars().take(EXCERPT).collect())
        .collect();
    let message = match words.as_slice() {
        [] => format!("Descope answered {status}"),
        words => format!("Descope answered {status}: {}", words.join(": ")),
    };
    let error = Error::new(ErrorKind::from_status(status), message).with_status(status);
    match told.error_code {
        code if code.is_empty() => error,
        code => error.with_slug(code),
    }
}

/// Where a project's region answers: the four letters behind the first of a long project id name it.
#[cfg(feature = "reqwest")]
fn region_url(project_id: &str) -> String {
    let region = project_id.get(1..5).filter(|region| {
        project_id.len() >= WITH_REGION
            && region.chars().all(|letter| letter.is_ascii_alphanumeric())
    });
    match region {
        Some(region) => format!("https://api.{region}.descope.com"),
        None => "https://api.descope.com".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::{Arc, Mutex},
    };

    use http::{Request, Response};
    use serde_json::{Value, json};
    use tower::service_fn;

    use super::{DescopeAuth, region_url};
    use crate::{Body, ErrorKind};

    type Asked = Arc<Mutex<Vec<(String, String, Value)>>>;

    /// A stand-in of Descope's documented API: what it was asked (address, authorization, body), and one answer.
    fn descope(status: u16, answer: &impl ToString) -> (DescopeAuth, Asked) {
        let asked = Asked::default();
        let (log, answer) = (asked.clone(), answer.to_string());
        let service = service_fn(move |request: Request<Body>| {
            let (log, answer) = (log.clone(), answer.clone());
            async move {
                let address = request.uri().to_string();
                let bearer = request.headers()["authorization"].clone();
                assert!(bearer.is_sensitive());
                let body = request.into_body().bytes(10_000).await.unwrap();
                let body = serde_json::from_slice(&body).unwrap();
                log.lock()
                    .unwrap()
                    .push((address, bearer.to_str().unwrap().to_owned(), body));
                let answer = Response::builder().status(status).body(Body::from(answer));
                Ok::<_, Infallible>(answer.unwrap())
            }
        });
        let descope =
            DescopeAuth::with_transport(service, "P2", "management-key", "https://descope.test/");
        (descope.unwrap(), asked)
    }

    fn token() -> Value {
        json!({"token": {"id": "t1", "appId": "github", "accessToken": "gho_1", "accessTokenType": "Bearer"}})
    }

    #[tokio::test]
    async fn a_users_token_with_scopes_becomes_an_authorization_header() {
        let (descope, asked) = descope(200, &token());
        let auth = descope
            .get_auth("github")
            .user_id("U1")
            .scopes(["user", "public_repo"]);
        let auth = auth.await.unwrap();
        let written = serde_json::to_value(&auth).unwrap();
        let header = json!({"name": "Authorization", "value": "Bearer gho_1", "in": "header"});
        assert_eq!(written, json!({"parameters": [header]}));
        assert_eq!(
            asked.lock().unwrap()[0],
            (
                "https://descope.test/v1/mgmt/outbound/app/user/token".to_owned(),
                "Bearer P2:management-key".to_owned(),
                json!({"appId": "github", "userId": "U1", "scopes": ["user", "public_repo"]}),
            )
        );
    }

    #[tokio::test]
    async fn a_tenants_token_and_the_newest_token_have_places_of_their_own() {
        let (descope, asked) = descope(200, &token());
        let github = || descope.get_auth("github");
        github().tenant_id("T1").scopes(["repo"]).await.unwrap();
        github().user_id("U1").await.unwrap();
        github().user_id("U1").tenant_id("T1").await.unwrap();
        let asked = asked.lock().unwrap();
        let paths: Vec<&str> = asked
            .iter()
            .filter_map(|(url, ..)| url.split("/app/").nth(1))
            .collect();
        assert_eq!(
            paths,
            ["tenant/token", "user/token/latest", "user/token/latest"]
        );
        assert_eq!(
            asked[2].2,
            json!({"appId": "github", "userId": "U1", "tenantId": "T1"})
        );
    }

    #[tokio::test]
    async fn a_token_for_nobody_is_not_asked_for() {
        let (descope, asked) = descope(200, &token());
        let error = descope.get_auth("github").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(asked.lock().unwrap().len(), 0);
    }

    #[tokio::test]
    async fn a_refusal_says_what_descope_said_and_no_secret() {
        let refused = json!({"errorCode": "E011002", "errorDescription": "Request is invalid", "errorMessage": "no token"});
        for (status, kind) in [
            (401, ErrorKind::Unauthorized),
            (404, ErrorKind::NotFound),
            (500, ErrorKind::Unavailable),
        ] {
            let (descope, _) = descope(status, &refused);
            let error = descope.get_auth("github").user_id("U1").await.unwrap_err();
            assert_eq!((error.kind(), error.slug()), (kind, Some("E011002")));
            assert!(error.message().contains("Request is invalid: no token"));
            assert!(!format!("{error:?} {descope:?}").contains("management-key"));
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_no_token_is_an_error_and_not_shown() {
        for answer in [
            "<html>",
            "{}",
            r#"{"token": null}"#,
            r#"{"token": {"accessToken": ""}}"#,
            r#"{"token": {"accessToken": "a\nb"}}"#,
        ] {
            let (descope, _) = descope(200, &answer);
            let error = descope.get_auth("github").user_id("U1").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{answer}");
        }
    }

    #[test]
    fn the_region_of_a_project_is_in_its_id() {
        let long = "Puse12aAc4T2V93bddihGEx2Ryhc8e5Z";
        assert_eq!(region_url(long), "https://api.use1.descope.com");
        assert_eq!(region_url("P2abc"), "https://api.descope.com");
        let hostile = "P.x/@aAc4T2V93bddihGEx2Ryhc8e5Zz";
        assert_eq!(region_url(hostile), "https://api.descope.com");
    }

    #[test]
    fn a_key_does_not_travel_readable_and_cannot_split_a_header() {
        let plain = DescopeAuth::at("P2", "key", "http://descope.example").unwrap_err();
        assert_eq!(plain.kind(), ErrorKind::Config);
        let split = DescopeAuth::new("P2", "key\r\nx: y").unwrap_err();
        assert_eq!(split.kind(), ErrorKind::Config);
        assert!(DescopeAuth::new("", "key").is_err());
    }
}
