//! `hallpass demo`.

use crate::world::Home;

#[test]
fn the_demo_plays_every_step_and_says_so() {
    let ran = Home::new("this is no TOML, and the demo does not care").run(&["demo"]).fine();
    assert!(ran.err.is_empty(), "{ran:?}");
    let (_, tables) = ran.out.split_once("\ndialect ").expect("closing tables");
    let (dialects, lifecycle) = tables.split_once("\n\nlifecycle ").expect("a second one");
    assert_eq!(
        cells(dialects),
        [
            vec!["register", "authenticate", "refresh", "call", "refuse"],
            vec!["auth0-json", "-", "ok", "-", "ok", "ok"],
            vec!["basic-form", "-", "ok", "ok", "ok", "ok"],
            vec!["user-key", "ok", "ok", "ok", "ok", "ok"],
            vec!["password-form", "-", "ok", "ok", "ok", "ok"],
        ]
    );
    let life = [
        vec!["herd", "memory", "401", "403", "ahead", "inline"],
        vec!["basic-form", "ok", "ok", "ok", "ok", "ok", "ok"],
    ];
    assert_eq!(cells(lifecycle)[..2], life);
    assert!(ran.out.lines().count() < 110, "a screen or two");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 120), "{}", ran.out);
}

#[test]
fn the_life_of_a_token_is_told_with_its_requests() {
    let out = Home::new("").run(&["demo"]).fine().out;
    let (_, life) = out.split_once("\nlifecycle: ").expect("its own part");
    let (life, _) = life.split_once("\ndialect ").expect("a table after it");
    let marks: String = life.lines().filter_map(|line| line.strip_prefix("    ")?.chars().next()).collect();
    assert_eq!(marks.replace(' ', ""), "><==><><><=><=><=><=", "herd, memory, 401, 403, ahead, inline: {life}");
    assert!(life.contains("= all 1,000 have the same token, and the server saw one request"), "{life}");
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

fn cells(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split_whitespace().collect()).collect()
}
