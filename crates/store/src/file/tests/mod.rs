//! What a folder may look like, and what becomes of it. Several processes are another suite's business.

mod aside;

use core::time::Duration;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hallpass_core::Endpoint;
use hallpass_core::dialect::{Held, Key};
use hallpass_core::lifecycle::{Record, Revision};
use tempfile::TempDir;

use super::folder::CAP;
use super::*;
use crate::{SaveError, StoreTrouble};

const LEASE: Duration = Duration::from_secs(30);

struct Place {
    folder: TempDir,
    told: Arc<Mutex<Vec<Notice>>>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), told: Arc::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn store(&self) -> File {
        let told = self.told.clone();
        File::new(self.path()).on_notice(move |notice| told.lock().expect("no panic").push(notice.clone()))
    }

    fn saved(&self, revision: u64) -> PathBuf {
        save(&self.store(), revision).expect("saved");
        self.file()
    }

    fn file(&self) -> PathBuf {
        self.path().join(record_name(&key()))
    }

    fn told(&self) -> Vec<Notice> {
        std::mem::take(&mut self.told.lock().expect("no panic"))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("plain letters"))
            .map(|name| name[64..].to_owned())
            .collect();
        names.sort();
        names
    }
}

fn key() -> Key {
    Key::new("test", &Endpoint::parse("https://auth.example/").expect("a URL")).with("id", "canary-3")
}

fn record(revision: u64) -> Record {
    Record::new(Revision(revision), Held::default())
}

fn save(store: &File, revision: u64) -> Result<(), SaveError> {
    let mut lock = store.try_lock(&key(), LEASE).expect("a folder").expect("free");
    lock.save(&record(revision))
}

fn peeked(store: &File) -> Option<u64> {
    store.peek(&key()).expect("readable").map(|loaded| loaded.record.revision.0)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_save_leaves_a_private_record_and_a_lock_and_no_id() {
    let place = Place::new();
    assert_eq!(peeked(&place.store()), None, "a peek makes no folder");
    assert!(!place.path().exists());
    let file = place.saved(7);
    assert_eq!(place.names(), [".lock", ".v1"]);
    assert_eq!((mode(&place.path()), mode(&file)), (0o700, 0o600));
    assert_eq!(mode(&place.path().join(lock_name(&key()))), 0o600);
    assert_eq!(peeked(&place.store()), Some(7));
    assert!(!file.to_str().expect("plain letters").contains("canary"));
    assert_eq!(place.told(), []);
}

#[test]
fn a_loosened_mode_is_tightened_and_told() {
    let place = Place::new();
    let file = place.saved(7);
    set_mode(&place.path(), 0o755);
    set_mode(&file, 0o644);
    assert_eq!(peeked(&place.store()), Some(7));
    let told = place.told();
    assert_eq!(
        told,
        [
            Notice::Tightened { path: place.path(), was: 0o755, now: 0o700 },
            Notice::Tightened { path: file.clone(), was: 0o644, now: 0o600 }
        ]
    );
    assert!(
        told[1].to_string().ends_with("was 644, open to other users; it is 600 now. Secrets in it may have been read")
    );
    assert_eq!((mode(&place.path()), mode(&file)), (0o700, 0o600));
}

#[test]
fn a_folder_with_other_things_in_it_is_not_closed_to_others() {
    let place = Place::new();
    fs::create_dir(place.path()).expect("new");
    for name in ["letter.txt".into(), "cafe.txt".into(), format!("{}.txt", "letters".repeat(10).split_at(64).0)] {
        let letter = place.path().join(name);
        fs::write(&letter, "dear").expect("writable");
        set_mode(&place.path(), 0o755);
        let error = place.store().try_lock(&key(), LEASE).map(drop).expect_err("a home is no folder for tokens");
        assert!(error.why.contains("name a folder for tokens alone"), "{error}");
        assert_eq!(mode(&place.path()), 0o755);
        fs::remove_file(letter).expect("it is there");
    }
}

#[test]
fn no_symbolic_link_is_followed() {
    let place = Place::new();
    let file = place.saved(7);
    let elsewhere = place.folder.path().join("elsewhere");
    fs::rename(&file, &elsewhere).expect("one file system");
    symlink(&elsewhere, &file).expect("a link");
    assert_eq!(peeked(&place.store()), None);
    save(&place.store(), 8).expect("the link is moved aside");
    assert_eq!(place.names(), [".lock", ".v1", ".v1.damaged-1"]);
    assert!(fs::read(&elsewhere).expect("still there").ends_with(b"{\"revision\":\"0000000000000007\"}"));

    let lock = place.path().join(lock_name(&key()));
    fs::remove_file(&lock).expect("there");
    symlink(&elsewhere, &lock).expect("a link");
    let error = place.store().try_lock(&key(), LEASE).map(drop).expect_err("a link is no lock");
    assert!(error.why.contains("it is a symbolic link"), "{error}");
    assert_eq!(error.kind, StoreTrouble::Folder, "{error}");

    let link = place.folder.path().join("link");
    symlink(place.path(), &link).expect("a link");
    for folder in [link.clone(), link.join("."), PathBuf::from(format!("{}/", link.display())), elsewhere] {
        let error = File::new(folder).peek(&key()).expect_err("neither a link nor a file is a folder");
        assert!(error.why.contains("name the folder itself"), "{error}");
    }
}

/// Invariant 15.
#[test]
fn what_is_no_record_is_moved_aside_under_the_lock_and_counts_as_none() {
    let place = Place::new();
    let file = place.saved(1);
    let whole = fs::read(&file).expect("there");
    let torn = whole[..whole.len() - 1].to_vec();
    let foreign = [torn, Vec::new(), b"{}".to_vec(), vec![0; 2 * CAP], b"hallpass 2 x\n".to_vec()];
    for (n, bytes) in foreign.iter().enumerate() {
        fs::write(&file, bytes).expect("writable");
        assert_eq!(peeked(&place.store()), None);
        assert_eq!(fs::read(&file).expect("a peek moves nothing"), *bytes);
        let lock = place.store().try_lock(&key(), LEASE).expect("a folder").expect("free");
        assert_eq!(lock.found(), None);
        let to = place.path().join(format!("{}.damaged-{}", record_name(&key()), (n + 1).min(4)));
        assert_eq!(place.told().last(), Some(&Notice::MovedAside { to: to.display().to_string() }));
        assert_eq!(fs::read(to).expect("kept"), *bytes);
    }
    assert_eq!(place.names(), [".lock", ".v1.damaged-1", ".v1.damaged-2", ".v1.damaged-3", ".v1.damaged-4"]);
    fs::create_dir(&file).expect("free");
    fs::remove_file(place.path().join(format!("{}.damaged-2", record_name(&key())))).expect("there");
    save(&place.store(), 2).expect("a folder in its place is moved aside, too");
    assert_eq!(peeked(&place.store()), Some(2));
}

#[test]
fn another_versions_record_and_another_keys_are_left_alone() {
    let place = Place::new();
    let file = place.saved(1);
    let newer = file.with_extension("v2");
    fs::write(&newer, "anything").expect("writable");
    save(&place.store(), 2).expect("saved");
    assert_eq!(fs::read(newer).expect("there"), b"anything");
}

#[test]
fn what_a_killed_save_left_is_removed_by_the_next_lock() {
    let place = Place::new();
    let file = place.saved(1);
    fs::write(file.with_extension("v1.new"), "half a rec").expect("writable");
    drop(place.store().try_lock(&key(), LEASE).expect("a folder").expect("free"));
    assert_eq!(place.names(), [".lock", ".v1"]);
    assert_eq!(peeked(&place.store()), Some(1));
}

/// Invariant 5.
#[test]
fn a_save_compares_what_the_file_has_now() {
    let place = Place::new();
    let file = place.saved(1);
    let one = fs::read(&file).expect("there");
    save(&place.store(), 2).expect("saved");
    let mut lock = place.store().try_lock(&key(), LEASE).expect("a folder").expect("free");
    fs::write(&file, one).expect("an old copy is put back");
    let theirs = place.store().peek(&key()).expect("readable").map(Box::new);
    assert_eq!(lock.save(&record(3)), Err(SaveError::Conflict(theirs)));
    fs::remove_file(&file).expect("there");
    assert_eq!(lock.save(&record(3)), Err(SaveError::Conflict(None)));
    assert_eq!(peeked(&place.store()), None);
}

#[test]
fn a_lock_whose_file_was_removed_saves_nothing() {
    let place = Place::new();
    place.saved(1);
    let mut lock = place.store().try_lock(&key(), LEASE).expect("a folder").expect("free");
    fs::remove_file(place.path().join(lock_name(&key()))).expect("there");
    assert!(matches!(lock.save(&record(2)), Err(SaveError::LeaseGone(_))));
    let other = place.store().try_lock(&key(), LEASE).expect("a folder");
    assert!(other.is_some(), "the new file is another lock");
    assert!(matches!(lock.save(&record(2)), Err(SaveError::LeaseGone(_))));
}

#[test]
fn a_folder_that_is_removed_meanwhile_is_an_error_and_then_made_anew() {
    let place = Place::new();
    let store = place.store();
    let mut lock = store.try_lock(&key(), LEASE).expect("a folder").expect("free");
    fs::remove_dir_all(place.path()).expect("there");
    assert!(matches!(lock.save(&record(1)), Err(SaveError::NotApplied(_))));
    save(&store, 2).expect("the folder is made anew");
}

#[test]
fn a_record_that_could_not_be_read_again_is_not_saved() {
    let place = Place::new();
    let with = |length| {
        let token = hallpass_core::RefreshToken::new("x".repeat(length));
        Record::new(Revision(1), Held { refresh_token: Some(token), user_key: None })
    };
    let most = CAP - record::encode(&with(0), &key(), None).len();
    let mut lock = place.store().try_lock(&key(), LEASE).expect("a folder").expect("free");
    let Err(SaveError::NotApplied(why)) = lock.save(&with(most + 1)) else { panic!("it is too long") };
    assert!(why.ends_with("it has 1048577 bytes, and a record may have 1048576"), "{why}");
    lock.save(&with(most)).expect("it is just short enough");
    assert_eq!(peeked(&place.store()), Some(1));
    fs::write(place.file(), &*record::encode(&with(most + 1), &key(), None)).expect("writable");
    assert_eq!(peeked(&place.store()), None, "no store has saved that");
}

#[cfg(feature = "seal")]
#[test]
fn another_key_is_an_error_and_moves_nothing() {
    let place = Place::new();
    let seal = |byte: &str| Seal::new(&[hallpass_core::Secret::from(byte.repeat(43) + "=")]).expect("a key");
    save(&place.store().seal(seal("A")), 1).expect("saved");
    for store in [place.store(), place.store().seal(seal("E"))] {
        let error = store.peek(&key()).expect_err("sealed");
        assert!(error.why.contains("sealed with another key"), "{error}");
        assert!(store.try_lock(&key(), LEASE).is_err());
    }
    assert_eq!(peeked(&place.store().seal(seal("A"))), Some(1));
    assert_eq!(place.told(), []);
    let store = File::new("/tokens").seal(seal("A"));
    assert_eq!(format!("{store:?}"), "File { folder: \"/tokens\", seal: Some(Seal(1 keys)), .. }");
}

/// What a test that crashes between two steps goes by.
#[cfg(feature = "fault")]
#[test]
fn each_step_of_a_lock_and_a_save_is_told() {
    let told: Arc<Mutex<Vec<_>>> = Arc::default();
    let heard = told.clone();
    let place = Place::new();
    let store = place.store().on_step(move |step| heard.lock().expect("no panic").push(step));
    save(&store, 1).expect("saved");
    assert_eq!(*told.lock().expect("no panic"), ["locked", "created", "written", "synced", "renamed"]);
}
