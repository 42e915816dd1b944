//! A moment as it is stored and shown: UTC, milliseconds, RFC 3339; the text sorts like the time.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};

/// Milliseconds since 1970 in UTC; shown as `2026-11-25T04:00:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    pub fn now() -> Self {
        let now = Timestamp::now().as_millisecond();
        #[cfg(debug_assertions)]
        let now = now + skew_ms();
        Time(now)
    }

    pub fn after(self, span: Duration) -> Self {
        Time(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)).min(MAX_MS))
    }

    pub fn before(self, span: Duration) -> Self {
        Time(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)).max(0))
    }

    /// Milliseconds from `earlier` to here, 0 where the clock went back.
    pub fn ms_since(self, earlier: Time) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }
}

/// Only in builds with debug assertions: by how much a test has set the clock of this process wrong, from the file that it names.
#[cfg(debug_assertions)]
fn skew_ms() -> i64 {
    static FILE: std::sync::OnceLock<Option<std::ffi::OsString>> = std::sync::OnceLock::new();
    let file = FILE.get_or_init(|| std::env::var_os("PORTICO_TEST_CLOCK"));
    let skew = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    skew.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Near the end of the year 9999, the last that `jiff` knows: later times would not sort as text.
const MAX_MS: i64 = 253_402_207_200_999;

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_millis(self.0)).unwrap_or(Timestamp::MAX);
        write!(f, "{time:.3}")
    }
}

impl std::str::FromStr for Time {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>().map(|t| Time(t.as_millisecond()))
    }
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl sqlx::Type<Sqlite> for Time {
    fn type_info() -> SqliteTypeInfo {
        <String as sqlx::Type<Sqlite>>::type_info()
    }
}

impl sqlx::Encode<'_, Sqlite> for Time {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        sqlx::Encode::<Sqlite>::encode(self.to_string(), buffer)
    }
}

impl<'r> sqlx::Decode<'r, Sqlite> for Time {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(<&str as sqlx::Decode<Sqlite>>::decode(value)?.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_width_and_sort_as_text() {
        let time: Time = "2026-11-25T04:00:00Z".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-25T04:00:00.000Z");
        let later = time.after(Duration::from_millis(1));
        assert_eq!(later.to_string(), "2026-11-25T04:00:00.001Z");
        assert!(later > time && later.to_string() > time.to_string());
        assert_eq!(later.ms_since(time), 1);
        assert_eq!(time.ms_since(later), 0);
        assert_eq!(time.after(Duration::MAX).to_string(), "9999-12-30T22:00:00.999Z");
    }
}
