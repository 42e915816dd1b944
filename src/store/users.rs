//! Who owns things. Without accounts there is one user: the implicit local owner.

use sqlx::Row;

use super::{Store, StoreError, Time, UserId};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub created_at: Time,
}

impl Store {
    pub async fn user(&self, id: &UserId) -> Result<User, StoreError> {
        let row = sqlx::query("SELECT id, name, created_at FROM users WHERE id = ?").bind(id).fetch_one(self.reader()).await?;
        Ok(User { id: row.try_get("id")?, name: row.try_get("name")?, created_at: row.try_get("created_at")? })
    }

    /// Adds a user.
    pub async fn add_user(&self, name: &str) -> Result<User, StoreError> {
        let user = User { id: UserId::new(), name: name.to_owned(), created_at: Time::now() };
        let mut tx = self.begin(&user.id).await?;
        sqlx::query("INSERT INTO users (id, name, created_at) VALUES (?, ?, ?)")
            .bind(&user.id)
            .bind(&user.name)
            .bind(user.created_at)
            .execute(tx.db())
            .await?;
        tx.commit().await?;
        Ok(user)
    }
}
