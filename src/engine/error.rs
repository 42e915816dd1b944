//! Why the engine did not take or do something.

use crate::store::StoreError;
use crate::text::{Explain, Text};

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// As many jobs wait as may wait.
    #[error("the queue is full")]
    QueueFull,
    /// The owner, or the key, has as many jobs under way as it may have.
    #[error("too many jobs of one owner")]
    TooManyJobs,
    #[error("the engine is shutting down")]
    ShuttingDown,
    /// The idempotency key was used for another request.
    #[error("idempotency key re-used for another request")]
    KeyReused,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explain for EngineError {
    fn code(&self) -> &'static str {
        match self {
            EngineError::QueueFull => "queue_full",
            EngineError::TooManyJobs => "too_many_jobs",
            EngineError::ShuttingDown => "shutting_down",
            EngineError::KeyReused => "idempotency_key_reused",
            EngineError::Store(e) => e.code(),
        }
    }

    fn text(&self) -> Text {
        match self {
            EngineError::QueueFull => {
                Text::new("现在排队的任务太多，请过几秒再试。", "Too many jobs are waiting right now. Try again in a few seconds.")
            }
            EngineError::TooManyJobs => Text::new(
                "你同时进行的任务已达上限，请等其中一个完成后再试。",
                "You have as many jobs under way as you may have. Try again when one of them has ended.",
            ),
            EngineError::ShuttingDown => Text::new("服务器正在关闭，请稍后重试。", "The server is shutting down. Try again in a moment."),
            EngineError::KeyReused => Text::new(
                "这个 Idempotency-Key 已用于另一个请求，请换一个。",
                "This Idempotency-Key was used for another request. Use a new one.",
            ),
            EngineError::Store(e) => e.text(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            EngineError::KeyReused => Some("Idempotency-Key"),
            _ => None,
        }
    }
}
