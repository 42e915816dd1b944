//! Session commands: they change which version is current and make no picture.

use crate::plan::{Command, CommandName};
use crate::store::{SessionId, StoreError, Tx};
use crate::text::{Explain, Text};

/// Runs a command. Gives the reply and the command as it was done, its versions named; `None` where it cannot be done (nothing to undo,
/// no such version), which is an answer of the conversation, not an error.
pub async fn run(tx: &mut Tx, session: &SessionId, command: Command) -> Result<(Text, Option<Command>), StoreError> {
    let done = match command.name {
        CommandName::Undo => tx.undo(session).await,
        CommandName::Redo => tx.redo(session).await,
        CommandName::Reset => tx.reset(session).await,
        CommandName::Checkout => checkout(tx, session, command.version).await,
        // It was done when the message was written.
        CommandName::Recipe => return Ok((Text::new("", ""), Some(command))),
        CommandName::Compare => return compare(tx, session, command).await,
    };
    match done {
        Ok(version) => {
            let n = version.number;
            Ok((Text::new(format!("现在是第 {n} 版。"), format!("Now at version {n}.")), Some(command)))
        }
        Err(e @ (StoreError::NothingToUndo | StoreError::NothingToRedo)) => Ok((e.text(), None)),
        Err(StoreError::NotFound) => no_version(tx, session).await,
        Err(e) => Err(e),
    }
}

async fn checkout(tx: &mut Tx, session: &SessionId, version: Option<usize>) -> Result<crate::store::Version, StoreError> {
    let number = version.and_then(|n| u32::try_from(n).ok()).ok_or(StoreError::NotFound)?;
    tx.checkout(session, number).await
}

/// Two versions, or one of them (the first stands for the original) with the current one, or the current one with what it was made from.
async fn compare(tx: &mut Tx, session: &SessionId, command: Command) -> Result<(Text, Option<Command>), StoreError> {
    for number in [command.a, command.b].into_iter().flatten() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match tx.version(session, number).await {
            Ok(_) => {}
            Err(StoreError::NotFound) => return no_version(tx, session).await,
            Err(e) => return Err(e),
        }
    }
    let Some(current) = tx.session(session).await?.current else { return no_version(tx, session).await };
    let (a, b) = match (command.a, command.b) {
        (Some(a), Some(b)) => (a, b),
        // Of several uploads the current picture's own is the original.
        (Some(1), None) => (tx.root_of(session, current).await?.number as usize, current as usize),
        (Some(a), None) => (a, current as usize),
        _ => match tx.version(session, current).await?.parent {
            Some(parent) => (parent as usize, current as usize),
            None => (current as usize, current as usize),
        },
    };
    if a == b {
        let text = Text::new("这就是原图，还没有修改可以对比。", "This is the original; there is no change to compare yet.");
        return Ok((text, None));
    }
    let text = Text::new(format!("对比第 {a} 版和第 {b} 版。"), format!("Comparing version {a} with version {b}."));
    Ok((text, Some(Command { a: Some(a), b: Some(b), ..command })))
}

async fn no_version(tx: &mut Tx, session: &SessionId) -> Result<(Text, Option<Command>), StoreError> {
    let (n, newest) = tx.session(session).await.map(|s| (s.versions, s.newest))?;
    let text = match n {
        0 => Text::new("还没有图片，请先放一张。", "There is no picture yet; add one first."),
        n if n < newest => Text::new(
            format!("没有这个版本。现在有 {n} 个版本，最新的是第 {newest} 版，其余的已删除。"),
            format!("There is no such version. There are {n}, the newest is {newest}; the others were deleted."),
        ),
        n => Text::new(format!("没有这个版本，现在有第 1 到第 {n} 版。"), format!("There is no such version; there are 1 to {n}.")),
    };
    Ok((text, None))
}
