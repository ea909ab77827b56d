//! Records that a caller changes in so many words.

use core::time::Duration;

use hallpass_client::Config;
use hallpass_client::record::{Kept, Replace};
use hallpass_core::dialect::{Held, Key, Spends, UserKeyLogin};
use hallpass_core::lifecycle::{Mark, Record, Revision};
use hallpass_core::{Endpoint, RefreshToken, Secrets, UserKey, UtcDateTime};
use hallpass_store::{Memory, Store};

const LEASE: Duration = Duration::from_secs(30);

/// A user's login and the store that it keeps things in.
fn world() -> (Config, Memory) {
    let base = Endpoint::parse("https://sensors.example/").expect("a URL");
    let store = Memory::new();
    let dialect = UserKeyLogin::new(&base, "alice").expect("a login");
    (Config::new(dialect, Secrets::new()).store(store.clone()), store)
}

fn kept(config: &Config, key: &Key) -> Kept {
    Kept::try_lock(config, key, LEASE).expect("memory works").expect("nobody else is here")
}

/// Leaves a mark, as a process does that dies before an answer comes.
fn lose(store: &Memory, key: &Key, held: Held, spends: Spends) {
    let mut lock = store.try_lock(key, LEASE).expect("memory works").expect("nobody else is here");
    let mark = Mark { spends, since: UtcDateTime::UNIX_EPOCH, by: "somebody".into() };
    lock.save(&Record { spending: Some(mark), ..Record::new(Revision(7), held) }).expect("memory works");
}

fn marked(store: &Memory, key: &Key) -> bool {
    store.peek(key).expect("memory works").is_some_and(|loaded| loaded.record.spending.is_some())
}

fn held(store: &Memory, key: &Key) -> Held {
    store.peek(key).expect("memory works").map(|loaded| loaded.record.held).unwrap_or_default()
}

#[test]
fn a_lost_registration_is_replaced_without_asking_and_a_live_one_only_by_force() {
    let (config, store) = world();
    let key = config.registration_key().expect("it registers");
    lose(&store, &key, Held::default(), Spends::Registration);
    kept(&config, &key).import_user_key(UserKey::new("first"), Replace::Lost).expect("it was lost");
    assert!(!marked(&store, &key), "the mark is gone");

    let refused = kept(&config, &key).import_user_key(UserKey::new("canary"), Replace::Lost).expect_err("one is held");
    assert!(!refused.to_string().contains("canary") && refused.to_string().contains("Replace::Any"), "{refused}");
    assert_eq!(held(&store, &key).user_key, Some(UserKey::new("first")));
    kept(&config, &key).import_user_key(UserKey::new("second"), Replace::Any).expect("forced");
    assert_eq!(held(&store, &key).user_key, Some(UserKey::new("second")));
    assert_eq!(held(&store, &config.dialect().key()), Held::default(), "the tokens have a record of their own");
}

#[test]
fn a_lost_refresh_token_is_replaced_without_asking_and_a_live_one_only_by_force() {
    let (config, store) = world();
    let key = config.dialect().key();
    let token = |text: &str| RefreshToken::new(text);
    kept(&config, &key).import(token("R0"), Replace::Lost).expect("nothing was held");
    assert!(kept(&config, &key).import(token("R1"), Replace::Lost).is_err(), "it is alive");
    let lost = Held { refresh_token: Some(token("R0")), user_key: None };
    lose(&store, &key, lost, Spends::RefreshToken);
    kept(&config, &key).import(token("R2"), Replace::Lost).expect("it was lost");
    assert_eq!(held(&store, &key).refresh_token, Some(token("R2")));
}

/// Invariant 5: what was forgotten does not come back with a save that was on its way.
#[test]
fn what_is_forgotten_stays_forgotten() {
    let (config, store) = world();
    let key = config.dialect().key();
    assert_eq!(kept(&config, &key).forget().expect("memory works"), None);
    assert_eq!(store.peek(&key).expect("memory works"), None, "nothing is written where nothing was");

    kept(&config, &key).import(RefreshToken::new("R0"), Replace::Lost).expect("nothing was held");
    let before = store.peek(&key).expect("memory works").expect("imported").record;
    assert_eq!(kept(&config, &key).forget().expect("memory works"), Some(before.clone()));
    let empty = store.peek(&key).expect("memory works").expect("an empty record").record;
    assert_eq!(empty, Record::new(empty.revision, Held::default()));
    assert_ne!(empty.revision, before.revision, "so nobody takes it for the record that they started from");
    assert_eq!(kept(&config, &key).forget().expect("memory works"), None, "once is enough");
}
