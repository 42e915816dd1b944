-- Pictures that only batches kept are not left behind without anybody who would ever remove them: they expire.
UPDATE images SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+30 days')
WHERE expires_at IS NULL AND id IN (SELECT image FROM batch_images) AND id NOT IN (SELECT image FROM session_images);
DROP TABLE batch_images;
DROP TABLE batch_items;
DROP TABLE batches;
