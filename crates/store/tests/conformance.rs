//! The stores, and the one in the example, do what a store must do.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use hallpass_core::dialect::Key;
use hallpass_core::{Endpoint, Secret};
use hallpass_store::record::Seal;
use hallpass_store::{File, Memory, Store, Swept, conformance};

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
