//! How much of the disk somebody may take: asked in the change that adds pictures, so two at once cannot both be the last that fits.

use std::sync::Arc;

use super::{Image, NewImage, Pin, Store, StoreError, Tx, UserId};

/// Bytes of pictures that somebody may keep; `None` = as many as they like.
pub type Space = Option<u64>;

impl Store {
    /// Stores files as pictures, all of them or none, within `space`. What did not fit leaves nothing behind.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`]
    pub async fn save_images(&self, owner: &UserId, files: Vec<(NewImage, Arc<Vec<u8>>)>, space: Space) -> Result<Vec<Image>, StoreError> {
        if files.is_empty() {
            return Ok(vec![]);
        }
        let mut pins = Vec::with_capacity(files.len());
        let saved = self.save_pinned(owner, files, space, &mut pins).await;
        if saved.is_err() {
            // The rows are gone with their change; files are not part of it.
            self.discard_quietly(pins).await;
        }
        saved
    }

    /// Takes files away again that no row names; where that fails, the next sweep does it.
    pub async fn discard_quietly(&self, pins: Vec<Pin>) {
        if let Err(error) = self.discard(pins).await {
            tracing::warn!(%error, "files of a refused request are left to the next sweep");
        }
    }

    async fn save_pinned(
        &self,
        owner: &UserId,
        files: Vec<(NewImage, Arc<Vec<u8>>)>,
        space: Space,
        pins: &mut Vec<Pin>,
    ) -> Result<Vec<Image>, StoreError> {
        let mut new = Vec::with_capacity(files.len());
        for (image, bytes) in files {
            pins.push(self.blobs().put(bytes).await?);
            new.push(image);
        }
        let mut tx = self.begin(owner).await?;
        let mut images = Vec::with_capacity(new.len());
        for (image, pin) in new.into_iter().zip(pins.iter()) {
            images.push(tx.add_image(image, pin).await?);
        }
        tx.keep_within(space).await?;
        tx.commit().await?;
        Ok(images)
    }
}

impl Tx {
    /// That the owner's pictures, those that this change adds included, fit.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`]; drop the change then, and its files.
    pub async fn keep_within(&mut self, space: Space) -> Result<(), StoreError> {
        let Some(most) = space else { return Ok(()) };
        let owner = self.owner.clone();
        let kept: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(bytes), 0) FROM images WHERE user_id = ?").bind(owner).fetch_one(self.db()).await?;
        if u64::try_from(kept).unwrap_or(0) <= most { Ok(()) } else { Err(StoreError::NoSpace { most }) }
    }
}

/// In a unit that shows a difference: kilobytes, megabytes or gigabytes (powers of 1000).
pub fn in_words(bytes: u64) -> String {
    match bytes {
        0..10_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.0} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::tests::image;

    fn upload() -> NewImage {
        NewImage { keep: Some(Duration::from_secs(3600)), ..image("a.png") }
    }

    /// Files in the blob folder.
    fn blobs(store: &Store) -> usize {
        store.blobs().list_blocking().unwrap().len()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn pictures_that_come_at_once_never_take_more_than_the_space() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let me = UserId::local();
        let (each, most) = (1000, 3500);
        let saves = (0..16u8).map(|n| {
            let (store, me) = (store.clone(), me.clone());
            tokio::spawn(async move { store.save_images(&me, vec![(upload(), Arc::new(vec![n; each]))], Some(most)).await })
        });
        let mut fitted = 0;
        for save in saves.collect::<Vec<_>>() {
            match save.await.unwrap() {
                Ok(_) => fitted += 1,
                Err(error) => assert!(matches!(error, StoreError::NoSpace { most: 3500 }), "{error}"),
            }
        }
        assert_eq!((fitted, store.stored_bytes(&me).await.unwrap(), blobs(&store)), (3, 3000, 3));
    }

    #[tokio::test]
    async fn of_several_pictures_all_are_kept_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let me = UserId::local();
        let files = |sizes: &[usize]| sizes.iter().zip(0..).map(|(&size, n)| (upload(), Arc::new(vec![n; size]))).collect::<Vec<_>>();
        let refused = store.save_images(&me, files(&[400, 400, 201]), Some(1000)).await;
        assert!(matches!(refused, Err(StoreError::NoSpace { .. })));
        assert_eq!((store.stored_bytes(&me).await.unwrap(), blobs(&store)), (0, 0), "nothing of it was kept");
        assert_eq!(store.save_images(&me, files(&[400, 400, 200]), Some(1000)).await.unwrap().len(), 3, "to the last byte");
        // The same bytes are one file, which others still need when a second row does not fit.
        assert!(store.save_images(&me, files(&[400]), Some(1000)).await.is_err());
        assert_eq!(blobs(&store), 3);
        assert_eq!(store.save_images(&me, files(&[400]), None).await.unwrap().len(), 1, "where there is no limit");
    }
}
