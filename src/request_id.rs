//! The id of the request that is being answered: in its answer, in every line of the log that it causes, in the row of a job that it queues and in the
//! lines of that job. So whoever is told an id finds what happened.

use std::future::Future;

tokio::task_local! {
    static CURRENT: String;
}

/// A new id: they sort by time.
pub fn new() -> String {
    format!("req_{}", uuid::Uuid::now_v7().simple())
}

/// Does `work` as part of the request `id`.
pub async fn within<F: Future>(id: String, work: F) -> F::Output {
    CURRENT.scope(id, work).await
}

/// The request that the running task answers; `None` outside one.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_knows_its_own_request_only() {
        assert_eq!(current(), None);
        let (a, b) = tokio::join!(within("a".to_owned(), async { current() }), within("b".to_owned(), async { current() }));
        assert_eq!((a.as_deref(), b.as_deref()), (Some("a"), Some("b")));
        assert_eq!(current(), None);
    }
}
