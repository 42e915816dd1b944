//! Signing in: by password, by cookie, by key.

use std::net::IpAddr;
use std::time::Duration;

use crate::store::{ApiKey, Login, StoreError, Time, User, UserId};
use crate::text::{Explain, Text};

use super::{Accounts, password, secret};

/// A cookie is replaced after this time.
const ROTATE_AFTER: Duration = Duration::from_secs(24 * 3600);
/// `last used` is written no more often.
const TOUCH_AFTER: Duration = Duration::from_secs(60);
/// What a browser says of itself, for the list of devices.
const MAX_AGENT_CHARS: usize = 200;

/// Why somebody was not let in, or an account not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("wrong name or password")]
    WrongCredentials,
    #[error("too many attempts")]
    TooManyAttempts(Duration),
    #[error("wrong password")]
    WrongPassword,
    #[error("the link was used or has expired")]
    LinkGone,
    #[error("the password is too short or too long")]
    BadPassword,
    #[error("not a name")]
    BadName,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explain for AccountError {
    fn code(&self) -> &'static str {
        match self {
            AccountError::WrongCredentials => "wrong_credentials",
            AccountError::TooManyAttempts(_) => "too_many_attempts",
            AccountError::WrongPassword => "wrong_password",
            AccountError::LinkGone => "link_used_or_expired",
            AccountError::BadPassword => "password_too_short",
            AccountError::BadName => "name_invalid",
            AccountError::Store(e) => e.code(),
        }
    }

    fn text(&self) -> Text {
        match self {
            AccountError::WrongCredentials => Text::new("名字或密码不对。", "The name or the password is wrong."),
            AccountError::TooManyAttempts(wait) => {
                let seconds = wait.as_secs() + 1;
                Text::new(format!("尝试次数太多，请等 {seconds} 秒再试。"), format!("Too many attempts; try again in {seconds} seconds."))
            }
            AccountError::WrongPassword => Text::new("现在的密码不对。", "The present password is wrong."),
            AccountError::LinkGone => Text::new(
                "这个链接已经用过或已过期。请向管理员要一个新的；首次设置的链接在每次启动时显示。",
                "This link was used or has expired. Ask an owner for a new one; the link of the first set-up is printed at every start.",
            ),
            AccountError::BadPassword => {
                Text::new("密码至少 8 个字符，最多 1024 字节。", "A password has at least 8 characters and at most 1024 bytes.")
            }
            AccountError::BadName => Text::new(
                "名字为 1 到 64 个字符，不含控制字符，首尾没有空格。",
                "A name has 1 to 64 characters, no control characters and no space at its ends.",
            ),
            AccountError::Store(e) => e.text(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            AccountError::BadPassword | AccountError::WrongPassword => Some("password"),
            AccountError::BadName | AccountError::Store(StoreError::NameTaken) => Some("name"),
            AccountError::LinkGone => Some("token"),
            _ => None,
        }
    }
}

/// Where a sign-in came from.
#[derive(Clone, Debug, Default)]
pub struct Came {
    pub address: Option<IpAddr>,
    pub agent: String,
}

/// A new cookie.
pub struct Fresh {
    pub token: String,
    pub user: User,
}

impl Accounts {
    /// Signs in by name and password.
    pub async fn sign_in(&self, name: &str, word: String, came: &Came) -> Result<Fresh, AccountError> {
        let name = name.trim();
        self.0.attempts.may_try(name, came.address).map_err(AccountError::TooManyAttempts)?;
        let user = match self.store().user_named(name).await {
            Ok(user) => Some(user),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let stored = user.as_ref().and_then(|u| u.password.clone());
        let fits = self.hashing(move || password::fits(&word, stored.as_deref())).await?;
        match user.filter(|u| fits && u.disabled_at.is_none()) {
            Some(user) => {
                self.0.attempts.succeeded(name, came.address);
                self.open(user, came).await
            }
            None => {
                self.0.attempts.failed(name, came.address);
                let address = came.address.map(|a| a.to_string()).unwrap_or_default();
                tracing::warn!(address, "a sign-in failed");
                Err(AccountError::WrongCredentials)
            }
        }
    }

    /// A new login of somebody who proved who they are.
    pub(super) async fn open(&self, user: User, came: &Came) -> Result<Fresh, AccountError> {
        let token = secret::new();
        let mut tx = self.store().begin(&user.id).await?;
        tx.add_login(&secret::hash(&token), &agent(came), self.login_ttl()).await?;
        tx.commit().await?;
        Ok(Fresh { token, user })
    }

    /// Who a cookie belongs to; the second is the cookie to send back where it was time for a new one.
    pub async fn by_cookie(&self, token: &str, may_rotate: bool) -> Result<Option<(User, Login, Option<String>)>, StoreError> {
        let Some(hash) = secret::hash_of_sent(token) else { return Ok(None) };
        let found = match self.store().signed_in(&hash).await {
            Ok(found) if secret::same(&found.hash, &hash) => found,
            Ok(_) | Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let now = Time::now();
        let old_enough = |since: Time, span: Duration| now.ms_since(since) >= u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let mut fresh = None;
        if may_rotate && found.current && old_enough(found.login.rotated_at, ROTATE_AFTER) {
            let token = secret::new();
            let mut tx = self.store().begin(&found.user.id).await?;
            let won = tx.rotate_login(&found.login.id, &hash, &secret::hash(&token), self.login_ttl()).await?;
            tx.commit().await?;
            fresh = won.then_some(token);
        } else if old_enough(found.login.last_used_at, TOUCH_AFTER) {
            let (accounts, user, login) = (self.clone(), found.user.id.clone(), found.login.id.clone());
            tokio::spawn(async move { note(accounts.touch_login(&user, &login).await) });
        }
        Ok(Some((found.user, found.login, fresh)))
    }

    /// Who a key belongs to.
    pub async fn by_key(&self, token: &str) -> Result<Option<(User, ApiKey)>, StoreError> {
        let Some(hash) = secret::hash_of_sent(token).filter(|_| token.starts_with(secret::KEY_PREFIX)) else { return Ok(None) };
        let (key, user) = match self.store().key_by_hash(&hash).await {
            Ok(found) if secret::same(&found.0.hash, &hash) => found,
            Ok(_) | Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let stale = key.last_used_at.is_none_or(|at| Time::now().ms_since(at) >= 60_000);
        if stale {
            let (accounts, owner, id) = (self.clone(), user.id.clone(), key.id.clone());
            tokio::spawn(async move { note(accounts.touch_key(&owner, &id).await) });
        }
        Ok(Some((user, key)))
    }

    async fn touch_login(&self, user: &UserId, login: &crate::store::LoginId) -> Result<(), StoreError> {
        let mut tx = self.store().begin(user).await?;
        tx.touch_login(login).await?;
        tx.commit().await
    }

    async fn touch_key(&self, user: &UserId, key: &crate::store::KeyId) -> Result<(), StoreError> {
        let mut tx = self.store().begin(user).await?;
        tx.touch_key(key).await?;
        tx.commit().await
    }

    /// Sets a new password after the old one was given. All other browsers are signed out.
    pub async fn change_password(
        &self,
        user: &User,
        keep: Option<&crate::store::LoginId>,
        old: String,
        new: String,
    ) -> Result<(), AccountError> {
        if !password::acceptable(&new) {
            return Err(AccountError::BadPassword);
        }
        self.0.attempts.may_try(&user.name, None).map_err(AccountError::TooManyAttempts)?;
        let stored = user.password.clone();
        let hash = self.hashing(move || password::fits(&old, stored.as_deref()).then(|| password::hash(&new))).await?;
        let Some(hash) = hash else {
            self.0.attempts.failed(&user.name, None);
            return Err(AccountError::WrongPassword);
        };
        let mut tx = self.store().begin(&user.id).await?;
        tx.set_password(&user.id, &hash).await?;
        tx.end_logins(&user.id, keep).await?;
        tx.commit().await?;
        self.way_closed();
        Ok(())
    }

    /// Runs a hash on a blocking thread, a few at a time.
    pub(super) async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError::Blob(std::io::Error::other(e.to_string()));
        let _turn = self.0.hashes.acquire().await.map_err(|e| failed(&e))?;
        tokio::task::spawn_blocking(work).await.map_err(|e| failed(&e))
    }
}

fn agent(came: &Came) -> String {
    came.agent.chars().filter(|c| !c.is_control()).take(MAX_AGENT_CHARS).collect()
}

fn note(done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::debug!(%error, "when a way in was used could not be noted");
    }
}
