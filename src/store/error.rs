//! Why the store could not do something.

use super::BlobId;
use super::space::in_words;
use crate::text::{Explain, Text};

/// An error of the store. `NotFound` also stands for a row of somebody else.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("not found")]
    NotFound,
    #[error("data folder {0} is in use by another process")]
    Locked(String),
    #[error("data folder {path}: {source}")]
    Folder { path: String, source: std::io::Error },
    #[error("migration: {0}")]
    Migration(sqlx::migrate::MigrateError),
    #[error("schema {found} is newer than {known}, the newest that this program knows")]
    NewerSchema { found: i64, known: i64 },
    #[error("schema {found} is older than {known}, the one that this program works with")]
    OlderSchema { found: i64, known: i64 },
    #[error("there is no schema {wanted}; the newest is {known}")]
    UnknownSchema { wanted: i64, known: i64 },
    #[error("there is no database in {0}")]
    NoDatabase(String),
    #[error("disk full")]
    DiskFull,
    /// Somebody would keep more bytes of pictures than they may.
    #[error("more than {most} bytes")]
    NoSpace { most: u64 },
    /// Another process holds the database's lock for longer than anybody should wait.
    #[error("database busy")]
    Busy,
    /// The file of a picture is gone. The name is for the user, not for the log.
    #[error("blob {} is missing", blob.as_str())]
    BlobMissing { blob: BlobId, picture: String },
    /// The file of a picture is not what was stored.
    #[error("blob {} is damaged", blob.as_str())]
    BlobDamaged { blob: BlobId, picture: String },
    #[error("nothing to undo")]
    NothingToUndo,
    #[error("nothing to redo")]
    NothingToRedo,
    /// A job works on it, or is about to.
    #[error("version {0} is in use")]
    VersionBusy(u32),
    #[error("this question was answered already")]
    Answered,
    #[error("name taken")]
    NameTaken,
    /// Nobody would be left to look after the accounts.
    #[error("the last owner")]
    LastOwner,
    #[error("the batch was cancelled")]
    BatchCancelled,
    /// A guarded change found the job in another state.
    #[error("the job is {0}")]
    WrongState(super::JobState),
    #[error("database: {0}")]
    Database(sqlx::Error),
    #[error("blob: {0}")]
    Blob(std::io::Error),
    #[error("a stored value does not read: {0}")]
    Corrupt(String),
}

/// SQLite's codes for a full disk: of a write, and of the index of the write-ahead log.
const FULL: [i64; 2] = [13, 4874];
/// `SQLITE_BUSY` and `SQLITE_LOCKED`; the upper bits of a code say more.
const BUSY: [i64; 2] = [5, 6];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => StoreError::NotFound,
            sqlx::Error::PoolTimedOut => StoreError::Busy,
            sqlx::Error::Database(e) => match e.code().and_then(|code| code.parse::<i64>().ok()) {
                Some(code) if FULL.contains(&code) => StoreError::DiskFull,
                Some(code) if BUSY.contains(&(code & 0xff)) => StoreError::Busy,
                _ => StoreError::Database(sqlx::Error::Database(e)),
            },
            other => StoreError::Database(other),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
            std::io::ErrorKind::NotFound => StoreError::NotFound,
            _ => StoreError::Blob(error),
        }
    }
}

impl Explain for StoreError {
    fn code(&self) -> &'static str {
        match self {
            StoreError::NotFound => "not_found",
            StoreError::Locked(_) => "data_locked",
            StoreError::Folder { .. } => "data_folder",
            StoreError::Migration(_)
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::UnknownSchema { .. } => "data_version",
            StoreError::NoDatabase(_) => "data_folder",
            StoreError::DiskFull => "disk_full",
            StoreError::NoSpace { .. } => "quota_exceeded",
            StoreError::Busy => "database_busy",
            StoreError::BlobMissing { .. } => "blob_missing",
            StoreError::BlobDamaged { .. } => "blob_damaged",
            StoreError::NothingToUndo => "nothing_to_undo",
            StoreError::NothingToRedo => "nothing_to_redo",
            StoreError::VersionBusy(_) => "version_busy",
            StoreError::Answered => "already_answered",
            StoreError::NameTaken => "name_taken",
            StoreError::LastOwner => "last_owner",
            StoreError::BatchCancelled => "batch_cancelled",
            StoreError::WrongState(_) => "wrong_state",
            StoreError::Database(_) | StoreError::Blob(_) | StoreError::Corrupt(_) => "internal",
        }
    }

    fn text(&self) -> Text {
        match self {
            StoreError::NotFound => Text::new("找不到这个内容，可能已被删除。", "There is nothing here; it may have been deleted."),
            StoreError::Locked(path) => Text::new(
                format!("数据目录 {path} 正被另一个 Portico 进程使用。请先停掉它，或用 --data 换一个目录。"),
                format!("Another Portico process uses the data folder {path}. Stop it first, or choose another folder with --data."),
            ),
            StoreError::Folder { path, source } => Text::new(
                format!("无法使用数据目录 {path}：{source}。请检查路径和权限。"),
                format!("The data folder {path} cannot be used: {source}. Check the path and its permissions."),
            ),
            StoreError::Migration(e) => Text::new(
                format!("数据库无法升级到这个版本：{e}。请先备份数据目录，再换用更新的程序。"),
                format!("The database does not fit this version: {e}. Back up the data folder and use a newer program."),
            ),
            StoreError::NewerSchema { found, known } => Text::new(
                format!(
                    "数据由更新的 Portico 写成（数据库结构 {found}，本程序只认识到 {known}）。请换用更新的程序；要退回旧程序，先用更新的程序执行：portico migrate --to {known}"
                ),
                format!(
                    "The data were written by a newer Portico (schema {found}; this program knows up to {known}). Use that program; to go back to this one, run with the newer one first: portico migrate --to {known}"
                ),
            ),
            StoreError::OlderSchema { found, known } => Text::new(
                format!("数据还是旧的数据库结构 {found}，本程序使用 {known}。请先启动一次服务器，或执行：portico migrate --to {known}"),
                format!(
                    "The data have the older schema {found}; this program works with {known}. Start the server once, or run: portico migrate --to {known}"
                ),
            ),
            StoreError::UnknownSchema { wanted, known } => Text::new(
                format!("没有数据库结构 {wanted}；可以是 1 到 {known}。"),
                format!("There is no schema {wanted}; choose one from 1 to {known}."),
            ),
            StoreError::NoDatabase(path) => Text::new(
                format!("{path} 里没有 Portico 的数据。请用 --data 指明数据目录。"),
                format!("There are no data of Portico in {path}. Name the data folder with --data."),
            ),
            StoreError::DiskFull => {
                Text::new("磁盘已满，没有保存。请清理空间后重试。", "The disk is full; nothing was saved. Free some space and try again.")
            }
            StoreError::NoSpace { most } => {
                let most = in_words(*most);
                Text::new(
                    format!("空间不够：你的图片最多可占 {most}，什么都没有保存。请删除不需要的会话或批处理，或请所有者提高限额。"),
                    format!(
                        "There is no room: your pictures may take {most}, and nothing was stored. Delete conversations or batches that you no longer need, or ask an owner for more."
                    ),
                )
            }
            StoreError::Busy => Text::new(
                "数据库正被另一个程序占用，没有保存。请稍后重试。",
                "Another program keeps the database busy; nothing was saved. Try again in a moment.",
            ),
            StoreError::BlobMissing { picture, .. } => Text::new(
                format!("“{picture}”的图片文件不在数据目录里了。请从备份恢复，或重新上传这张图；其他版本不受影响。"),
                format!(
                    "The file of “{picture}” is no longer in the data folder. Restore it from a backup, or send the picture again; other versions are not affected."
                ),
            ),
            StoreError::BlobDamaged { picture, .. } => Text::new(
                format!("“{picture}”的图片文件已损坏，已移到 blobs/quarantine。请从备份恢复，或重新上传这张图；其他版本不受影响。"),
                format!(
                    "The file of “{picture}” is damaged; it was moved to blobs/quarantine. Restore it from a backup, or send the picture again; other versions are not affected."
                ),
            ),
            StoreError::NothingToUndo => {
                Text::new("已经是最初的版本，没有可以撤销的了。", "This is the first version; there is nothing to undo.")
            }
            StoreError::NothingToRedo => Text::new("没有可以重做的步骤。", "There is nothing to redo."),
            StoreError::VersionBusy(n) => Text::new(
                format!("第 {n} 版正在使用中，还不能删除。请等任务结束，或先停止它。"),
                format!("Version {n} is in use and cannot be deleted yet. Wait for the job to end, or stop it first."),
            ),
            StoreError::Answered => Text::new("这个问题已经回答过了。", "This question has been answered already."),
            StoreError::NameTaken => Text::new("这个名字已经有人用了，请换一个。", "This name is taken; choose another one."),
            StoreError::LastOwner => Text::new(
                "至少要留下一个能登录的所有者。请先让另一个人成为所有者。",
                "At least one owner who can sign in must remain. Make somebody else an owner first.",
            ),
            StoreError::BatchCancelled => {
                Text::new("这个批处理已取消，不能继续。请新建一个。", "This batch was cancelled and cannot go on. Make a new one.")
            }
            StoreError::WrongState(_) => Text::new("这个任务已经结束，不能再更改。", "This job has ended and cannot be changed."),
            StoreError::Database(_) | StoreError::Blob(_) | StoreError::Corrupt(_) => {
                Text::new("保存数据时出错，请重试。", "Something failed while storing data. Try again.")
            }
        }
    }
}
