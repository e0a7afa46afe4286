-- Times are microseconds since 1970 (UTC). Lists are JSON arrays of texts. `sealed` is what the vault made.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE apps (
    slug        TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    integration TEXT    NOT NULL,
    compiled    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (slug, version)
) STRICT;

CREATE TABLE auth_configs (
    id                  TEXT    PRIMARY KEY,
    project             TEXT    NOT NULL,
    toolkit             TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    scheme              TEXT    NOT NULL,
    scheme_name         TEXT    NOT NULL,
    managed             INTEGER NOT NULL,
    enabled             INTEGER NOT NULL,
    tools_for_creation  TEXT,
    tools_for_execution TEXT,
    sealed              BLOB    NOT NULL,
    generation          INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
) STRICT;

CREATE INDEX auth_configs_by_toolkit ON auth_configs (project, toolkit, created_at);

CREATE TABLE connections (
    id             TEXT    PRIMARY KEY,
    project        TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    toolkit        TEXT    NOT NULL,
    auth_config_id TEXT    NOT NULL REFERENCES auth_configs (id) ON DELETE CASCADE,
    status         TEXT    NOT NULL,
    status_reason  TEXT,
    disabled       INTEGER NOT NULL,
    alias          TEXT,
    sealed         BLOB    NOT NULL,
    generation     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX connections_by_user ON connections (project, user_id, toolkit, status, created_at);
CREATE INDEX connections_by_auth_config ON connections (auth_config_id);

CREATE TABLE logs (
    id          TEXT    PRIMARY KEY,
    project     TEXT    NOT NULL,
    user_id     TEXT,
    toolkit     TEXT    NOT NULL,
    tool        TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    account     TEXT,
    outcome     TEXT    NOT NULL,
    error       TEXT,
    duration    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logs_by_time ON logs (project, created_at);
