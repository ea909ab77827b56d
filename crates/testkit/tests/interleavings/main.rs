//! Eight things that happen to programs that share a login, each by name, against a server that revokes the whole family
//! of a refresh token that is used twice.

mod alone;
mod red;
mod together;

use core::time::Duration;

use hallpass_core::lifecycle::{Landed, Ticket, Want};
use hallpass_testkit::scenario::{Realm, Scenario};

const URL: &str = "https://auth.example/authorization";
const HOUR: Duration = Duration::from_hours(1);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A realm, and one who has logged in there an hour ago.
fn one() -> (Realm, Scenario) {
    let realm = Realm::new();
    let mut one = realm.login(URL);
    one.lead().finish().pass(HOUR).hush();
    assert_eq!(realm.requests(), 1);
    (realm, one)
}

/// The same, and another program with the same store.
fn two() -> (Realm, Scenario, Scenario) {
    let (realm, one) = one();
    let two = one.peer();
    (realm, one, two)
}

/// No refresh token was used twice, and the server has had so many requests in all.
#[track_caller]
fn all_is_well(realm: &Realm, requests: u64) {
    assert_eq!((realm.most_presented().max(1), realm.revoked_families()), (1, 0));
    assert_eq!(realm.requests(), requests);
}

/// Whether the caller who led has a token that the API takes.
#[track_caller]
fn has_a_good_token(realm: &Realm, of: &Scenario) {
    assert!(realm.takes(of.now, &of.grant()));
}
