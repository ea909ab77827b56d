//! Texts in the system's keyring: the Secret Service on Linux, Keychain on macOS, the Credential Manager on Windows.
//!
//! A keyring holds short texts and has no lock, so it is no place for records. What it is good for is the key that records
//! are sealed with: [`sealed`] keeps them in files, and the key here.

use core::fmt;
use core::time::Duration;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hallpass_core::dialect::Key;
use hallpass_core::{Endpoint, Secret};
use keyring::v1;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::record::Seal;
use crate::{File, Store};

/// Long enough for somebody to type a passphrase.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a busy lock is tried again.
const BUSY: Duration = Duration::from_millis(20);

/// Where a text lies in the keyring. `Debug` shows no name: somebody may have put a secret in its place.
///
/// ```no_run
/// use hallpass_store::keyring::Entry;
///
/// // Put there by `secret-tool store --label=ducky service ducky username my-client`, for example.
/// let secret = Entry::new("ducky", "my-client").read()?;
/// # Ok::<(), hallpass_store::keyring::KeyringError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    service: String,
    account: String,
    patience: Duration,
}

/// Why the keyring gave nothing, or took nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// No keyring runs in this session.
    #[error(
        "no keyring can be reached: on Linux a Secret Service (GNOME Keyring, KWallet, KeePassXC) must run in this session; \
         where there is none, name another source"
    )]
    Missing,
    /// It has nothing there.
    #[error(
        "the keyring has no such entry: put it there (Linux: `secret-tool store --label=NAME service SERVICE username \
         ACCOUNT`)"
    )]
    Empty,
    /// There are several.
    #[error("the keyring has several such entries: remove those that are not meant")]
    Several,
    /// It did not open.
    #[error("the keyring is locked, and was not unlocked: unlock it, or log in to the desktop")]
    Locked,
    /// It did not answer, such as one that asks somebody to unlock it.
    #[error("the keyring did not answer within {0} s: is it locked, and does it ask for its password somewhere?")]
    Silent(u64),
    /// What it holds is no text.
    #[error("the keyring's entry is no text")]
    NoText,
    /// What was meant to be a key is none.
    #[error("the keyring's entry hallpass/store is no key of 32 bytes in base64: it is not hallpass's own")]
    NoKey,
    /// Something else.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

impl Entry {
    /// An entry by its service and its account, as most programs name theirs.
    pub fn new(service: impl Into<String>, account: impl Into<String>) -> Self {
        Self { service: service.into(), account: account.into(), patience: PATIENCE }
    }

    /// How long a locked keyring may take to be unlocked. Default one minute.
    #[must_use = "the entry is handed back, not changed in place"]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The text that lies there.
    pub fn read(&self) -> Result<Secret, KeyringError> {
        self.ask(|entry| Ok(Secret::new(entry.get_password()?)))
    }

    /// Puts a text there, in the place of any other.
    pub fn write(&self, secret: &Secret) -> Result<(), KeyringError> {
        let text = Zeroizing::new(secret.expose().to_owned());
        self.ask(move |entry| entry.set_password(&text))
    }

    /// The keyring's own calls know no deadline, so a thread of its own waits; if nobody listens any more, it ends when
    /// the keyring answers.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&v1::Entry) -> v1::Result<T> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let (tell, hear) = mpsc::channel();
        let Self { service, account, patience } = self.clone();
        let asking = move || {
            let done = v1::Entry::new(&service, &account).and_then(|entry| work(&entry));
            drop(tell.send(done.map_err(|error| KeyringError::of(&error))));
        };
        let failed = |_| KeyringError::Failed("no thread can be had to ask it".into());
        thread::Builder::new().name("hallpass-keyring".into()).spawn(asking).map_err(failed)?;
        hear.recv_timeout(patience).unwrap_or_else(|why| {
            Err(match why {
                RecvTimeoutError::Timeout => KeyringError::Silent(patience.as_secs()),
                RecvTimeoutError::Disconnected => KeyringError::Failed("it broke off".into()),
            })
        })
    }
}

impl KeyringError {
    /// Without what the entry holds, which some of the keyring's own errors carry.
    fn of(error: &v1::Error) -> Self {
        match error {
            v1::Error::NoEntry => Self::Empty,
            v1::Error::Ambiguous(_) => Self::Several,
            v1::Error::NoStorageAccess(_) => Self::Locked,
            v1::Error::NoDefaultStore => Self::Missing,
            v1::Error::BadEncoding(_) | v1::Error::BadDataFormat(..) => Self::NoText,
            v1::Error::TooLong(what, most) => Self::Failed(format!("its {what} may have {most} characters at most")),
            _ => Self::Failed("the service that keeps it answered with an error".into()),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry(redacted)")
    }
}

/// The same files, sealed with the key that lies in the keyring under `hallpass` and `store`; the first to come makes it.
/// Without a keyring there is no store: nothing is ever kept unsealed.
///
/// ```no_run
/// use hallpass_store::{File, keyring};
///
/// let store = keyring::sealed(File::in_user_folder()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sealed(file: File) -> Result<File, KeyringError> {
    let entry = Entry::new("hallpass", "store");
    let key = match entry.read() {
        Err(KeyringError::Empty) => first(&file, &entry)?,
        read => read?,
    };
    let seal = Seal::new(&[key]).map_err(|_| KeyringError::NoKey)?;
    Ok(file.seal(seal))
}

/// Makes the key, under the files' own lock: of two who make one at once, the loser could never read again what it wrote.
fn first(file: &File, entry: &Entry) -> Result<Secret, KeyringError> {
    let (reserved, begun) = (reserved(), Instant::now());
    let failed = |why: crate::StoreError| KeyringError::Failed(format!("its key cannot be made alone: {why}"));
    let lock = loop {
        match file.try_lock(&reserved, entry.patience).map_err(failed)? {
            Some(lock) => break lock,
            None if begun.elapsed() > entry.patience => return Err(KeyringError::Silent(entry.patience.as_secs())),
            None => thread::sleep(BUSY),
        }
    };
    let key = match entry.read() {
        Err(KeyringError::Empty) => {
            let mut bytes = Zeroizing::new([0; 32]);
            let silent = |_| KeyringError::Failed("the system gives no randomness".into());
            SystemRandom::new().fill(&mut *bytes).map_err(silent)?;
            let key = Secret::new(STANDARD.encode(*bytes));
            entry.write(&key)?;
            Ok(key)
        }
        read => read,
    };
    // A lock that cannot be given back ends with this process.
    drop(lock.unlock());
    key
}

/// The key that nobody's login has.
fn reserved() -> Key {
    let endpoint = Endpoint::parse("https://keyring.invalid/").expect("a plain URL");
    Key::new("the store's own key", &endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_is_wrong_and_not_what_lies_there() {
        let canary = || b"canary".to_vec();
        let broken = || "canary".into();
        for (error, told) in [
            (v1::Error::Ambiguous(Vec::new()), KeyringError::Several),
            (v1::Error::BadEncoding(canary()), KeyringError::NoText),
            (v1::Error::BadDataFormat(canary(), broken()), KeyringError::NoText),
        ] {
            assert_eq!(KeyringError::of(&error), told);
        }
        let long = KeyringError::of(&v1::Error::TooLong("account".into(), 255)).to_string();
        assert!(long.contains("its account may have 255 characters at most"), "{long}");
        let other = KeyringError::of(&v1::Error::PlatformFailure(broken())).to_string();
        assert!(!other.contains("canary"), "{other}");
        assert_eq!(format!("{:?}", Entry::new("canary", "canary")), "Entry(redacted)");
    }

    #[test]
    fn whoever_makes_the_key_for_too_long_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::new(folder.path().join("tokens"));
        let _lock = file.try_lock(&reserved(), PATIENCE).expect("a folder").expect("free");
        let (tell, hear) = mpsc::channel();
        let (theirs, begun) = (file.clone(), Instant::now());
        thread::spawn(move || tell.send(first(&theirs, &Entry::new("a", "b").patience(BUSY)).map(drop)));
        let told = hear.recv_timeout(PATIENCE).expect("it gives up");
        assert_eq!(told, Err(KeyringError::Silent(0)));
        assert!(begun.elapsed() > BUSY, "not before its patience is over");
    }
}
