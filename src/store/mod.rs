//! SQLite repositories and the content-addressed blob store.
//!
//! [`Store`] reads; a [`Tx`] changes. Every row has an owner and every call names one: rows of somebody else do not exist.
//! There is one writer at a time, so changes never meet a locked database, and the events of a transaction reach
//! subscribers after it is committed, in order.

pub mod blobs;
mod branches;
pub mod chains;
#[cfg(debug_assertions)]
mod cut;
pub mod error;
pub mod events;
pub mod idempotency;
pub mod ids;
pub mod images;
mod job_states;
pub mod jobs;
pub mod messages;
pub mod open;
pub mod questions;
mod row;
mod search;
pub mod sessions;
pub mod sweep;
#[cfg(test)]
mod tests;
pub mod time;
pub mod tx;
pub mod users;
pub mod versions;

pub use blobs::{BlobId, Blobs, Pin};
pub use branches::DeletedBranch;
pub use chains::Chain;
pub use error::StoreError;
pub use events::{Event, EventBody, Preview, StepArtifact};
pub use idempotency::{IdempotencyKey, Known};
pub use ids::{BadId, ImageId, JobId, MessageId, QuestionId, SessionId, UserId};
pub use images::{Image, ImageKind, NewImage};
pub use jobs::{Base, Finish, Job, JobFile, JobInputs, JobKind, JobState, Lane, MovedMask, NewJob, Problem, StepTime, Timings};
pub use messages::{Message, NewMessage, Role};
pub use open::Store;
pub use questions::QuestionRow;
pub use sessions::Session;
pub use time::Time;
pub use tx::Tx;
pub use users::User;
pub use versions::{NewVersion, Version, VersionKind};
