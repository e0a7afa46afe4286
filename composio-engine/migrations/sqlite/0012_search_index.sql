-- The search index over the newest version of every app, in pieces, and the stamp of what it was made from. It can be
-- made anew at any time.
CREATE TABLE search_index (
    piece INTEGER PRIMARY KEY,
    stamp TEXT    NOT NULL,
    bytes BLOB    NOT NULL
) STRICT;
