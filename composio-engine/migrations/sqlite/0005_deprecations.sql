-- Versions of apps that people should leave, and until when.

CREATE TABLE app_deprecations (
    slug          TEXT    NOT NULL,
    version       TEXT    NOT NULL,
    deprecated_at INTEGER NOT NULL,
    sunset_at     INTEGER,
    reason        TEXT,
    PRIMARY KEY (slug, version),
    FOREIGN KEY (slug, version) REFERENCES apps (slug, version) ON DELETE CASCADE
) STRICT;
