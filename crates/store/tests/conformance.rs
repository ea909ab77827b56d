//! The stores, and the one in the example, do what a store must do.

use hallpass_core::Secret;
use hallpass_store::record::Seal;
use hallpass_store::{File, Memory, conformance};

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
