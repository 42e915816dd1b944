-- Every row belongs to a user; without accounts that is the implicit local owner.
-- Times are RFC 3339 UTC with milliseconds, so they compare as text. JSON columns hold what the Rust type of the same name writes.

CREATE TABLE users (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

INSERT INTO users (id, name, created_at) VALUES ('usr_local', 'local', '2026-01-01T00:00:00.000Z');

CREATE TABLE images (
    id         TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('upload', 'version', 'mask', 'artifact', 'export', 'result')),
    blob       TEXT NOT NULL,
    name       TEXT NOT NULL,
    width      INTEGER NOT NULL CHECK (width > 0),
    height     INTEGER NOT NULL CHECK (height > 0),
    format     TEXT NOT NULL,
    alpha      INTEGER NOT NULL CHECK (alpha IN (0, 1)),
    bytes      INTEGER NOT NULL,
    warnings   TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT
) STRICT;
CREATE INDEX images_blob ON images (blob);
CREATE INDEX images_expiry ON images (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE sessions (
    id              TEXT PRIMARY KEY NOT NULL,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title           TEXT NOT NULL,
    current         INTEGER,
    last_version    INTEGER NOT NULL DEFAULT 0,
    last_seq        INTEGER NOT NULL DEFAULT 0,
    pending_message TEXT,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_recent ON sessions (user_id, updated_at DESC);

-- Which pictures a session keeps; a picture goes with the last session that keeps it.
CREATE TABLE session_images (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    image   TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (session, image)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_images_image ON session_images (image);

CREATE TABLE messages (
    id         TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text       TEXT NOT NULL,
    lang       TEXT NOT NULL CHECK (lang IN ('zh', 'en')),
    images     TEXT NOT NULL,
    mask       TEXT,
    reply_to   TEXT,
    job        TEXT,
    plan       TEXT,
    question   TEXT,
    command    TEXT,
    error      TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX messages_session ON messages (session);

CREATE TABLE questions (
    id         TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    message    TEXT NOT NULL,
    question   TEXT NOT NULL,
    answered   INTEGER,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX questions_session ON questions (session);

CREATE TABLE jobs (
    id            TEXT PRIMARY KEY NOT NULL,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL CHECK (kind IN ('chat', 'edit', 'run')),
    lane          TEXT NOT NULL CHECK (lane IN ('interactive', 'batch')),
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    session       TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    message       TEXT,
    lang          TEXT NOT NULL CHECK (lang IN ('zh', 'en')),
    plan          TEXT NOT NULL,
    inputs        TEXT NOT NULL,
    version       INTEGER,
    files         TEXT NOT NULL DEFAULT '[]',
    artifacts     TEXT NOT NULL DEFAULT '[]',
    resolved_plan TEXT,
    report        TEXT,
    report_text   TEXT,
    exact         INTEGER NOT NULL DEFAULT 0 CHECK (exact IN (0, 1)),
    warnings      TEXT NOT NULL DEFAULT '[]',
    error         TEXT,
    timings       TEXT,
    created_at    TEXT NOT NULL,
    started_at    TEXT,
    finished_at   TEXT
) STRICT;
CREATE INDEX jobs_session ON jobs (session);
CREATE INDEX jobs_unfinished ON jobs (state) WHERE state IN ('queued', 'running');

CREATE TRIGGER a_job_starts_queued BEFORE INSERT ON jobs WHEN NEW.state <> 'queued'
BEGIN
    SELECT RAISE(ABORT, 'a job starts queued');
END;

CREATE TRIGGER a_finished_job_never_changes_its_state BEFORE UPDATE OF state ON jobs
WHEN OLD.state IN ('succeeded', 'failed', 'cancelled') AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'a finished job never changes its state');
END;

CREATE TRIGGER a_queued_job_cannot_succeed BEFORE UPDATE OF state ON jobs
WHEN OLD.state = 'queued' AND NEW.state = 'succeeded'
BEGIN
    SELECT RAISE(ABORT, 'a queued job cannot succeed before it ran');
END;

CREATE TABLE versions (
    session       TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL CHECK (number > 0),
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    parent        INTEGER,
    kind          TEXT NOT NULL CHECK (kind IN ('upload', 'edit')),
    image         TEXT NOT NULL REFERENCES images (id),
    mask          TEXT REFERENCES images (id),
    job           TEXT,
    plan          TEXT,
    resolved_plan TEXT,
    map           TEXT,
    exact         INTEGER NOT NULL DEFAULT 0 CHECK (exact IN (0, 1)),
    -- The child that was current when this version was last returned to.
    redo          INTEGER,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (session, number),
    FOREIGN KEY (session, parent) REFERENCES versions (session, number)
) STRICT;
-- A job makes at most one version, whatever happens.
CREATE UNIQUE INDEX versions_job ON versions (job) WHERE job IS NOT NULL;
CREATE INDEX versions_image ON versions (image);

CREATE TABLE events (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    time    TEXT NOT NULL,
    job     TEXT,
    body    TEXT NOT NULL,
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job         TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    expires_at  TEXT NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
