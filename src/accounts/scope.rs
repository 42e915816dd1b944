//! What an API key may be used for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look at conversations, pictures and jobs, and plan; change nothing.
    Read,
    /// Everything with pictures and conversations; includes `read`.
    Edit,
    /// Calls that run when nobody is waiting for an interactive answer; includes `read`.
    Batch,
    /// Accounts, invitations, limits, keys; only of use to an owner.
    Admin,
}

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Edit, Scope::Batch, Scope::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Edit => "edit",
            Scope::Batch => "batch",
            Scope::Admin => "admin",
        }
    }

    pub fn parse(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    pub const ALL: Scopes = Scopes(0b1111);

    fn bit(scope: Scope) -> u8 {
        1 << scope as u8
    }

    /// Unknown names are left out: a key from a newer version must not gain anything in an older one.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Scopes {
        names.into_iter().filter_map(Scope::parse).collect()
    }

    /// Exactly as granted.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    /// Granted, or included in what is.
    pub fn allow(self, scope: Scope) -> bool {
        self.has(scope) || (scope == Scope::Read && (self.has(Scope::Edit) || self.has(Scope::Batch)))
    }

    pub fn names(self) -> Vec<&'static str> {
        Scope::ALL.into_iter().filter(|s| self.has(*s)).map(Scope::name).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_and_batches_include_reading_and_nothing_includes_administration() {
        let edit = Scopes::of_names(["edit"]);
        assert!(edit.allow(Scope::Read) && edit.allow(Scope::Edit));
        assert!(!edit.allow(Scope::Batch) && !edit.allow(Scope::Admin));
        let admin = Scopes::of_names(["admin", "everything"]);
        assert_eq!(admin.names(), ["admin"]);
        assert!(!admin.allow(Scope::Read));
        assert_eq!(Scopes::ALL.names(), ["read", "edit", "batch", "admin"]);
    }
}
