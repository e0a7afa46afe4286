-- Links on which a person connects an account. The token itself is not kept.
CREATE TABLE links (
    hash         BLOB    PRIMARY KEY,
    project      TEXT    NOT NULL,
    account      TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    callback_url TEXT,
    expires_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX links_by_account ON links (account);
CREATE INDEX links_by_expiry ON links (expires_at);

-- Credentials that a person gave and that wait until the application has said who that person is.
CREATE TABLE confirmations (
    hash       BLOB    PRIMARY KEY,
    project    TEXT    NOT NULL,
    account    TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    -- That of the account when they were given; a later change of the account makes them worthless.
    generation INTEGER NOT NULL,
    -- When their access token runs out; NULL where nobody knows.
    token_expires_at INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX confirmations_by_account ON confirmations (account);
CREATE INDEX confirmations_by_expiry ON confirmations (expires_at);

-- Where people are sent so that the application says who they are; NULL or empty: nowhere.
ALTER TABLE projects ADD COLUMN callback_verifier_url TEXT;

-- Whose account it is, as the service says it: a JSON object of texts.
ALTER TABLE connections ADD COLUMN identity TEXT;
