//! What is in the way and cannot be replaced.

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
