//! A lock that is held, and saving under it.

use std::fs;

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Loaded, Record, Revision};

use super::folder::{CAP, Folder};
use super::{Content, File, Notice, lock_name, record_name, sealed};
use crate::{Locked, SaveError, StoreError, Swept, record};

/// So many damaged records of one key are kept: the first ones, and the latest.
const KEPT: u32 = 4;

/// Folders with things in them cannot be replaced, and take places beyond.
const MOST: u32 = 64;

/// Every name that what is damaged may get.
pub(super) fn aside(key: &Key) -> impl Iterator<Item = String> {
    let name = record_name(key);
    (1..=MOST).map(move |n| format!("{name}.damaged-{n}"))
}

/// Removes what was moved aside, and the record itself if it is `unreadable` for us and is to go.
pub(super) fn sweep(store: &File, folder: &Folder, key: &Key, unreadable: bool) -> Result<Vec<Swept>, StoreError> {
    let mut swept = Vec::new();
    let remove = |name: &str| folder.remove(name).map_err(|error| folder.failed("remove", name, &error));
    if unreadable && matches!(store.read(folder, key)?, Content::Sealed) {
        let file = folder.lock_file(&lock_name(key), &|notice| store.tell(notice))?;
        if !locked(&file, folder, key)? {
            return Err(StoreError::new(BUSY));
        }
        // Somebody who has the key may have saved since.
        if matches!(store.read(folder, key)?, Content::Sealed) {
            remove(&record_name(key))?;
            swept.push(Swept::Record);
        }
    }
    // One that cannot be removed keeps none of the others.
    let removed: Vec<_> = aside(key).filter(|name| folder.has(name)).map(|name| remove(&name)).collect();
    for removed in removed {
        removed?;
        swept.push(Swept::Aside);
    }
    Ok(swept)
}

const BUSY: &str = "somebody else holds the lock of the record: try again later";

/// One try; whether nobody else had it.
fn locked(file: &fs::File, folder: &Folder, key: &Key) -> Result<bool, StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(fs::TryLockError::WouldBlock) => Ok(false),
        Err(fs::TryLockError::Error(error)) => Err(folder.failed("lock", &lock_name(key), &error)),
    }
}

pub(super) struct Lock {
    store: File,
    folder: Folder,
    key: Key,
    file: fs::File,
    found: Option<Loaded>,
}

impl Lock {
    /// One try; `None` if somebody else has it.
    pub(super) fn take(store: File, folder: Folder, key: Key) -> Result<Option<Self>, StoreError> {
        let name = lock_name(&key);
        let file = folder.lock_file(&name, &|notice| store.tell(notice))?;
        // Somebody who removed the file while it was being opened has made room for another lock.
        if !locked(&file, &folder, &key)? || !folder.holds(&name, &file) {
            return Ok(None);
        }
        store.step("locked");
        let mut lock = Self { store, folder, key, file, found: None };
        // What a killed process left of its save: nobody else writes while the lock is held.
        let new = lock.new_name();
        if lock.folder.remove(&new).is_err() && lock.folder.has(&new) {
            lock.move_aside(&new)?;
        }
        lock.found = lock.current()?;
        Ok(Some(lock))
    }

    /// The record as it stands; what is none is moved aside first.
    fn current(&self) -> Result<Option<Loaded>, StoreError> {
        match self.store.read(&self.folder, &self.key)? {
            Content::Nothing => Ok(None),
            Content::Record(loaded) => Ok(Some(*loaded)),
            Content::Damaged => {
                self.move_aside(&record_name(&self.key))?;
                Ok(None)
            }
            Content::Sealed => Err(sealed(&self.folder, &self.key)),
        }
    }

    /// To the first free place, or over the latest; where something there cannot be replaced, to a place beyond.
    fn move_aside(&self, name: &str) -> Result<(), StoreError> {
        let slots: Vec<_> = aside(&self.key).collect();
        let (kept, beyond) = slots.split_at(KEPT as usize);
        let free = |slots: &[String]| slots.iter().find(|slot| !self.folder.has(slot)).cloned();
        let moved = |to: &String| self.folder.rename(name, to);
        let mut to = free(kept).unwrap_or_else(|| slots[KEPT as usize - 1].clone());
        if let Err(error) = moved(&to) {
            let failed = self.folder.failed("move aside", name, &error);
            let Some(other) = free(beyond).filter(|_| self.folder.has(&to)) else { return Err(failed) };
            moved(&other).map_err(|_| failed)?;
            to = other;
        }
        self.store.tell(&Notice::MovedAside { to: self.folder.path().join(to).display().to_string() });
        Ok(())
    }

    fn new_name(&self) -> String {
        format!("{}.new", record_name(&self.key))
    }

    /// Writes beside the record and puts it in its place: whoever reads meanwhile has the old one or the new one, whole.
    fn replace(&self, record: &Record) -> Result<(), SaveError> {
        let (name, new) = (record_name(&self.key), self.new_name());
        let bytes = record::encode(record, &self.key, self.store.seal.as_ref());
        if bytes.len() > CAP {
            let why = format!("it has {} bytes, and a record may have {CAP}", bytes.len());
            return Err(SaveError::NotApplied(why));
        }
        let not_applied = |doing: &str, name: &str, error| {
            // What is left of it is of no use, and may hold secrets.
            let _ = self.folder.remove(&new);
            SaveError::NotApplied(self.folder.failed(doing, name, &error).why)
        };
        self.folder
            .write(&new, &bytes, &|step| self.store.step(step))
            .map_err(|error| not_applied("write", &new, error))?;
        if let Err(error) = self.folder.rename(&new, &name) {
            // A network's file system may have done it all the same.
            return Err(if self.folder.has(&new) {
                not_applied("replace", &name, error)
            } else {
                SaveError::Unknown(self.folder.failed("replace", &name, &error).why)
            });
        }
        self.store.step("renamed");
        // Until then, a loss of power may bring the old one back.
        self.folder.sync().map_err(|error| SaveError::Unknown(self.folder.failed("write", "", &error).why))
    }
}

fn revision(loaded: Option<&Loaded>) -> Option<Revision> {
    loaded.map(|loaded| loaded.record.revision)
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.found.as_ref()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let current = self.current().map_err(|error| SaveError::NotApplied(error.why))?;
        if revision(current.as_ref()) != revision(self.found.as_ref()) {
            return Err(SaveError::Conflict(current.map(Box::new)));
        }
        if !self.folder.holds(&lock_name(&self.key), &self.file) {
            return Err(match current {
                Some(current) => SaveError::LeaseGone(Box::new(current)),
                None => SaveError::NotApplied("the lock's file was removed: nothing but this program may".into()),
            });
        }
        self.replace(record)?;
        self.found = Some(Loaded { record: record.clone(), age: None });
        Ok(())
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.file.unlock().map_err(|error| self.folder.failed("unlock", &lock_name(&self.key), &error))
    }
}

impl Drop for Lock {
    /// Closing would do, were there never a child process that is just being started and still has a copy.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use hallpass_core::Endpoint;

    use super::*;

    #[test]
    fn a_copy_of_the_lock_in_a_child_process_does_not_keep_it() {
        let place = tempfile::tempdir().expect("a folder");
        let key = Key::new("test", &Endpoint::parse("https://auth.example/").expect("a URL"));
        let take = || {
            let folder = Folder::create(&place.path().join("tokens"), &|_| {}).expect("a folder");
            Lock::take(File::new(place.path()), folder, key.clone()).expect("a folder")
        };
        let lock = take().expect("free");
        let copy = lock.file.try_clone().expect("a copy, as a child process has it");
        assert!(take().is_none(), "it is held");
        drop(lock);
        assert!(take().is_some(), "its holder has dropped it");
        drop(copy);
    }
}
