-- Words of the caller's own to find a connection by: a JSON array of texts.
ALTER TABLE connections ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
