//! One-time links: who they let in, and letting them in.

use crate::store::{Actor, Invite, InviteKind, StoreError, User, UserId, UserRole};

use super::signin::{AccountError, Came, Fresh};
use super::{Accounts, password, secret};

const MAX_NAME_CHARS: usize = 64;

/// What a link is for.
#[derive(Clone, Debug)]
pub struct Link {
    pub invite: Invite,
    /// Whose password it sets.
    pub name: Option<String>,
}

/// Who comes by a link.
#[derive(Clone, Debug)]
pub struct Newcomer {
    pub token: String,
    /// Not for a new password.
    pub name: Option<String>,
    pub password: String,
}

/// 1 to 64 characters, nothing that does not show, no space at the ends.
pub fn name_of(text: &str) -> Result<String, AccountError> {
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let good = text.trim() == text && (1..=MAX_NAME_CHARS).contains(&text.chars().count()) && !text.chars().any(hidden);
    if good { Ok(text.to_owned()) } else { Err(AccountError::BadName) }
}

impl Accounts {
    /// What a link is for.
    pub async fn look(&self, token: &str) -> Result<Link, AccountError> {
        let hash = secret::hash_of_sent(token).ok_or(AccountError::LinkGone)?;
        let invite = self.store().invite(&hash).await.map_err(gone)?;
        let name = match &invite.user {
            Some(id) => Some(self.store().user(id).await?.name),
            None => None,
        };
        Ok(Link { invite, name })
    }

    /// Uses a link: makes the account, or sets the new password, and signs in.
    pub async fn welcome(&self, newcomer: Newcomer, came: &Came, request_id: Option<String>) -> Result<Fresh, AccountError> {
        // Before anything costs time.
        let link = self.look(&newcomer.token).await?;
        let name = match (&link.invite.user, newcomer.name) {
            (Some(_), _) => None,
            (None, name) => Some(name_of(&name.unwrap_or_default())?),
        };
        if !password::acceptable(&newcomer.password) {
            return Err(AccountError::BadPassword);
        }
        let word = newcomer.password;
        let hash = self.hashing(move || password::hash(&word)).await?;
        let user = self.take(&newcomer.token, name, &hash, request_id).await?;
        self.open(user, came).await
    }

    async fn take(&self, token: &str, name: Option<String>, hash: &str, request_id: Option<String>) -> Result<User, AccountError> {
        let mut tx = self.store().begin(&UserId::local()).await?;
        let invite = tx.use_invite(&secret::hash(token)).await.map_err(gone)?;
        let user = match (invite.kind, invite.user, name) {
            (InviteKind::Reset, Some(id), _) => {
                tx.set_password(&id, hash).await?;
                tx.end_logins(&id, None).await?;
                tx.user(&id).await?
            }
            // Somebody may have made the first account on the command line meanwhile.
            (InviteKind::Setup, _, Some(_)) if tx.has_accounts().await? => return Err(AccountError::LinkGone),
            (InviteKind::Setup, _, Some(name)) => tx.take_over_local(&name, hash).await?,
            (InviteKind::Invite, _, Some(name)) => tx.add_user(&name, invite.role, Some(hash)).await?,
            _ => return Err(AccountError::LinkGone),
        };
        let actor = Actor { name: user.name.clone(), request_id };
        let action = match invite.kind {
            InviteKind::Reset => "user.password_reset",
            InviteKind::Setup | InviteKind::Invite => "user.join",
        };
        tx.note(&actor, action, &user.name, user.role.name()).await?;
        tx.commit().await?;
        self.0.seen.store(true, std::sync::atomic::Ordering::Relaxed);
        self.way_closed();
        Ok(user)
    }

    /// A new link; the token is not stored.
    pub async fn invite(
        &self,
        by: &UserId,
        (kind, role): (InviteKind, UserRole),
        user: Option<&User>,
        actor: &Actor,
    ) -> Result<(Invite, String), StoreError> {
        let token = secret::new();
        let mut tx = self.store().begin(by).await?;
        let invite = tx.add_invite(&secret::hash(&token), (kind, role), user.map(|u| &u.id), self.invite_ttl()).await?;
        let (action, subject) = match user {
            Some(user) => ("user.reset_link", user.name.as_str()),
            None => ("invite.add", role.name()),
        };
        tx.note(actor, action, subject, invite.id.as_str()).await?;
        tx.commit().await?;
        Ok((invite, token))
    }
}

fn gone(error: StoreError) -> AccountError {
    match error {
        StoreError::NotFound => AccountError::LinkGone,
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_what_they_are() {
        for good in ["ann", "小明", "Zoë O'Neil", &"x".repeat(64)] {
            assert!(name_of(good).is_ok(), "{good}");
        }
        for bad in ["", " ann", "ann ", "a\nb", "a\u{202e}nna", "\u{200b}", &"x".repeat(65)] {
            assert!(name_of(bad).is_err(), "{bad:?}");
        }
    }
}
