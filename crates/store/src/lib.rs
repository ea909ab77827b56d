//! Stores: where what a login holds outlives the login, and where several processes share it.
//!
//! A store has four operations that it must have: peek, lock, save, unlock; two more find and clear up what was damaged.
//! None of them waits; whoever finds a lock busy sleeps outside and comes again. [`Memory`] is the default of the
//! libraries, `File` that of the command; `Redis` is shared by several machines.
//!
//! # Features
//!
//! None is on by default, and none changes what another does.
//!
//! | feature | what it brings |
//! |---|---|
//! | `file` | `File`: records in files, shared by a user's processes |
//! | `redis` | `Redis`: records on a Redis or Valkey server, shared by several machines |
//! | `seal` | `record::Seal`: records sealed at rest |
//! | `keyring` | texts in the system's keyring, and files sealed with a key from there |
//! | `record` | records as bytes, for a store of your own |
//! | `conformance` | what every store must do, as a function for the tests of yours |
//! | `fault` | for tests: told between the steps of a save, to crash there |
//!
//! # Modules
//!
//! | module | what it holds |
//! |---|---|
//! | `memory` | [`Memory`]: the store of one process |
//! | `file` | `File`: one file a record, shared by all processes of a user |
//! | `redis` | `Redis`: the store of several machines |
//! | `record` | records as bytes, for stores that leave memory |
//! | `keyring` | texts in the system's keyring |
//! | `conformance` | what every store must do |
//! | `notice` | `Notice`: what a store mends by itself, and somebody should know |
//! | `error` | [`StoreError`], [`StoreTrouble`] |

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
#[cfg(feature = "file")]
mod file;
#[cfg(feature = "keyring")]
pub mod keyring;
mod memory;
#[cfg(any(feature = "file", feature = "redis"))]
mod notice;
#[cfg(feature = "record")]
pub mod record;
#[cfg(feature = "redis")]
mod redis;

use core::time::Duration;

#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use error::{StoreError, StoreTrouble};
#[cfg(feature = "file")]
pub use file::File;
pub use memory::Memory;
#[cfg(any(feature = "file", feature = "redis"))]
pub use notice::Notice;

use hallpass_core::dialect::Key;
pub use hallpass_core::lifecycle::{Loaded, Record, SaveError};

/// A place for records, shared by everybody who was given it.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::dialect::{Held, Key};
/// use hallpass_core::lifecycle::Revision;
/// use hallpass_store::{Memory, Record, Store};
///
/// let key = Key::new("basic-form", &hallpass_core::Endpoint::parse("https://auth.example/token")?);
/// let store = Memory::new();
/// let mut lock = store.try_lock(&key, Duration::from_secs(30))?.expect("nobody else is here");
/// assert!(lock.found().is_none());
/// lock.save(&Record::new(Revision(1), Held::default()))?;
/// lock.unlock()?;
/// assert_eq!(store.peek(&key)?.expect("saved").record.revision, Revision(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Store: Send + Sync + 'static {
    /// Reads the record without the lock. One that is damaged counts as none, here and under a lock, and can be replaced; one
    /// that is whole and cannot be opened is an error, as a token may be in it.
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError>;

    /// Tries once to lock the record for at most `lease`; `None` if somebody else has it. Never waits.
    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError>;

    /// The names of what was found damaged in the record's place and moved aside: it may still hold tokens.
    fn aside(&self, key: &Key) -> Result<Vec<String>, StoreError> {
        let _ = key;
        Ok(Vec::new())
    }

    /// Removes what was moved aside; and, if `unreadable` is to go too, a record that is sealed with a key which nobody has
    /// any more. One that can be read stays.
    fn sweep(&self, key: &Key, unreadable: bool) -> Result<Vec<Swept>, StoreError> {
        let _ = (key, unreadable);
        Ok(Vec::new())
    }

    /// Whether a call may take longer than an async task should. Only a store that never leaves memory says no.
    fn blocks(&self) -> bool {
        true
    }
}

/// Something that [`Store::sweep`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Swept {
    /// A record that no key opens.
    Record,
    /// A damaged record that had been moved aside.
    Aside,
}

/// A lock that is held, and the record as it stood when the lock was taken. Dropping it unlocks.
pub trait Locked: Send {
    /// The record under the lock.
    fn found(&self) -> Option<&Loaded>;

    /// Replaces the record, if it is still the one this lock last saw. One with a mark ([`Record::spending`]) must not be saved
    /// once the lease is over ([`SaveError::LeaseGone`]); any other may be: what was gained is worth keeping.
    fn save(&mut self, record: &Record) -> Result<(), SaveError>;

    /// Gives the lock back.
    fn unlock(self: Box<Self>) -> Result<(), StoreError>;
}

impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        (**self).peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        (**self).try_lock(key, lease)
    }

    fn aside(&self, key: &Key) -> Result<Vec<String>, StoreError> {
        (**self).aside(key)
    }

    fn sweep(&self, key: &Key, unreadable: bool) -> Result<Vec<Swept>, StoreError> {
        (**self).sweep(key, unreadable)
    }

    fn blocks(&self) -> bool {
        (**self).blocks()
    }
}

/// Lower-case hexadecimal digits, as names in stores have them.
#[cfg(feature = "record")]
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("half a byte is below 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
