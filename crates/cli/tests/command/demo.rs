//! `hallpass demo`.

use crate::world::Home;

#[test]
fn the_demo_plays_every_step_and_says_so() {
    let ran = Home::new("this is no TOML, and the demo does not care").run(&["demo"]).fine();
    assert!(ran.err.is_empty(), "{ran:?}");
    let (_, table) = ran.out.split_once("\ndialect ").expect("a closing table");
    let rows: Vec<Vec<&str>> = table.lines().take(5).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [
            vec!["register", "authenticate", "refresh", "call", "refuse"],
            vec!["auth0-json", "-", "ok", "-", "ok", "ok"],
            vec!["basic-form", "-", "ok", "ok", "ok", "ok"],
            vec!["user-key", "ok", "ok", "ok", "ok", "ok"],
            vec!["password-form", "-", "ok", "ok", "ok", "ok"],
        ]
    );
    assert!(ran.out.lines().count() < 110, "a screen or two");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 120), "{}", ran.out);
}

#[test]
fn the_demo_shows_no_secret() {
    let out = Home::new("").run(&["demo"]).fine().out;
    for hidden in
        ["demo-secret", "correct horse", "battery staple", "not-the-secret", "ZGVt", "eyJ", "at-", "rt-", "uk-"]
    {
        assert!(!out.contains(hidden), "{hidden}: {out}");
    }
    for shown in
        ["POST /oauth/token", "POST /register", "Authorization: Basic …", "Authorization: Bearer …", "< 401", "< 403"]
    {
        assert!(out.contains(shown), "{shown}: {out}");
    }
}
