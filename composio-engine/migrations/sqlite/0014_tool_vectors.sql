-- What the newest tools of an app mean: vectors by a sentence encoder, in pieces of some tools in their order, and the
-- stamp of the encoder they were made by. They can be made anew at any time.
CREATE TABLE tool_vectors (
    slug    TEXT    NOT NULL,
    version TEXT    NOT NULL,
    piece   INTEGER NOT NULL,
    stamp   TEXT    NOT NULL,
    bytes   BLOB    NOT NULL,
    PRIMARY KEY (slug, version, piece),
    FOREIGN KEY (slug, version) REFERENCES apps (slug, version) ON DELETE CASCADE
) STRICT;

CREATE INDEX tool_vectors_by_stamp ON tool_vectors (stamp);
