-- When tokens are to be renewed (NULL: never) and were last; who is at it and until when; how often it failed since.
ALTER TABLE connections ADD COLUMN refresh_at INTEGER;
ALTER TABLE connections ADD COLUMN refreshed_at INTEGER;
ALTER TABLE connections ADD COLUMN refresh_owner TEXT;
ALTER TABLE connections ADD COLUMN refresh_until INTEGER;
ALTER TABLE connections ADD COLUMN refresh_failures INTEGER NOT NULL DEFAULT 0;

CREATE INDEX connections_to_refresh ON connections (refresh_at) WHERE refresh_at IS NOT NULL AND status = 'ACTIVE';

-- What other processes must not go on using from memory, in the order of the commits. Triggers write it, so that no
-- write can forget to. Only the newest are kept: whoever has missed more forgets everything.
CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    project TEXT NOT NULL,
    user_id TEXT,
    toolkit TEXT,
    id      TEXT NOT NULL
) STRICT;

CREATE TRIGGER changes_trimmed AFTER INSERT ON changes BEGIN
    DELETE FROM changes WHERE seq <= NEW.seq - 1000;
END;

CREATE TRIGGER connection_added AFTER INSERT ON connections BEGIN
    INSERT INTO changes (kind, project, user_id, toolkit, id)
    VALUES ('connection', NEW.project, NEW.user_id, NEW.toolkit, NEW.id);
END;

-- Not of what is sealed: sealed anew under another key it opens to the same.
CREATE TRIGGER connection_changed AFTER UPDATE OF status, disabled, auth_config_id, generation ON connections BEGIN
    INSERT INTO changes (kind, project, user_id, toolkit, id)
    VALUES ('connection', NEW.project, NEW.user_id, NEW.toolkit, NEW.id);
END;

CREATE TRIGGER connection_deleted AFTER DELETE ON connections BEGIN
    INSERT INTO changes (kind, project, user_id, toolkit, id)
    VALUES ('connection', OLD.project, OLD.user_id, OLD.toolkit, OLD.id);
END;

CREATE TRIGGER auth_config_changed AFTER UPDATE OF enabled, tools_for_execution, generation ON auth_configs BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('auth_config', NEW.project, NEW.toolkit, NEW.id);
END;

CREATE TRIGGER auth_config_deleted AFTER DELETE ON auth_configs BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('auth_config', OLD.project, OLD.toolkit, OLD.id);
END;

CREATE TRIGGER key_deleted AFTER DELETE ON keys BEGIN
    INSERT INTO changes (kind, project, id) VALUES ('key', OLD.project, OLD.id);
END;
