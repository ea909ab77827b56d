//! What is in the way and cannot be replaced.

use std::process::Command;
use std::sync::mpsc;
use std::thread;

use super::*;

fn occupied(path: &Path) {
    fs::create_dir(path).expect("free");
    fs::write(path.join("thing"), "x").expect("writable");
}

#[test]
fn folders_with_things_in_them_do_not_fill_the_places_for_what_is_damaged() {
    let place = Place::new();
    let file = place.saved(1);
    for n in 1..=6 {
        fs::remove_file(&file).expect("a record");
        occupied(&file);
        save(&place.store(), n).expect("what is in the way is moved aside");
        assert_eq!(peeked(&place.store()), Some(n));
    }
    fs::write(&file, "torn").expect("writable");
    save(&place.store(), 9).expect("a file as well");
}

#[test]
fn a_pipe_in_a_records_place_is_not_waited_for() {
    let place = Place::new();
    let file = place.saved(1);
    fs::remove_file(&file).expect("a record");
    assert!(Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
    let (tell, hear) = mpsc::channel();
    let store = place.store();
    thread::spawn(move || tell.send(peeked(&store)));
    assert_eq!(hear.recv_timeout(Duration::from_mins(1)), Ok(None));
    save(&place.store(), 2).expect("it is moved aside");
    assert_eq!(place.names(), [".lock", ".v1", ".v1.damaged-1"]);
}

#[test]
fn a_folder_in_the_place_of_a_save_is_moved_aside_and_told() {
    let place = Place::new();
    let file = place.saved(1);
    occupied(&file.with_extension("v1.new"));
    save(&place.store(), 2).expect("it is no longer in the way");
    assert_eq!(place.names(), [".lock", ".v1", ".v1.damaged-1"]);
    assert!(matches!(place.told()[..], [Notice::MovedAside { .. }]));
}

#[test]
fn what_was_moved_aside_is_named_and_removed() {
    let place = Place::new();
    let file = place.saved(1);
    fs::write(&file, "torn").expect("writable");
    save(&place.store(), 2).expect("saved");
    let store = place.store();
    assert_eq!(store.aside(&key()).expect("readable").len(), 1);
    assert_eq!(store.sweep(&key(), false).expect("ours").len(), 1);
    assert_eq!((store.aside(&key()).expect("readable").len(), place.names()), (0, vec![".lock".into(), ".v1".into()]));
    assert_eq!(store.sweep(&key(), true).expect("ours").len(), 0, "a record that can be read stays");
    assert_eq!(peeked(&store), Some(2));
}

#[cfg(feature = "seal")]
#[test]
fn what_no_key_opens_is_removed_when_that_is_asked_for_and_nobody_has_the_lock() {
    let place = Place::new();
    let seal = Seal::new(&[hallpass_core::Secret::from("A".repeat(43) + "=")]).expect("a key");
    let sealed = place.store().seal(seal);
    save(&sealed, 1).expect("saved");
    let store = place.store();
    assert_eq!(store.sweep(&key(), false), Ok(Vec::new()));
    assert_eq!(peeked(&sealed), Some(1), "nobody asked for it to go");

    let lock = sealed.try_lock(&key(), LEASE).expect("a folder").expect("free");
    let error = store.sweep(&key(), true).expect_err("somebody may be saving it");
    assert!(error.why.contains("try again later"), "{error}");
    assert_eq!(sealed.sweep(&key(), true), Ok(Vec::new()), "one that can be read needs no lock to stay");
    drop(lock);
    assert_eq!(store.sweep(&key(), true), Ok(vec![Swept::Record]));
    assert_eq!(place.names(), [".lock"]);
}
