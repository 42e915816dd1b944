-- The pictures that recipes brought along go with them.
DELETE FROM images WHERE id IN (SELECT image FROM recipe_images);
DROP TABLE recipe_images;
DROP TABLE recipe_versions;
DROP TABLE recipes;
