//! Refresh tokens: kept, rotated, used again.

use std::time::Duration;

use hallpass_testkit::provider::{RefreshIssue, Rotation};

use crate::world::{Answer, World};

/// A login that gives a refresh token, and that token.
fn logged_in(rotation: Rotation) -> (World, Answer) {
    let mut world = World::new(|config| {
        config.password_form.refresh_token = RefreshIssue::Always;
        config.password_form.rotation = rotation;
        config.password_form.refresh_life = Duration::from_secs(1000);
    });
    let login = world.form("/authorization", &[], "username=alice&password=correct+horse+9");
    (world, login)
}

fn refresh(world: &mut World, token: &str) -> Answer {
    world.form("/authorization", &[], &format!("grant_type=refresh_token&refresh_token={token}"))
}

#[test]
fn without_rotation_a_refresh_token_is_good_again_and_again() {
    let (mut world, login) = logged_in(Rotation::Off);
    for _ in 0..3 {
        let answer = refresh(&mut world, &login.text("refresh_token"));
        assert_eq!(answer.status, 200);
        assert!(answer.value().get("refresh_token").is_none());
    }
    assert_eq!(world.provider.presented(&login.text("refresh_token")), 3);
}

#[test]
fn a_rotated_token_leads_on_and_gives_new_tokens_each_time() {
    let (mut world, login) = logged_in(Rotation::Strict);
    let mut seen = vec![login.text("refresh_token"), login.text("access_token")];
    for _ in 0..3 {
        let newest = seen[seen.len() - 2].clone();
        let answer = refresh(&mut world, &newest);
        seen.extend([answer.text("refresh_token"), answer.text("access_token")]);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[test]
fn strict_reuse_revokes_the_whole_family_with_its_access_tokens() {
    let (mut world, login) = logged_in(Rotation::Strict);
    let second = refresh(&mut world, &login.text("refresh_token"));
    assert!(refresh(&mut world, &login.text("refresh_token")).is_error(400, "invalid_grant"));
    assert!(refresh(&mut world, &second.text("refresh_token")).is_error(400, "invalid_grant"));
    for answer in [&login, &second] {
        assert_eq!(world.call("/password-form/data", &answer.text("access_token")).status, 401);
        assert!(world.provider.family_revoked(&answer.text("refresh_token")));
    }
    assert_eq!(world.provider.revoked_families(), 1);
    assert_eq!(world.provider.presented(&login.text("refresh_token")), 2);
}

#[test]
fn another_family_is_not_touched_by_reuse() {
    let (mut world, login) = logged_in(Rotation::Strict);
    let other = world.form("/authorization", &[], "username=alice&password=correct+horse+9");
    refresh(&mut world, &login.text("refresh_token"));
    refresh(&mut world, &login.text("refresh_token"));
    assert!(!world.provider.family_revoked(&other.text("refresh_token")));
    assert_eq!(refresh(&mut world, &other.text("refresh_token")).status, 200);
}

#[test]
fn reuse_is_forgiven_within_the_grace_period_and_not_after_it() {
    let (mut world, login) = logged_in(Rotation::Grace(Duration::from_secs(10)));
    assert_eq!(refresh(&mut world, &login.text("refresh_token")).status, 200);
    world.pass(9);
    assert_eq!(refresh(&mut world, &login.text("refresh_token")).status, 200);
    assert_eq!(world.provider.revoked_families(), 0);
    world.pass(1);
    assert!(refresh(&mut world, &login.text("refresh_token")).is_error(400, "invalid_grant"));
    assert_eq!(world.provider.revoked_families(), 1);
}

#[test]
fn a_refresh_token_expires_to_the_second() {
    let (mut world, login) = logged_in(Rotation::Off);
    world.pass(999);
    assert_eq!(refresh(&mut world, &login.text("refresh_token")).status, 200);
    world.pass(1);
    assert!(refresh(&mut world, &login.text("refresh_token")).is_error(400, "invalid_grant"));
}

#[test]
fn an_unknown_refresh_token_is_an_invalid_grant_and_counted() {
    let (mut world, _) = logged_in(Rotation::Strict);
    assert!(refresh(&mut world, "rt-nobody").is_error(400, "invalid_grant"));
    assert_eq!(world.provider.presented("rt-nobody"), 1);
    assert_eq!(world.provider.all_presented().collect::<Vec<_>>(), [("rt-nobody", 1)]);
}
