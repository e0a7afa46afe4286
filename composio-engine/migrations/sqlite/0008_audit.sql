-- Uses of credentials, some at a time, each part bound to the one before by an HMAC whose key is sealed in `meta`.
CREATE TABLE audit (
    part    INTEGER PRIMARY KEY,
    -- The number of its first entry, and how many there are: one a line, in JSON.
    first   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    entries TEXT    NOT NULL,
    code    BLOB    NOT NULL
) STRICT;

-- Where the chain begins and ends, under an HMAC of its own, so that nothing can be cut off unseen. One row.
CREATE TABLE audit_head (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    -- The oldest part that is kept, and the code of the one before it.
    first   INTEGER NOT NULL,
    base    BLOB    NOT NULL,
    -- The newest part, its code, and how many entries there have ever been.
    last    INTEGER NOT NULL,
    code    BLOB    NOT NULL,
    entries INTEGER NOT NULL,
    proof   BLOB    NOT NULL
) STRICT;

-- How much of each process's journal stands in the chain.
CREATE TABLE audit_journals (
    id    TEXT    PRIMARY KEY,
    taken INTEGER NOT NULL,
    -- The newest part that has some of it.
    part  INTEGER NOT NULL
) STRICT;
