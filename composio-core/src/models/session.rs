use serde::{Deserialize, Serialize};

/// Whom the service takes the caller for (wire reference 1.10).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The project whose things the key opens.
    #[serde(default)]
    pub project: Option<SessionProject>,
    /// The person or the user behind the key.
    #[serde(default)]
    pub org_member: Option<SessionMember>,
}

/// The project of a session, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionProject {
    /// Its id.
    pub id: String,
    /// A name for people.
    #[serde(default)]
    pub name: String,
}

/// Who is behind the key of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionMember {
    /// Their id; an engine gives the user's, if the key is for one user alone.
    pub id: String,
    /// What they may do, such as `ADMIN`; an engine says `USER` of a key for one user.
    #[serde(default)]
    pub role: String,
}
