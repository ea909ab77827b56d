//! What both drivers owe, shown on real sockets. Each function is a test; [`mount!`](crate::mount!) makes them tests of
//! one driver.

#![allow(clippy::missing_panics_doc, reason = "every public function is a test, and a panic is how it fails")]

pub mod assertions;
pub mod bombs;
pub mod canaries;
pub mod client_certificates;
pub mod closing;
pub mod connections;
pub mod deadlines;
pub mod dialects;
pub mod egress;
pub mod forced;
pub mod locks;
pub mod panics;
pub mod printed;
pub mod proxy;
pub mod redirects;
pub mod redis;
pub mod revocation;
pub mod sent;
pub mod spans;
pub mod tls;
pub mod vectors;
pub mod wire;

use std::time::Duration;

use hallpass_client::{Config, Payload};
use hallpass_core::dialect::{Dialect, Held};
use hallpass_core::lifecycle::{KeptGrant, Record, Revision};
use hallpass_core::{AccessToken, RefreshToken, Secrets, UserKey, UtcDateTime, secret};
use hallpass_store::{Memory, Store};
use hallpass_testserver::script::Act;

use crate::altered::Altered;
use crate::driver::Driver;
use crate::driver_mount::kept;
use crate::settings::{Name, Settings};

/// Longer than anything that is meant to succeed takes, on the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The time for what never comes, and for all that comes before.
pub(crate) const SHORT: Duration = Duration::from_secs(5);

/// The same where little comes before. On a slow machine it is over sooner than meant, and nothing else changes.
pub(crate) const SHORTER: Duration = Duration::from_secs(2);

/// Nothing, for as long as anybody may wait: a driver that waits longer fails instead of hanging.
pub(crate) fn silence() -> Act {
    Act::Drip { bytes: vec![b' '], every: PATIENCE }
}

/// A token reply as plain as they come.
pub(crate) const TOKEN: &str = r#"{"access_token":"tok","token_type":"Bearer","expires_in":3600}"#;

/// Every secret that the test server's own users have.
pub(crate) fn secrets() -> Secrets {
    Secrets::one(secret::CLIENT_SECRET, "demo-secret")
        .with(secret::USER_SECRET, "correct horse 9")
        .with(secret::PASSWORD, "correct horse 9")
}

/// The dialect of these settings, in code or described as the driver's are.
pub(crate) fn dialect<D: Driver>(settings: Settings) -> Altered {
    let settings = Settings { described: D::DESCRIBED, ..settings };
    Altered::of(settings.dialect("").expect("the suite's settings are proper"))
}

/// The settings of a basic form login at a URL.
pub(crate) fn demo(token_url: &str) -> Settings {
    Settings::new(Name::BasicForm, Some(token_url), "demo-client")
}

/// A basic form login at a URL.
pub(crate) fn basic_form<D: Driver>(token_url: &str) -> Config {
    Config::new(dialect::<D>(demo(token_url)), secrets()).timeout(PATIENCE)
}

/// The dialect of a user key login at a base URL.
pub(crate) fn user_key<D: Driver>(base_url: &str) -> Altered {
    dialect::<D>(Settings::new(Name::UserKey, Some(base_url), "alice"))
}

/// A store in which a login holds a user key and the refresh token `old`.
pub(crate) fn holding(dialect: &dyn Dialect) -> Memory {
    let held = Held { user_key: Some(UserKey::new("uk-1")), refresh_token: Some(RefreshToken::new("old")) };
    kept(&dialect.key(), held)
}

/// A store in which a login has the token `old`, to be renewed ahead.
pub(crate) fn holding_a_token_near_its_end(dialect: &dyn Dialect) -> Memory {
    holding_a_token(dialect, UtcDateTime::now() - Duration::from_mins(55))
}

/// A store in which a login has the token `old`, which lives for an hour.
pub(crate) fn holding_a_token(dialect: &dyn Dialect, issued: UtcDateTime) -> Memory {
    let store = Memory::new();
    let grant = KeptGrant {
        access_token: AccessToken::new("old").expect("a token"),
        issued,
        age_when_saved: Duration::ZERO,
        life: Some(Duration::from_hours(1)),
    };
    let record = Record { grant: Some(grant), ..Record::new(Revision(1), Held::default()) };
    let mut lock = store.try_lock(&dialect.key(), PATIENCE).expect("memory works").expect("nobody else has it");
    lock.save(&record).expect("memory works");
    store
}

/// What a login holds now.
pub(crate) fn held(store: &Memory, dialect: &dyn Dialect) -> Record {
    store.peek(&dialect.key()).expect("memory works").expect("something is held").record
}

/// A call without a body.
pub(crate) fn get(url: &str) -> http::Request<Payload> {
    http::Request::get(url).body(().into()).expect("the suite's URLs are proper")
}

/// Hands the name of every test of the suite, module by module, to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_test {
    ([$($then:tt)*] $($with:ty)?) => {
        $($then)*! { $($with;)?
            assertions { every_kind_of_key the_audience_can_be_another each_send_has_its_own
                a_grant_about_somebody
                what_is_refused_says_what_to_check }
            bombs { padding nesting compressed a_compressed_response_is_handed_out_as_it_is
                an_error_page_of_any_length_passes }
            canaries { no_way_shows_a_secret no_failing_world_shows_a_secret no_failing_call_shows_a_secret }
            client_certificates { a_known_one_is_let_in none another_authoritys a_refresh_token_is_not_lost_by_it
                only_the_client_id_is_sent a_key_of_another_is_refused }
            closing { what_was_not_saved_is_tried_again a_first_refresh_token_is_tried_again
                a_registration_is_waited_for a_registration_that_has_sent_nothing_is_not_waited_for }
            connections { dead_in_the_pool used_again idle_ones_are_dropped closed_mid_head reset http_1_0 early_hints
                chunked until_close truncated }
            deadlines { silence_before_the_head silence_in_the_body a_byte_every_half_second
                a_byte_every_half_second_of_the_body a_call_has_a_time_of_its_own
                a_renewal_of_the_callers_own_ends_with_its_patience a_login_of_the_callers_own_ends_with_its_patience }
            dialects { auth0_json basic_form basic_form_in_the_body user_key user_key_refused_refresh
                user_key_lost_registration
                user_key_refused_registration user_key_not_kept password_form a_token_is_refreshed_when_it_can_be }
            egress { an_unlisted_origin_sees_nothing a_name_over_plain_http_is_refused odd_hosts_are_refused
                no_pair_is_mistaken a_failed_secret_sends_nothing }
            forced { a_new_token_is_one_request a_renewal_ahead_is_that_one a_kept_token_is_not_new a_new_token_is_shared }
            locks { a_busy_one_is_tried_ever_more_seldom }
            panics { a_dialects_fails_the_login a_dialects_fails_the_registration a_stores_or_a_watchers_loses_no_user_key
                a_watchers_takes_no_token_away a_locks_takes_no_token_away }
            printed { an_authorization_is_sensitive a_client_shows_no_secret a_query_is_in_no_error }
            proxy { https_goes_through_and_plain_http_does_not a_proxy_that_wants_credentials what_it_answers_is_told
                none_is_taken_from_the_environment one_that_drips_is_given_up credentials_are_decoded
                its_host_may_be_an_ipv6_address }
            redis { dead_at_the_start killed_in_mid_flight dead_afterwards silent_at_the_start }
            revocation { the_refresh_token_first_and_then_forgotten what_cannot_be_revoked_is_told
                nothing_is_forgotten_after_an_error it_needs_an_address }
            redirects { at_the_token_endpoint at_the_api at_the_api_with_a_header_of_its_own }
            sent { closed_without_an_answer refused_connection unknown_name failed_handshake refused_by_the_proxy reset_after_the_request
                a_request_without_a_body a_request_without_a_body_or_a_connection broken_replies a_lost_refresh_is_reported no_answer_in_time nonsense_for_an_answer }
            spans { a_login_is_two_and_a_fresh_token_none whatever_is_asked_on_the_way_is_in_it each_try_is_told_apart a_failure_is_an_error
                a_renewal_behind_a_caller_follows_it a_caller_who_waits_follows_the_flight a_registration_is_one }
            tls { good expired not_yet_valid wrong_name self_signed unknown_authority }
            vectors { every_vector_holds every_bad_input_holds every_call_holds }
            wire { one_request_as_it_should_be credentials_in_one_place a_call_as_it_was_given api_statuses_are_responses
                a_refused_token_is_not_sent_again framing_is_the_drivers a_path_is_sent_as_it_is_or_not_at_all quotes_and_braces_are_sent
                nothing_is_a_body_too }
        }
    };
}

/// Makes every function of the suite a test of a driver: `mount!(hallpass_conformance::Blocking);`.
#[macro_export]
macro_rules! mount {
    ($driver:ty) => {
        $crate::every_test! { [$crate::__mount] $driver }
    };
}

/// Makes what is about calls to an API a test of a middleware, and whatever else of the suite is named:
/// `mount_calls!(hallpass_conformance::Tower; egress { odd_hosts_are_refused });`.
#[macro_export]
macro_rules! mount_calls {
    ($driver:ty $(; $($module:ident { $($case:ident)* })*)?) => {
        $crate::__mount! { $driver;
            canaries { no_failing_call_shows_a_secret }
            dialects { auth0_json basic_form basic_form_in_the_body user_key password_form }
            redirects { at_the_api at_the_api_with_a_header_of_its_own }
            vectors { every_call_holds }
            wire { a_call_as_it_was_given api_statuses_are_responses a_refused_token_is_not_sent_again }
            $($($module { $($case)* })*)?
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __mount {
    ($driver:ty; $($module:ident { $($case:ident)* })*) => {
        $(mod $module {
            $(#[test]
            fn $case() {
                $crate::suite::$module::$case::<$driver>();
            })*
        })*
    };
}

macro_rules! names {
    ($($module:ident { $($case:ident)* })*) => {
        &[$($(concat!(stringify!($module), "::", stringify!($case)),)*)*]
    };
}

/// The name of every test of the suite, as the test harness knows it.
pub const TESTS: &[&str] = crate::every_test!([names]);
