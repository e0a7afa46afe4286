-- Bytes stand in the folder beside the database, under the name `blob`, encrypted with the key that `sealed` holds.
-- A file without them is awaited. One without a user belongs to the whole project.

CREATE TABLE files (
    id         TEXT    PRIMARY KEY,
    project    TEXT    NOT NULL,
    user_id    TEXT,
    toolkit    TEXT    NOT NULL,
    tool       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    md5        TEXT    NOT NULL,
    size       INTEGER,
    blob       TEXT,
    sealed     BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX files_by_time ON files (project, created_at);
CREATE INDEX files_by_size ON files (project, size);
CREATE INDEX files_by_md5 ON files (md5);
CREATE INDEX files_by_expiry ON files (expires_at);
CREATE UNIQUE INDEX files_by_blob ON files (blob) WHERE blob IS NOT NULL;

-- On whose behalf a file of the whole project went to a service.
CREATE TABLE file_users (
    file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    PRIMARY KEY (file_id, user_id)
) STRICT, WITHOUT ROWID;
