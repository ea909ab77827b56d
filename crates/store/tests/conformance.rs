//! The stores, and the one in the example, do what a store must do.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hallpass_core::dialect::{Held, Key};
use hallpass_core::lifecycle::Revision;
use hallpass_core::{Endpoint, Secret};
use hallpass_store::record::{Seal, encode};
use hallpass_store::{File, Memory, Record, Store, StoreTrouble, Swept, conformance};

#[path = "../examples/own_store.rs"]
mod own_store;

#[test]
fn memory_does_what_a_store_must() {
    let memory = Memory::new();
    conformance::check(|| memory.clone());
}

#[test]
fn files_plain_and_sealed_do_what_a_store_must() {
    let folder = tempfile::tempdir().expect("a folder");
    conformance::check(|| File::new(folder.path()));
    let seal = Seal::new(&[Secret::from("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")]).expect("a key");
    conformance::check(|| File::new(folder.path()).seal(seal.clone()));
}

#[test]
fn the_store_of_the_example_does_what_a_store_must() {
    own_store::main();
}

/// Nothing that a suite could put into everybody's rows.
#[test]
fn what_the_store_of_the_example_cannot_read_stands_in_nobodys_way() {
    let table = own_store::Table::default();
    let record = Record::new(Revision(1), Held::default());
    let put = |bytes: &[u8]| table.row(&key(), |row| row.record = Some((bytes.to_vec(), Instant::now())));
    let lock = || table.try_lock(&key(), Duration::from_mins(1)).map(|lock| lock.expect("nobody holds it"));
    let plain = encode(&record, &key(), None);

    put(&plain[1..]);
    assert_eq!(table.peek(&key()), Ok(None), "a damaged row counts as nothing");
    lock().expect("it can be locked").save(&record).expect("and replaced");
    assert_eq!(table.peek(&key()).expect("a record").map(|found| found.record), Some(record.clone()));

    let seal = Seal::new(&[Secret::from("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")]).expect("a key");
    put(&encode(&record, &key(), Some(&seal)));
    for error in [table.peek(&key()).map(drop), lock().map(drop), lock().map(drop)] {
        assert_eq!(
            error.map_err(|error| error.kind),
            Err(StoreTrouble::Sealed),
            "one that nobody can open is an error"
        );
    }
    put(&plain);
    drop(lock().expect("no lock was left behind"));
}

#[test]
fn what_a_store_leaves_out_is_the_usual() {
    let memory = Memory::new();
    assert!(!memory.blocks());
    assert_eq!(memory.aside(&key()), Ok(Vec::new()));
    assert!(File::new("unused").blocks(), "whoever says nothing may");
}

#[test]
fn a_store_behind_an_arc_is_that_store() {
    let memory = Arc::new(Memory::new());
    conformance::check(|| memory.clone());
    assert!(!memory.blocks());

    let folder = tempfile::tempdir().expect("a folder");
    let file = Arc::new(File::new(folder.path().join("tokens")));
    assert!(Store::blocks(&file));
    drop(Store::try_lock(&file, &key(), Duration::from_secs(30)).expect("a folder"));
    let mut names = fs::read_dir(file.folder()).expect("it is made").map(|entry| entry.expect("an entry").path());
    let record = names.next().expect("a lock").with_extension("v1");
    fs::write(&record, "torn").expect("writable");
    drop(Store::try_lock(&file, &key(), Duration::from_secs(30)).expect("it is moved aside"));
    assert_eq!(Store::aside(&file, &key()), Ok(vec![format!("{}.damaged-1", record.display())]));
    assert_eq!(Store::sweep(&file, &key(), false), Ok(vec![Swept::Aside]));
}

fn key() -> Key {
    Key::new("test", &Endpoint::parse("https://auth.example/").expect("a URL"))
}
