//! Where profiles keep what is gained.

mod common;

use std::path::Path;

use common::{CANARY, profile, text};
use hallpass_core::dialect::Held;
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Endpoint, dialect::Key};
use hallpass_profile::{Environment, OpenStore, ProfileError, Profiles, StoreSetting};
use hallpass_store::Store;

const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
const OTHER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn key() -> Key {
    Key::new("test", &Endpoint::parse("https://auth.example/").expect("a URL"))
}

fn save(opened: &OpenStore) {
    let lock = opened.store().try_lock(&key(), core::time::Duration::from_secs(9));
    let mut lock = lock.expect("works").expect("free");
    lock.save(&Record::new(Revision(7), Held::default())).expect("saved");
}

fn holds(opened: &OpenStore) -> bool {
    opened.store().peek(&key()).expect("readable").is_some()
}

/// A profile in a file of `folder`, and what its store is.
fn opened(folder: &Path, store: &str) -> Result<OpenStore, ProfileError> {
    let profiles = Profiles::parse(&text("user-key", &format!("store = {store}")), folder.join("p.toml"))?;
    profiles
        .environment(Environment::empty().set("KEY", KEY).set("OTHER", OTHER).set("SHORT", CANARY))
        .get("x")?
        .store()
}

#[cfg(feature = "redis")]
#[test]
fn a_client_certificate_for_the_server_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("empty.pem"), "").expect("writable");
    let told = |more: &str| {
        let opened = opened(folder.path(), &format!("{{ redis = 'rediss://h', {more} }}"));
        opened.expect_err("it is refused").to_string()
    };
    let (file, missing) = ("client_certificate = 'empty.pem'", "client_key = { file = 'no.pem' }");
    assert!(told(file).contains("`client_certificate`: the client certificate for Redis cannot be used"));
    assert!(told("client_certificate = 'no.pem'").contains("`client_certificate`: "));
    assert!(told(&format!("{file}, {missing}")).contains("client_key"));
    assert!(told(missing).contains("`client_certificate` is missing"));
}

#[test]
fn a_folder_is_named_like_any_other_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("tokens");
    for store in ["'file:tokens'".to_owned(), "{ file = 'tokens' }".into(), format!("'file://{}'", whole.display())] {
        let opened = opened(folder.path(), &store).expect("a store");
        assert_eq!((opened.kind(), opened.place()), ("file", whole.to_str()), "{store}");
    }
    save(&opened(folder.path(), "'file:tokens'").expect("a store"));
    assert!(holds(&opened(folder.path(), "{ file = 'tokens' }").expect("a store")));
    assert!(!holds(&opened(folder.path(), "'memory'").expect("a store")));

    let named: StoreSetting = format!("file:{}", whole.display()).parse().expect("a setting");
    assert!(holds(&named.open(|_| {}).expect("a store")));
}

/// A folder named `~` beside the profile would be found by nobody, until somebody removes it with all that is theirs.
#[test]
fn tokens_are_kept_in_no_folder_of_that_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = text("user-key", "store = 'file:~/tokens'");
    let open = |environment| {
        let profiles = Profiles::parse(&profiles, folder.path().join("p.toml"))?.environment(environment);
        profiles.get("x")?.store().map(|opened| opened.place().map(str::to_owned))
    };
    for environment in [Environment::empty(), Environment::empty().set("HOME", "relative")] {
        let error = open(environment).expect_err("there is no home");
        assert!(error.to_string().contains("set HOME to a whole path"), "{error}");
    }
    let below = open(Environment::empty().set("HOME", folder.path())).expect("a store");
    assert_eq!(below.as_deref(), folder.path().join("tokens").to_str());
}

/// A program's tests that leave its process's variables aside leave its user's tokens alone too.
#[cfg(unix)]
#[test]
fn the_users_own_folder_is_that_of_the_environment() {
    let open = |store: &str, environment| {
        let profiles = Profiles::parse(&text("user-key", &format!("store = {store}")), "/p.toml")?;
        let profile = profiles.environment(environment).get("x")?;
        profile.store().map(|opened| opened.place().map(str::to_owned))
    };
    let (home, sealed) = (Environment::empty().set("HOME", "/users/me"), "{ keys = [{ env = 'KEY' }] }");
    for (store, environment, place) in [
        ("'file'", home.clone(), "/users/me/.local/state/hallpass"),
        ("'file'", home.clone().set("XDG_STATE_HOME", "/state"), "/state/hallpass"),
        ("'file'", home.clone().set("XDG_STATE_HOME", "relative"), "/users/me/.local/state/hallpass"),
        (sealed, home.set("KEY", KEY), "/users/me/.local/state/hallpass"),
    ] {
        assert_eq!(open(store, environment).expect("a store").as_deref(), Some(place), "{store}");
    }
    for environment in [Environment::empty(), Environment::empty().set("HOME", "relative")] {
        let keyring = if cfg!(feature = "keyring") { "'keyring'" } else { "'file'" };
        for store in ["'file'", keyring] {
            let error = open(store, environment.clone()).expect_err("there is no home").to_string();
            assert!(error.contains("set HOME to a whole path"), "{store}: {error}");
        }
    }
}

#[test]
fn the_first_key_seals_and_all_of_them_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |keys: &str| opened(folder.path(), &format!("{{ file = 'tokens', keys = [{keys}] }}"));
    save(&with("{ env = 'KEY' }").expect("a store"));
    assert!(holds(&with("{ env = 'OTHER' }, { env = 'KEY' }").expect("a store")));
    for wrong in [with("{ env = 'OTHER' }"), opened(folder.path(), "'file:tokens'")] {
        let error = wrong.expect("a store").store().peek(&key()).expect_err("another key").to_string();
        assert!(error.contains("sealed with another key"), "{error}");
    }
}

#[test]
fn a_key_that_is_none_is_named_with_its_line_and_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = opened(folder.path(), "{ file = 'tokens', keys = [] }").expect_err("nothing would be sealed");
    assert!(none.to_string().contains("`keys` is empty"), "{none}");
    for (keys, why) in [
        ("{ env = 'KEY' },\n{ env = 'SHORT' }", "key 2 of the list is not 32 bytes in base64"),
        ("{ env = 'NOT_SET' }", "NOT_SET is not set"),
        ("'canary-7f3a'", "key 1 of the list is not 32 bytes"),
    ] {
        let error = opened(folder.path(), &format!("{{ file = 'tokens', keys = [{keys}] }}")).expect_err("no key");
        let ProfileError::Invalid { problems } = &error else { panic!("{error:?}") };
        assert!(problems[0].line == 6 && problems[0].message.starts_with("`store`: `keys`: "), "{error}");
        assert!(error.to_string().contains(why) && !error.to_string().contains(CANARY), "{error}");
    }
}

#[test]
fn a_setting_that_is_none_repeats_nothing() {
    for text in ["redsi://u:canary-7f3a@h", "canary-7f3a", "", "file:", "memory "] {
        let why = text.parse::<StoreSetting>().expect_err("no setting").to_string();
        assert!(why.starts_with("it ") && !why.contains(CANARY), "{text}: {why}");
    }
}

#[test]
fn a_store_is_shown_without_its_password() {
    let profile = profile("user-key", "store = { redis = 'redis://u:canary-7f3a@h:7/2', password = 'canary-7f3a' }");
    assert!(!format!("{profile:?} {:?}", profile.store_setting()).contains(CANARY));
    match profile.store() {
        Ok(opened) => assert_eq!(opened.to_string(), "redis redis://h:7/2"),
        Err(error) => assert!(error.to_string().contains("enable the feature `redis`"), "{error}"),
    }
}
