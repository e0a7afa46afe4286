-- What a version of an app consists of, apart from the version itself: it is large, and a start needs none of it. What a
-- start needs are the facts. They and the names of the tools, one a line, are made from the compiled toolkit, and made
-- anew where they are missing.
CREATE TABLE app_contents (
    slug        TEXT NOT NULL,
    version     TEXT NOT NULL,
    integration TEXT NOT NULL,
    compiled    TEXT NOT NULL,
    PRIMARY KEY (slug, version),
    FOREIGN KEY (slug, version) REFERENCES apps (slug, version) ON DELETE CASCADE
) STRICT;

INSERT INTO app_contents (slug, version, integration, compiled)
SELECT slug, version, integration, compiled FROM apps;

ALTER TABLE apps DROP COLUMN integration;
ALTER TABLE apps DROP COLUMN compiled;
ALTER TABLE apps ADD COLUMN facts TEXT;
ALTER TABLE apps ADD COLUMN tools TEXT;

-- Processes that share the database offer the same apps. `id` is the version.
CREATE TRIGGER app_added AFTER INSERT ON apps BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('app', '', NEW.slug, NEW.version);
END;

CREATE TRIGGER app_deleted AFTER DELETE ON apps BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('app', '', OLD.slug, OLD.version);
END;

CREATE TRIGGER app_deprecated AFTER INSERT ON app_deprecations BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('app', '', NEW.slug, NEW.version);
END;

CREATE TRIGGER app_deprecated_anew AFTER UPDATE ON app_deprecations BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('app', '', NEW.slug, NEW.version);
END;

CREATE TRIGGER app_undeprecated AFTER DELETE ON app_deprecations BEGIN
    INSERT INTO changes (kind, project, toolkit, id) VALUES ('app', '', OLD.slug, OLD.version);
END;
