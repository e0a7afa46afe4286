-- What a project has changed; NULL is the engine's default.
CREATE TABLE projects (
    id                  TEXT    PRIMARY KEY,
    logo_url            TEXT,
    display_name        TEXT,
    keeps_payloads      INTEGER,
    require_mcp_api_key INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
) STRICT;

-- Arguments and results of executions, where they are asked for. They go before their entry or with it.
CREATE TABLE log_payloads (
    log_id TEXT PRIMARY KEY REFERENCES logs (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
) STRICT;
