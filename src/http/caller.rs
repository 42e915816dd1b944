//! Who calls, in which language, and what they may do.

use axum::http::StatusCode;

use super::error::ApiError;
use super::state::App;
pub use crate::accounts::allowed;
use crate::accounts::{Accounts, Allowed, OneOpen, Scope, Scopes, Via};
use crate::store::{Actor, Allowance, ApiKey, Lane, User, UserId, UserRole};
use crate::text::{Lang, Text};

#[derive(Clone, Debug)]
pub struct Caller {
    pub user: UserId,
    pub name: String,
    pub role: UserRole,
    pub lang: Lang,
    pub via: Via,
    pub scopes: Scopes,
    /// Of the account.
    pub allowed: Allowed,
    /// Of the key alone.
    pub key_allowed: Allowed,
    pub request_id: String,
}

impl Caller {
    /// The implicit owner of everything where there are no accounts; nothing holds them up.
    pub fn local(lang: Lang, request_id: &str) -> Caller {
        Caller {
            user: UserId::local(),
            name: "local".to_owned(),
            role: UserRole::Owner,
            lang,
            via: Via::Local,
            scopes: Scopes::ALL,
            allowed: Allowed::default(),
            key_allowed: Allowed::default(),
            request_id: request_id.to_owned(),
        }
    }

    pub fn signed_in(user: User, via: Via, lang: Lang, (request_id, defaults): (&str, Allowed)) -> Caller {
        Caller {
            allowed: allowed(&user, defaults),
            user: user.id,
            name: user.name,
            role: user.role,
            lang,
            via,
            scopes: Scopes::ALL,
            key_allowed: Allowed::default(),
            request_id: request_id.to_owned(),
        }
    }

    /// The same by a key: what it grants, and its own limits beside the account's.
    pub fn by(self, key: &ApiKey) -> Caller {
        let of = |n: Option<u32>| n.filter(|n| *n > 0);
        Caller {
            scopes: Scopes::of_names(key.scopes.iter().map(String::as_str)),
            key_allowed: Allowed {
                requests_per_minute: of(key.limits.requests_per_minute),
                jobs_at_once: of(key.limits.jobs_at_once),
                storage_bytes: None,
                streams_at_once: None,
            },
            ..self
        }
    }

    /// Calls of a key that may not edit run when nobody waits for an interactive answer.
    pub fn lane(&self) -> Lane {
        if self.scopes.allow(Scope::Edit) { Lane::Interactive } else { Lane::Batch }
    }

    pub fn allowance(&self) -> Allowance {
        let key = if let Via::Key(id) = &self.via { Some(id.clone()) } else { None };
        Allowance { of_user: self.allowed.jobs_at_once, key, of_key: self.key_allowed.jobs_at_once }
    }

    /// For the audit.
    pub fn actor(&self) -> Actor {
        Actor { name: self.name.clone(), request_id: Some(self.request_id.clone()) }
    }

    /// A place for a socket or an event stream, to be kept as long as it is open.
    pub fn open_stream(&self, app: &App) -> Result<OneOpen, ApiError> {
        /// A connection whose reader vanished is noticed within a minute.
        const RETRY_AFTER_SECS: u32 = 15;
        let most = self.allowed.streams_at_once;
        app.accounts.streams().open(&self.user, most).ok_or_else(|| {
            let most = most.unwrap_or_default();
            let text = Text::new(
                format!("这个账号已打开 {most} 个实时连接，已到上限。请关掉其他窗口或程序，再试。"),
                format!(
                    "This account has {most} live connections open, as many as it may. Close other windows or programs, then try again."
                ),
            );
            let mut error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", text);
            error.retry_after = Some(RETRY_AFTER_SECS);
            error
        })
    }

    /// Waits until this caller has lost the way in; never, where they keep it.
    ///
    /// It runs by itself: whoever waits for something else meanwhile must not keep a reader of the database in a half-done look that nobody goes on with.
    pub fn shut_out(&self, app: &App) -> ShutOut {
        ShutOut::of(app.accounts.clone(), self.via.clone())
    }
}

/// Resolves when a caller has lost the way in.
pub struct ShutOut(tokio::task::JoinHandle<()>);

impl ShutOut {
    fn of(accounts: Accounts, via: Via) -> ShutOut {
        ShutOut(tokio::spawn(async move {
            /// Ways can also be closed by the command line, or expire.
            const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(15);
            let mut changed = accounts.watch();
            while accounts.stands(&via).await {
                // Also on time: the command line works on the database beside this process, and logins expire.
                let _ = tokio::time::timeout(LOOK_AGAIN, changed.changed()).await;
            }
        }))
    }
}

impl Future for ShutOut {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        std::pin::Pin::new(&mut self.0).poll(context).map(|_| ())
    }
}

impl Drop for ShutOut {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(|| ApiError::internal(&"a route outside the guard asked for its caller"))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;
    use std::time::Duration;

    use super::*;
    use crate::config::Config;
    use crate::store::{LoginId, Store, UserId};

    #[tokio::test]
    async fn a_look_that_nobody_goes_on_with_keeps_no_reader_of_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let accounts = Accounts::new(&Config::default(), store.clone());
        let mut watched: Vec<ShutOut> = (0..64).map(|_| ShutOut::of(accounts.clone(), Via::Login(LoginId::new()))).collect();
        // Each is begun, and then waits for somebody who does something else.
        for one in &mut watched {
            std::future::poll_fn(|context| {
                let _ = std::pin::Pin::new(&mut *one).poll(context);
                Poll::Ready(())
            })
            .await;
        }
        let read = tokio::time::timeout(Duration::from_secs(20), store.sessions(&UserId::local())).await;
        read.expect("the database is there for others").unwrap();
    }
}
