//! Finding conversations by what was said in them.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use sqlx::Row;
use unicode_normalization::UnicodeNormalization;

use super::{SessionId, Store, StoreError, UserId};

impl Store {
    /// Sessions whose title or any message contains `words`, whatever the case and width of letters, in every script. No character of `words` means
    /// anything but itself. Texts are read one after the other: SQLite by itself knows the case of ASCII only.
    pub async fn sessions_with(&self, owner: &UserId, words: &str) -> Result<HashSet<SessionId>, StoreError> {
        let wanted = folded(words);
        let mut found = HashSet::new();
        let sql = "SELECT id, title AS text FROM sessions WHERE user_id = ?1
                   UNION ALL SELECT session AS id, text FROM messages WHERE user_id = ?1 AND text <> ''";
        let mut rows = sqlx::query(sql).bind(owner).fetch(self.reader());
        while let Some(row) = rows.try_next().await? {
            let id: SessionId = row.try_get("id")?;
            if !found.contains(&id) && folded(row.try_get("text")?).contains(&wanted) {
                found.insert(id);
            }
        }
        Ok(found)
    }
}

/// Letters that differ only in case or width become the same (Unicode NFKC, then lower case).
fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}
