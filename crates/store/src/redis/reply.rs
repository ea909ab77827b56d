//! What scripts answer.

use core::time::Duration;

use ::redis::Value;
use hallpass_core::dialect::Key;

use super::name::Names;
use super::settings::Settings;
use super::trouble::Trouble;
use crate::record::{Unreadable, decode, spelt};
use crate::{Loaded, StoreError};

/// What is kept under a key.
pub(super) enum Found {
    Nothing,
    /// A value, and its age by the server's clock; no age at all if it is torn, or not ours.
    Value(Vec<u8>, Option<i64>),
}

/// Why a value is no record.
pub(super) enum Bad {
    Torn(Vec<u8>),
    Sealed(Vec<u8>),
}

impl Bad {
    /// What to say where nothing can be done about it.
    pub(super) fn told(&self, settings: &Settings, names: &Names) -> StoreError {
        let told =
            |why: Unreadable| format!("the record {} at {} cannot be read: {why}", names.record(), settings.address);
        match self {
            Self::Torn(_) => StoreError::new(told(Unreadable::Damaged)),
            Self::Sealed(_) => StoreError::sealed(told(Unreadable::Sealed)),
        }
    }
}

impl Found {
    /// Reads `{}` or `{value, age}`.
    pub(super) fn read(reply: Value) -> Result<Self, Trouble> {
        let Value::Array(mut parts) = reply else { return Err(Trouble::odd()) };
        match (parts.pop(), parts.pop(), parts.pop()) {
            (None, None, None) => Ok(Self::Nothing),
            (Some(Value::Int(age)), Some(Value::BulkString(value)), None) => Ok(Self::Value(value, Some(age))),
            (Some(Value::Nil), Some(Value::BulkString(value)), None) => Ok(Self::Value(value, None)),
            _ => Err(Trouble::odd()),
        }
    }

    /// The record in it, which was written for `key`.
    pub(super) fn loaded(self, key: &Key, settings: &Settings) -> Result<Option<Loaded>, Bad> {
        let (value, age) = match self {
            Self::Nothing => return Ok(None),
            Self::Value(value, None) => return Err(Bad::Torn(value)),
            Self::Value(value, Some(age)) => (value, age),
        };
        let split = value.iter().position(|byte| *byte == b'\n').map(|end| value.split_at(end + 1));
        let Some((head, bytes)) = split else { return Err(Bad::Torn(value)) };
        let record = match decode(bytes, key, settings.seal.as_ref()) {
            Ok(record) => record,
            Err(Unreadable::Damaged) => return Err(Bad::Torn(value)),
            Err(Unreadable::Sealed) => return Err(Bad::Sealed(value)),
        };
        if head.split(|byte| *byte == b' ').nth(1) != Some(spelt(record.revision).as_bytes()) {
            return Err(Bad::Torn(value));
        }
        // A server whose clock was set back does not know; the wall clock may.
        let age = u64::try_from(age).ok().map(Duration::from_millis);
        Ok(Some(Loaded { record, age }))
    }
}

/// What became of a save.
pub(super) enum Saved {
    Yes,
    Conflict(Found),
    LeaseGone(Found),
}

impl Saved {
    /// Reads `{word, found}`.
    pub(super) fn read(reply: Value) -> Result<Self, Trouble> {
        let Value::Array(parts) = reply else { return Err(Trouble::odd()) };
        let Ok([Value::BulkString(word), found]) = <[Value; 2]>::try_from(parts) else { return Err(Trouble::odd()) };
        let found = Found::read(found)?;
        match &*word {
            b"saved" => Ok(Self::Yes),
            b"conflict" => Ok(Self::Conflict(found)),
            b"lease gone" => Ok(Self::LeaseGone(found)),
            _ => Err(Trouble::odd()),
        }
    }
}
