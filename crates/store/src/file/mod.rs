//! The store of a machine: one file a record, shared by all processes of a user.
//!
//! ```text
//! 996e26….v1              the record, 0600, in a folder 0700; the name shows no id
//! 996e26….lock            the lock, empty, there for good
//! 996e26….v1.new          a save under way, or what a killed process left of one
//! 996e26….v1.damaged-1    what was found in a record's place and was none
//! ```
//!
//! The lock is the system's own (`flock`). It ends with its holder, however that ends, and a holder that is merely stopped
//! keeps it: breaking it would let two compare and replace at once, which files cannot do safely. Who meets a stopped
//! holder finds the lock busy, and gives up at a flight's end with an error that says so. So the lease is not needed, and a
//! holder that goes on after any pause still has the lock that it thinks it has.

mod folder;
mod lock;
#[cfg(all(test, unix))]
mod tests;
mod trouble;

use core::fmt;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;
use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::Loaded;

use crate::record::{self, Seal, Unreadable, VERSION};
use crate::{Locked, Notice, Store, StoreError, Swept, hex};
use folder::{Folder, Found};

/// Records in a folder that only its user can read. Every clone, and every process that names the same folder, shares them.
///
/// A save is on the disk when it returns: written beside the record, then put in its place, so that a reader and a crash at
/// any time leave the old record or the new one, whole. The lock is the system's and ends with its process. A process that
/// is merely stopped keeps it; the others have the stored token for as long as it is good, and then fail at the end of a
/// flight, saying so. The folder must be on a file system whose locks hold between all who share it: a local one, or a
/// network's with working `flock`.
///
/// What is refused, with what to do: a folder or lock of another user, a symbolic link in the place of either, a folder that
/// others may look into and that has other things in it. What is mended, and told to [`on_notice`](Self::on_notice): a mode
/// that lets others in; and whatever is in a record's place and is no whole record of this user's, which is moved aside (at
/// most four are kept) and counts as no record. A record sealed with a key that is not given is an error. Records of other
/// versions of the format have other names, and are left alone.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::Endpoint;
/// use hallpass_core::dialect::{Held, Key};
/// use hallpass_core::lifecycle::Revision;
/// use hallpass_store::{File, Record, Store};
///
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// let store = File::new(folder.join("tokens")).on_notice(|notice| eprintln!("hallpass: {notice}"));
/// let key = Key::new("basic-form", &Endpoint::parse("https://auth.example/token")?);
/// let mut lock = store.try_lock(&key, Duration::from_secs(30))?.expect("nobody else is here");
/// lock.save(&Record::new(Revision(1), Held::default()))?;
/// lock.unlock()?;
/// assert_eq!(File::new(folder.join("tokens")).peek(&key)?.expect("saved").record.revision, Revision(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct File {
    folder: PathBuf,
    seal: Option<Seal>,
    tell: Option<Arc<Tell>>,
    #[cfg(feature = "fault")]
    step: Option<Arc<Step>>,
}

type Tell = dyn Fn(&Notice) + Send + Sync;

#[cfg(feature = "fault")]
type Step = dyn Fn(&'static str) + Send + Sync;

impl File {
    /// Records in `folder`, which is made when the first lock is taken. Nothing is read or written yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            seal: None,
            tell: None,
            #[cfg(feature = "fault")]
            step: None,
        }
    }

    /// Records in this user's own folder: `$XDG_STATE_HOME/hallpass` or `~/.local/state/hallpass`, and on Windows
    /// `%LOCALAPPDATA%\hallpass`.
    ///
    /// ```
    /// let store = hallpass_store::File::in_user_folder()?;
    /// assert!(store.folder().ends_with("hallpass"));
    /// # Ok::<(), hallpass_store::StoreError>(())
    /// ```
    pub fn in_user_folder() -> Result<Self, StoreError> {
        let strategy = etcetera::choose_base_strategy().map_err(|_| {
            StoreError::folder("this user has no home folder to keep tokens in: set HOME, or name a folder for them")
        })?;
        // Not the one that roams: a lock holds on one machine only.
        let parent = strategy.state_dir().unwrap_or_else(|| strategy.cache_dir());
        if parent.is_relative() {
            let why = "this user's home folder is given by a relative path, and tokens would land below whatever folder \
                       a program is started in: set HOME to a whole path, or name a folder for them";
            return Err(StoreError::folder(why));
        }
        Ok(Self::new(parent.join("hallpass")))
    }

    /// The same with records sealed from their next save on.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn seal(mut self, seal: Seal) -> Self {
        self.seal = Some(seal);
        self
    }

    /// The same, telling `tell` what it mends. Nothing that is told needs an answer; without this it is mended in silence.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn on_notice(mut self, tell: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.tell = Some(Arc::new(tell));
        self
    }

    /// The same, telling `step` between the steps of a lock and of a save: for tests that crash there.
    #[cfg(feature = "fault")]
    #[must_use = "the store is handed back, not changed in place"]
    pub fn on_step(mut self, step: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.step = Some(Arc::new(step));
        self
    }

    /// Where the records are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn tell(&self, notice: &Notice) {
        if let Some(tell) = &self.tell {
            tell(notice);
        }
    }

    #[cfg(feature = "fault")]
    fn step(&self, name: &'static str) {
        if let Some(step) = &self.step {
            step(name);
        }
    }

    #[cfg(not(feature = "fault"))]
    #[expect(clippy::unused_self, reason = "it is used for tests")]
    fn step(&self, _: &'static str) {}

    fn read(&self, folder: &Folder, key: &Key) -> Result<Content, StoreError> {
        let name = record_name(key);
        let bytes = match folder.read(&name, &|notice| self.tell(notice))? {
            Found::Nothing => return Ok(Content::Nothing),
            Found::Foreign => return Ok(Content::Damaged),
            Found::Bytes(bytes) => bytes,
        };
        match record::decode(&bytes, key, self.seal.as_ref()) {
            Ok(record) => Ok(Content::Record(Box::new(Loaded { record, age: None }))),
            Err(Unreadable::Damaged) => Ok(Content::Damaged),
            Err(Unreadable::Sealed) => Ok(Content::Sealed),
        }
    }
}

/// What is in a record's place.
enum Content {
    Nothing,
    Record(Box<Loaded>),
    Damaged,
    Sealed,
}

/// The error of a record that no key opens.
fn sealed(folder: &Folder, key: &Key) -> StoreError {
    let path = folder.path().join(record_name(key));
    StoreError::sealed(format!("the record {} cannot be read: {}", path.display(), Unreadable::Sealed))
}

impl Store for File {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        let Some(folder) = Folder::open(&self.folder, &|notice| self.tell(notice))? else { return Ok(None) };
        match self.read(&folder, key)? {
            Content::Record(loaded) => Ok(Some(*loaded)),
            // Whoever has the lock moves it aside: from here it could be somebody's good new record by then.
            Content::Nothing | Content::Damaged => Ok(None),
            Content::Sealed => Err(sealed(&folder, key)),
        }
    }

    fn aside(&self, key: &Key) -> Result<Vec<String>, StoreError> {
        let Some(folder) = Folder::open(&self.folder, &|notice| self.tell(notice))? else { return Ok(Vec::new()) };
        let there = lock::aside(key).filter(|name| folder.has(name));
        Ok(there.map(|name| folder.path().join(name).display().to_string()).collect())
    }

    fn sweep(&self, key: &Key, unreadable: bool) -> Result<Vec<Swept>, StoreError> {
        let Some(folder) = Folder::open(&self.folder, &|notice| self.tell(notice))? else { return Ok(Vec::new()) };
        lock::sweep(self, &folder, key, unreadable)
    }

    fn try_lock(&self, key: &Key, _lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let folder = Folder::create(&self.folder, &|notice| self.tell(notice))?;
        let lock = lock::Lock::take(self.clone(), folder, key.clone())?;
        Ok(lock.map(|lock| Box::new(lock) as Box<dyn Locked>))
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("folder", &self.folder).field("seal", &self.seal).finish_non_exhaustive()
    }
}

fn record_name(key: &Key) -> String {
    format!("{}.v{VERSION}", hex(&key.digest()))
}

/// One lock for all versions of the format.
fn lock_name(key: &Key) -> String {
    format!("{}.lock", hex(&key.digest()))
}
