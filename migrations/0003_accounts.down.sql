-- Passwords, logins, keys, invitations and the audit log are lost; people and all that they made stay.
ALTER TABLE jobs DROP COLUMN api_key;
DROP INDEX images_owner;
DROP TABLE audit;
DROP TABLE invites;
DROP TABLE api_keys;
DROP TABLE logins;
DROP INDEX users_name;
ALTER TABLE users DROP COLUMN storage_bytes;
ALTER TABLE users DROP COLUMN jobs_at_once;
ALTER TABLE users DROP COLUMN requests_per_minute;
ALTER TABLE users DROP COLUMN disabled_at;
ALTER TABLE users DROP COLUMN password;
ALTER TABLE users DROP COLUMN role;
