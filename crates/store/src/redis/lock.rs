//! A lock with a lease.

use core::time::Duration;

use ::redis::Value;
use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::Record;
use ring::rand::{SecureRandom, SystemRandom};

use super::connection::LONGEST_REPLY;
use super::name::Names;
use super::reply::{Bad, Found, Saved};
use super::script::{ASIDE, LOCK, SAVE, Step, UNLOCK};
use super::trouble::Trouble;
use super::{Redis, expiry};
use crate::record::{encode, spelt};
use crate::{Loaded, Locked, Notice, SaveError, StoreError, hex};

/// What a reply has room for beside a few words.
const LONGEST: usize = LONGEST_REPLY - 1024;

pub(super) struct Lock {
    store: Redis,
    key: Key,
    names: Names,
    /// Tells this holding of the lock from any other.
    value: String,
    found: Option<Loaded>,
    held: bool,
}

impl Lock {
    /// Tries once; `None` if somebody else has it.
    pub(super) fn take(store: Redis, key: &Key, lease: Duration) -> Result<Option<Self>, StoreError> {
        let names = Names::of(&store.settings.prefix, key);
        let mut lock = Self { store, key: key.clone(), names, value: random(), found: None, held: false };
        let lease = milliseconds(lease).to_string();
        let arguments = [lock.value.as_bytes(), lease.as_bytes()];
        // The script itself, since nobody would hear that the server does not know it.
        let undo = UNLOCK.by_source(&lock.names, &arguments[..1]);
        let (link, settings) = (&lock.store.link, &lock.store.settings);
        let reply = link.call_or_undo(settings, &LOCK, &lock.names, &arguments, Some(&undo))?;
        if reply == Value::Nil {
            return Ok(None);
        }
        lock.held = true;
        let found = Found::read(reply).map_err(|trouble| lock.at(trouble))?;
        lock.found = lock.current(found)?;
        Ok(Some(lock))
    }
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.found.as_ref()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let bytes = encode(record, &self.key, self.store.settings.seal.as_ref());
        if bytes.len() > LONGEST {
            let why = format!("it has {} bytes, and a record may have {LONGEST}", bytes.len());
            return Err(SaveError::NotApplied(why));
        }
        let base = self.found.as_ref().map(|found| spelt(found.record.revision)).unwrap_or_default();
        let revision = spelt(record.revision);
        // Only a mark must not outlive its lease: what was gained is worth keeping by whoever still can.
        let holding = if record.spending.is_some() { self.value.as_bytes() } else { b"" };
        let life = expiry::life(record).map(|life| milliseconds(life).to_string()).unwrap_or_default();
        let arguments = [base.as_bytes(), holding, revision.as_bytes(), &bytes, life.as_bytes()];
        match Saved::read(self.call(&SAVE, &arguments)?).map_err(|trouble| self.at(trouble))? {
            Saved::Yes => {
                self.found = Some(Loaded { record: record.clone(), age: Some(Duration::ZERO) });
                Ok(())
            }
            Saved::Conflict(found) => Err(SaveError::Conflict(self.whole(found))),
            Saved::LeaseGone(found) => Err(match self.whole(found) {
                Some(found) => SaveError::LeaseGone(found),
                None => SaveError::NotApplied("the lock's lease ran out before the save".into()),
            }),
        }
    }

    fn unlock(mut self: Box<Self>) -> Result<(), StoreError> {
        self.give_back()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What cannot be given back is the lease's to end.
        let _ = self.give_back();
    }
}

impl Lock {
    fn give_back(&mut self) -> Result<(), StoreError> {
        if !core::mem::take(&mut self.held) {
            return Ok(());
        }
        self.call(&UNLOCK, &[self.value.as_bytes()])?;
        Ok(())
    }

    fn call(&self, step: &Step, arguments: &[&[u8]]) -> Result<Value, Trouble> {
        self.store.link.call(&self.store.settings, step, &self.names, arguments)
    }

    fn at(&self, trouble: Trouble) -> Trouble {
        trouble.at(&self.store.settings.address)
    }

    /// The record; a torn one is moved aside first.
    fn current(&self, found: Found) -> Result<Option<Loaded>, StoreError> {
        let settings = &self.store.settings;
        let torn = match found.loaded(&self.key, settings) {
            Err(Bad::Torn(value)) => value,
            found => return found.map_err(|bad| bad.told(settings, &self.names)),
        };
        let left = self.call(&ASIDE, &[self.value.as_bytes(), &torn])?;
        let left = Found::read(left).map_err(|trouble| self.at(trouble))?;
        let left = left.loaded(&self.key, settings).map_err(|bad| bad.told(settings, &self.names))?;
        if left.is_none() {
            settings.tell(&Notice::MovedAside { to: self.names.aside().to_owned() });
        }
        Ok(left)
    }

    fn whole(&self, found: Found) -> Option<Box<Loaded>> {
        found.loaded(&self.key, &self.store.settings).ok().flatten().map(Box::new)
    }
}

/// 128 bits that nobody guesses or draws twice.
fn random() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes, as TLS needs them too");
    hex(&bytes)
}

/// As the server counts: at least one, and far from where its arithmetic ends.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 50)
}
