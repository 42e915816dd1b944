//! SQLite repositories and the content-addressed blob store.
//!
//! [`Store`] reads; a [`Tx`] changes. Every row has an owner and every call names one: rows of somebody else do not exist.
//! There is one writer at a time, so changes never meet a locked database, and the events of a transaction reach
//! subscribers after it is committed, in order.

pub mod audit;
pub mod backup;
mod batch_rows;
mod batch_states;
#[cfg(test)]
mod batch_tests;
pub mod batches;
pub mod blobs;
mod branches;
pub mod chains;
#[cfg(debug_assertions)]
mod cut;
pub mod error;
pub mod events;
pub mod gc;
pub mod idempotency;
pub mod ids;
pub mod images;
pub mod invites;
mod job_states;
pub mod jobs;
pub mod keys;
pub mod logins;
pub mod messages;
pub mod open;
pub mod questions;
pub mod recipes;
mod row;
pub mod schema;
#[cfg(test)]
mod schema_tests;
mod search;
pub mod sessions;
pub mod space;
pub mod sweep;
#[cfg(test)]
mod tests;
pub mod time;
mod totals;
pub mod tx;
pub mod users;
pub mod versions;

pub use audit::{Act, Actor};
pub use batch_states::{ItemEnd, own_name, stops_all};
pub use batches::{Batch, BatchItem, BatchState, Counts, ItemState, ItemsPage, NewBatch, NewItem};
pub use blobs::{BlobId, Blobs, Pin};
pub use branches::DeletedBranch;
pub use chains::Chain;
pub use error::StoreError;
pub use events::{Event, EventBody, Preview, StepArtifact};
pub use idempotency::{IdempotencyKey, Known};
pub use ids::{BadId, BatchId, ImageId, InviteId, JobId, KeyId, LoginId, MessageId, QuestionId, RecipeId, SessionId, UserId};
pub use images::{Image, ImageKind, NewImage};
pub use invites::{Invite, InviteKind};
pub use jobs::{Allowance, Base, Finish, Job, JobFile, JobInputs, JobKind, JobState, Lane, MovedMask, NewJob, Problem, StepTime, Timings};
pub use keys::{ApiKey, NewKey};
pub use logins::{Login, SignedIn};
pub use messages::{Message, NewMessage, Role};
pub use open::Store;
pub use questions::QuestionRow;
pub use recipes::RecipeRow;
pub use sessions::Session;
pub use space::Space;
pub use time::Time;
pub use totals::Totals;
pub use tx::Tx;
pub use users::{Limits, Role as UserRole, User};
pub use versions::{NewVersion, Version, VersionKind};
