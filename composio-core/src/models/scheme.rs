use super::open_enum;

open_enum! {
    /// How a toolkit authenticates (wire reference 1.4). Always upper case on the wire.
    AuthScheme {
        /// OAuth 2.0 authorization code.
        Oauth2 = "OAUTH2",
        /// OAuth 1.0a (RFC 5849).
        Oauth1 = "OAUTH1",
        /// A key the user has.
        ApiKey = "API_KEY",
        /// User name and password (RFC 7617).
        Basic = "BASIC",
        /// A token the user has (RFC 6750).
        BearerToken = "BEARER_TOKEN",
        /// A Google service account's key file.
        GoogleServiceAccount = "GOOGLE_SERVICE_ACCOUNT",
        /// No credentials.
        NoAuth = "NO_AUTH",
        /// User name and password, exchanged for a JWT.
        BasicWithJwt = "BASIC_WITH_JWT",
        /// An application's installation key.
        ServiceAccount = "SERVICE_ACCOUNT",
        /// OAuth 2.0 with dynamic client registration (RFC 7591).
        DcrOauth = "DCR_OAUTH",
        /// OAuth 2.0 client credentials.
        S2sOauth2 = "S2S_OAUTH2",
    }
}
