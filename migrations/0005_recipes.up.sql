-- Recipes: steps under a name, to be run on other pictures. Every save under the same name is a further version; versions never change.
CREATE TABLE recipes (
    id         TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX recipes_name ON recipes (user_id, name COLLATE NOCASE);

CREATE TABLE recipe_versions (
    recipe     TEXT NOT NULL REFERENCES recipes (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    -- Without its pictures.
    body       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (recipe, version)
) STRICT, WITHOUT ROWID;

-- Pictures and masks that a recipe brings along; rows of their own, whatever becomes of the conversation that they come from.
CREATE TABLE recipe_images (
    recipe  TEXT NOT NULL,
    version INTEGER NOT NULL,
    key     TEXT NOT NULL,
    image   TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (recipe, version, key),
    FOREIGN KEY (recipe, version) REFERENCES recipe_versions (recipe, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX recipe_images_image ON recipe_images (image);
