-- One recipe over many pictures. Times and JSON columns as in the first schema.
CREATE TABLE batches (
    id             TEXT PRIMARY KEY NOT NULL,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    -- Why it was paused, where nobody asked for that.
    reason         TEXT,
    lang           TEXT NOT NULL CHECK (lang IN ('zh', 'en')),
    -- As it was when the batch began: later changes of a kept recipe do not reach it.
    recipe         TEXT NOT NULL,
    recipe_id      TEXT,
    -- Further pictures of the recipe: pairs of N in `image:N` and a picture.
    images         TEXT NOT NULL,
    "values"       TEXT NOT NULL,
    format         TEXT,
    -- Whether a table says which pictures there are.
    has_table      INTEGER NOT NULL CHECK (has_table IN (0, 1)),
    -- The key and the request that it came by.
    api_key        TEXT,
    request_id     TEXT,
    last_seq       INTEGER NOT NULL DEFAULT 0,
    last_n         INTEGER NOT NULL DEFAULT 0,
    created_at     TEXT NOT NULL,
    finished_at    TEXT
) STRICT;
CREATE INDEX batches_user ON batches (user_id, created_at DESC);
CREATE INDEX batches_running ON batches (state) WHERE state = 'running';

CREATE TABLE batch_items (
    batch    TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL CHECK (n > 0),
    -- Number of its last change in the batch.
    seq      INTEGER NOT NULL,
    file     TEXT NOT NULL,
    -- What the file is found by: the whole path, and its last part, whatever the case.
    path_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- The name of the result without its extension, unique in the batch.
    stem     TEXT NOT NULL,
    name     TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    image    TEXT,
    "values" TEXT NOT NULL,
    -- The job that is at it or was last; NULL while it waits for its turn.
    job      TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    results  TEXT NOT NULL DEFAULT '[]',
    error    TEXT,
    warnings TEXT NOT NULL DEFAULT '[]',
    report   TEXT,
    ms       INTEGER,
    PRIMARY KEY (batch, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX batch_items_seq ON batch_items (batch, seq);
CREATE INDEX batch_items_state ON batch_items (batch, state, job, n);
CREATE INDEX batch_items_name ON batch_items (batch, name_key);
CREATE UNIQUE INDEX batch_items_job ON batch_items (job) WHERE job IS NOT NULL;

-- Which pictures a batch keeps; a picture goes with the last that keeps it.
CREATE TABLE batch_images (
    batch TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (batch, image)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_images_image ON batch_images (image);

CREATE TRIGGER a_cancelled_batch_stays_so BEFORE UPDATE OF state ON batches WHEN OLD.state = 'cancelled' AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'a cancelled batch stays so');
END;

CREATE TRIGGER a_finished_item_never_changes_its_state BEFORE UPDATE OF state ON batch_items
WHEN OLD.state IN ('succeeded', 'cancelled') AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'a finished item never changes its state');
END;

CREATE TRIGGER only_an_item_that_runs_succeeds BEFORE UPDATE OF state ON batch_items
WHEN NEW.state = 'succeeded' AND OLD.state <> 'running'
BEGIN
    SELECT RAISE(ABORT, 'only an item that runs succeeds');
END;

CREATE TRIGGER an_item_runs_as_a_job BEFORE UPDATE OF state ON batch_items WHEN NEW.state = 'running' AND (NEW.job IS NULL OR OLD.state <> 'queued')
BEGIN
    SELECT RAISE(ABORT, 'an item runs as a job');
END;
