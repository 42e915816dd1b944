//! Why the engine did not take or do something.

use crate::store::StoreError;
use crate::text::{Explain, Text};

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// As many jobs wait as may wait.
    #[error("the queue is full")]
    QueueFull,
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
