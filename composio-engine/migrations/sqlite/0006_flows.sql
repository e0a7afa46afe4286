-- Authorizations that a user has begun. The state itself is not kept, only its SHA-256.
CREATE TABLE flows (
    state         BLOB    PRIMARY KEY,
    project       TEXT    NOT NULL,
    connection_id TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    sealed        BLOB    NOT NULL,
    expires_at    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX flows_by_connection ON flows (connection_id);
CREATE INDEX flows_by_expiry ON flows (expires_at);

-- The operator's own OAuth clients, for auth configs that bring none.
CREATE TABLE oauth_clients (
    toolkit     TEXT    NOT NULL,
    scheme_name TEXT    NOT NULL,
    client_id   TEXT    NOT NULL,
    sealed      BLOB    NOT NULL,
    generation  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (toolkit, scheme_name)
) STRICT;

-- When the access token runs out; NULL where nobody knows.
ALTER TABLE connections ADD COLUMN expires_at INTEGER;

CREATE INDEX connections_initiated ON connections (updated_at) WHERE status = 'INITIATED';
