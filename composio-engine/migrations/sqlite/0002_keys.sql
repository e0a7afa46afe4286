-- API keys. `hash` is SHA-256 of the key, which is random enough to need no salt. Times as elsewhere; NULL is "never".

CREATE TABLE keys (
    id            TEXT    PRIMARY KEY,
    hash          BLOB    NOT NULL UNIQUE,
    hint          TEXT    NOT NULL,
    name          TEXT,
    project       TEXT    NOT NULL,
    user_id       TEXT,
    apps          TEXT,
    operator      INTEGER NOT NULL,
    per_minute    INTEGER,
    expires_at    INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;
