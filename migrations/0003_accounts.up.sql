-- People, what they sign in with, and what programs sign in with. Secrets are kept as hashes only: passwords as argon2id, everything else as the SHA-256
-- of 256 random bits.

-- The first account takes over the local owner's row, and with it all that was made before there were accounts.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'member'));
ALTER TABLE users ADD COLUMN password TEXT;
ALTER TABLE users ADD COLUMN disabled_at TEXT;
-- NULL = what the configuration says; 0 = no limit.
ALTER TABLE users ADD COLUMN requests_per_minute INTEGER CHECK (requests_per_minute >= 0);
ALTER TABLE users ADD COLUMN jobs_at_once INTEGER CHECK (jobs_at_once >= 0);
ALTER TABLE users ADD COLUMN storage_bytes INTEGER CHECK (storage_bytes >= 0);
UPDATE users SET role = 'owner' WHERE id = 'usr_local';
-- Names that can sign in are unique whatever their case.
CREATE UNIQUE INDEX users_name ON users (name COLLATE NOCASE) WHERE password IS NOT NULL;

CREATE TABLE logins (
    id           TEXT PRIMARY KEY NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash         TEXT NOT NULL UNIQUE,
    -- What the cookie held before the last rotation; good for a moment, for requests that were under way.
    previous     TEXT UNIQUE,
    agent        TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    rotated_at   TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL
) STRICT;
CREATE INDEX logins_user ON logins (user_id);

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    -- The first characters, to tell keys apart.
    hint         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    requests_per_minute INTEGER CHECK (requests_per_minute >= 0),
    jobs_at_once INTEGER CHECK (jobs_at_once >= 0),
    created_at   TEXT NOT NULL,
    expires_at   TEXT,
    last_used_at TEXT,
    revoked_at   TEXT
) STRICT;
CREATE INDEX api_keys_user ON api_keys (user_id);

-- Links that let somebody in once: the set-up of the first account, an invitation, a new password.
CREATE TABLE invites (
    id         TEXT PRIMARY KEY NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('setup', 'invite', 'reset')),
    role       TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    -- Whose password it sets; NULL for a new account.
    user_id    TEXT REFERENCES users (id) ON DELETE CASCADE,
    created_by TEXT REFERENCES users (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

-- What was done to accounts and keys, and by whom. Rows stay when a user goes, so names are kept as they were.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    time       TEXT NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    request_id TEXT
) STRICT;

-- What somebody keeps is summed up for the quota.
CREATE INDEX images_owner ON images (user_id, bytes);

-- Which key a job came by, so that a key's own limit can be kept; NULL for everything else.
ALTER TABLE jobs ADD COLUMN api_key TEXT;
