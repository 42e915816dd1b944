//! Identifiers: a prefix that says what it names, then a UUID v7 (they sort by time). One type each, so they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Text that is not an identifier of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier that starts with `{prefix}`")]
pub struct BadId {
    pub prefix: &'static str,
}

/// The longest text that is looked at as an identifier.
const MAX_ID_BYTES: usize = 64;

fn parse(text: &str, prefix: &'static str) -> Result<String, BadId> {
    let rest = text.strip_prefix(prefix).ok_or(BadId { prefix })?;
    let plain = !rest.is_empty() && text.len() <= MAX_ID_BYTES && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { Ok(text.to_owned()) } else { Err(BadId { prefix }) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(try_from = "String", into = "String")]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new one, later than all before it on this machine.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                $name(format!("{}{}", $prefix, uuid::Uuid::now_v7().simple()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse(text, $prefix).map($name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id!(
    /// Who owns a row.
    UserId,
    "usr_"
);
id!(SessionId, "ses_");
id!(MessageId, "msg_");
id!(JobId, "job_");
id!(ImageId, "img_");
id!(QuestionId, "qst_");
id!(
    /// A browser that somebody signed in with.
    LoginId,
    "lgn_"
);
id!(
    /// An API key, not the secret itself.
    KeyId,
    "key_"
);
id!(InviteId, "inv_");
id!(BatchId, "bat_");
id!(RecipeId, "rcp_");

impl UserId {
    /// The implicit owner of everything where there are no accounts.
    pub fn local() -> Self {
        UserId("usr_local".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_only_its_own_kind() {
        let id = ImageId::new();
        assert_eq!(id.as_str().parse::<ImageId>().unwrap(), id);
        assert!(id.as_str().parse::<JobId>().is_err());
        for bad in ["", "img_", "img_../../etc", "img_a b", &format!("img_{}", "a".repeat(80))] {
            assert!(bad.parse::<ImageId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn later_ids_sort_later() {
        let ids: Vec<_> = (0..1000).map(|_| JobId::new()).collect();
        assert!(ids.is_sorted());
    }
}
