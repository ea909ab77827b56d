//! What a test does to the provider: revoke, fail, look at what was asked.

use std::time::Duration;

use hallpass_testkit::provider::{Client, Endpoint, RefreshIssue};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::world::{DEMO_BASIC, World};

const TOKEN: &str = "/oauth/v2/token";
const GRANT: &str = "grant_type=client_credentials";

#[test]
fn a_revoked_token_is_invalid_and_others_are_not() {
    let mut world = World::new(|_| ());
    let [first, second] = [(); 2].map(|()| world.form(TOKEN, &[DEMO_BASIC], GRANT).text("access_token"));
    assert!(world.provider.revoke(&first));
    assert!(!world.provider.revoke("nonsense"));
    assert!(world.call("/basic-form/data", &first).is_error(401, "invalid_token"));
    assert_eq!(world.call("/basic-form/data", &second).status, 200);
}

#[test]
fn revoking_a_refresh_token_revokes_its_family() {
    let mut world = World::new(|config| config.basic_form.refresh_token = RefreshIssue::Always);
    let login = world.form(TOKEN, &[DEMO_BASIC], GRANT);
    assert!(world.provider.revoke(&login.text("refresh_token")));
    assert!(world.provider.family_revoked(&login.text("refresh_token")));
    assert_eq!(world.call("/basic-form/data", &login.text("access_token")).status, 401);
}

#[test]
fn a_client_may_revoke_what_is_its_own_only() {
    let mut world = World::new(|config| {
        config.basic_form.refresh_token = RefreshIssue::Always;
        config.clients.push(Client::new("other", "s3cret"));
    });
    let login = world.form(TOKEN, &[DEMO_BASIC], GRANT);
    for kind in ["refresh_token", "access_token"] {
        let token = login.text(kind);
        let another = format!("client_id=other&client_secret=s3cret&token={token}");
        assert!(world.form("/revoke", &[], &another).is_error(400, "invalid_grant"), "{kind}");
        assert_eq!(world.call("/basic-form/data", &login.text("access_token")).status, 200, "{kind}");
        assert!(!world.provider.family_revoked(&login.text("refresh_token")), "{kind}");
    }
    // Whose a token is that nobody knows, cannot be told.
    assert_eq!(world.form("/revoke", &[DEMO_BASIC], "token=nonsense").status, 200);
    let own = format!("token={}", login.text("access_token"));
    assert_eq!(world.form("/revoke", &[DEMO_BASIC], &own).status, 200);
    assert_eq!(world.call("/basic-form/data", &login.text("access_token")).status, 401);
}

#[test]
fn revoking_all_leaves_refresh_tokens_and_later_tokens_good() {
    let mut world = World::new(|config| config.basic_form.refresh_token = RefreshIssue::Always);
    let login = world.form(TOKEN, &[DEMO_BASIC], GRANT);
    world.provider.revoke_all();
    assert_eq!(world.call("/basic-form/data", &login.text("access_token")).status, 401);
    let refresh = format!("grant_type=refresh_token&refresh_token={}", login.text("refresh_token"));
    let later = world.form(TOKEN, &[DEMO_BASIC], &refresh).text("access_token");
    assert_eq!(world.call("/basic-form/data", &later).status, 200);
}

#[test]
fn token_requests_are_counted_by_endpoint_whatever_comes_of_them() {
    let mut world = World::new(|_| ());
    world.form(TOKEN, &[DEMO_BASIC], GRANT);
    world.form(TOKEN, &[], GRANT);
    world.send("GET", TOKEN, &[], b"");
    world.send("GET", "/v3/ping", &[], b"");
    world.form("/authorization", &[], "");
    let counts = Endpoint::ALL.iter().map(|endpoint| world.provider.token_requests(*endpoint));
    assert!(counts.eq([0, 3, 0, 0, 0, 1]));
}

#[test]
fn scripted_failures_come_in_order_and_then_end() {
    let mut world = World::new(|_| ());
    let busy = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("5"))]);
    world.provider.fail_next(2, StatusCode::SERVICE_UNAVAILABLE, busy, "busy");
    world.provider.fail_next(0, StatusCode::IM_A_TEAPOT, HeaderMap::new(), "");
    world.provider.fail_next(1, StatusCode::OK, HeaderMap::new(), "{\"access_token\":");
    for _ in 0..2 {
        let answer = world.form(TOKEN, &[DEMO_BASIC], GRANT);
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "5"));
        assert!(!answer.header("date").is_empty());
    }
    assert_eq!(world.form(TOKEN, &[DEMO_BASIC], GRANT).body, b"{\"access_token\":");
    assert_eq!(world.form(TOKEN, &[DEMO_BASIC], GRANT).value()["expires_in"], 3600);
    assert_eq!(world.provider.token_requests(Endpoint::BasicForm), 4);
}

#[test]
fn a_scripted_date_is_kept() {
    let mut world = World::new(|_| ());
    let headers = HeaderMap::from_iter([(header::DATE, HeaderValue::from_static("yesterday"))]);
    world.provider.fail_next(1, StatusCode::OK, headers, "");
    assert_eq!(world.send("GET", "/v3/ping", &[], b"").header("date"), "yesterday");
}

#[test]
fn a_refresh_token_counts_as_presented_even_if_a_scripted_failure_answers() {
    let mut world = World::new(|_| ());
    world.provider.fail_next(1, StatusCode::BAD_GATEWAY, HeaderMap::new(), "");
    world.json("/refresh", &serde_json::json!({ "refresh_token": "rt" }));
    assert_eq!(world.provider.presented("rt"), 1);
}

#[test]
fn settings_can_change_while_it_runs() {
    let mut world = World::new(|_| ());
    world.provider.config_mut().clients[0].secret = Some("rotated".into());
    assert_eq!(world.form(TOKEN, &[DEMO_BASIC], GRANT).status, 401);
}

#[test]
fn the_same_seed_and_requests_give_the_same_bytes_and_another_seed_others() {
    let tokens = |seed| {
        let mut world = World::new(|config| config.seed = seed);
        [(); 3].map(|()| world.form(TOKEN, &[DEMO_BASIC], GRANT).body)
    };
    assert_eq!(tokens(7), tokens(7));
    assert_ne!(tokens(7), tokens(8));
}

#[test]
fn a_clone_goes_its_own_way_from_the_same_state() {
    let mut world = World::new(|_| ());
    let token = world.form(TOKEN, &[DEMO_BASIC], GRANT).text("access_token");
    let mut other = World { provider: world.provider.clone(), now: world.now };
    world.provider.revoke(&token);
    assert_eq!(world.call("/basic-form/data", &token).status, 401);
    assert_eq!(other.call("/basic-form/data", &token).status, 200);
}

#[test]
fn the_oldest_tokens_are_forgotten_beyond_the_bound() {
    let mut world = World::new(|config| config.remember = 2);
    let [first, _, third] = [(); 3].map(|()| world.form(TOKEN, &[DEMO_BASIC], GRANT).text("access_token"));
    assert_eq!(world.call("/basic-form/data", &first).status, 401);
    assert_eq!(world.call("/basic-form/data", &third).status, 200);
}

#[test]
fn extreme_lives_and_clocks_do_not_panic() {
    use time::UtcDateTime;
    for now in [UtcDateTime::MIN, UtcDateTime::UNIX_EPOCH, UtcDateTime::MAX] {
        for life in [Duration::ZERO, Duration::MAX] {
            let mut world = World::new(|config| config.basic_form.life = life);
            world.now = now;
            assert_eq!(world.form(TOKEN, &[DEMO_BASIC], GRANT).status, 200);
        }
    }
}
