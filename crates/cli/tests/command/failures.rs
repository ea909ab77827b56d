//! Every exit code, as a person and as a program sees it.

use std::any::Any;

use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Builder, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Leaf};
use serde_json::{Value, json};

use crate::world::{Home, SECRETS, profile, profiles, says, server};

/// A world in which a command fails, kept alive by what stands second.
type World = (Home, Box<dyn Any>);

struct Case {
    what: &'static str,
    world: fn() -> World,
    args: &'static [&'static str],
    exit: i32,
    /// `[kind, status, code, retry, retry_after]`
    error: Value,
}

fn cases() -> Vec<Case> {
    let case = |what, world, args, exit, error| Case { what, world, args, exit, error };
    let usage = || json!(["usage", null, null, false, null]);
    vec![
        case("no such subcommand", four, &["frobnicate"], 2, usage()),
        case("no subcommand", four, &[], 2, usage()),
        case("no such option value", four, &["token", "basic-form", "--format", "xml"], 2, usage()),
        case("no such store", four, &["--store", "fiel", "token", "basic-form"], 2, usage()),
        case("no such profile", four, &["token", "nobody"], 2, usage()),
        case("no such file", four, &["--config", "none.toml", "profiles"], 2, usage()),
        case("a file that is no TOML", || (Home::new("="), Box::new(())), &["profiles"], 2, usage()),
        case("a secret that is not there", no_secret, &["token", "x"], 2, usage()),
        case("no user_key", four, &["token", "user-key"], 2, usage()),
        case("nothing to check", no_api, &["check", "x"], 2, usage()),
        case("no api_url", no_api, &["request", "x", "items"], 2, usage()),
        case("an unlisted origin", four, &["request", "auth0-json", "https://elsewhere.example/"], 2, usage()),
        case("a method that is none", four, &["request", "auth0-json", "x", "-X", "a b"], 2, usage()),
        case("a method in small letters", four, &["request", "auth0-json", "x", "-X", "post"], 2, usage()),
        case("a body file that is not there", four, &["request", "auth0-json", "x", "-d", "@none"], 2, usage()),
        case(
            "wrong credentials",
            wrong,
            &["token", "auth0-json"],
            3,
            json!(["denied", 401, "access_denied", false, null]),
        ),
        case(
            "wrong password",
            wrong,
            &["check", "password-form"],
            3,
            json!(["denied", 400, "invalid_grant", false, null]),
        ),
        case(
            "a token that the API does not take",
            || api(&Reply::new(401).header("www-authenticate", "Bearer error=\"invalid_token\"")),
            &["check", "x"],
            3,
            json!(["denied", 401, "invalid_token", false, null]),
        ),
        case("a bare 403", || api(&Reply::new(403)), &["check", "x"], 4, json!(["forbidden", 403, null, false, null])),
        case(
            "a token of another dialect",
            four,
            &["request", "auth0-json", "basic-form/data"],
            4,
            json!(["forbidden", 403, "insufficient_scope", false, null]),
        ),
        case("nobody listens", nobody, &["token", "x"], 5, json!(["unreachable", null, null, true, null])),
        case(
            "busy, and for longer than anybody would wait",
            || tokens(Reply::json(503, r#"{"error":"temporarily_unavailable"}"#).header("retry-after", "3600")),
            &["token", "x"],
            5,
            json!(["unreachable", 503, "temporarily_unavailable", true, 3600]),
        ),
        case(
            "an API that is busy",
            || api(&Reply::new(429).header("retry-after", "3")),
            &["check", "x"],
            5,
            json!(["unreachable", 429, null, true, 3]),
        ),
        case("a deadline", silence, &["token", "x"], 5, json!(["unreachable", null, null, true, null])),
        case(
            "a certificate of nobody known",
            stranger,
            &["token", "x"],
            5,
            json!(["unreachable", null, null, false, null]),
        ),
        case(
            "a login page",
            || tokens(Reply::new(200).body("<!doctype html><title>Log in</title>")),
            &["token", "x"],
            6,
            json!(["malformed", 200, null, false, null]),
        ),
        case(
            "a redirect",
            || tokens(Reply::redirect(302, "https://elsewhere.example/")),
            &["token", "x"],
            6,
            json!(["malformed", 302, null, false, null]),
        ),
        case(
            "no such path",
            four,
            &["request", "auth0-json", "nowhere"],
            6,
            json!(["malformed", 404, null, false, null]),
        ),
        case(
            "check led elsewhere",
            || api(&Reply::redirect(302, "/login")),
            &["check", "x"],
            6,
            json!(["malformed", 302, null, false, null]),
        ),
    ]
}

#[test]
fn every_failure_has_its_exit_code_and_its_object() {
    for Case { what, world, args, exit, error } in cases() {
        let (home, alive) = world();
        let ran = home.run(&[&["--errors", "json"], args].concat());
        assert_eq!(ran.code, exit, "{what}: {ran:?}");
        if let Some(server) = alive.downcast_ref::<TestServer>().filter(|_| exit == 2) {
            assert_eq!(server.connections(), 0, "{what}: nothing is sent");
        }
        let object = ran.error();
        let names: Vec<_> = object.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "kind", "message", "retry", "retry_after", "status"], "{what}");
        let got = json!([object["kind"], object["status"], object["code"], object["retry"], object["retry_after"]]);
        assert_eq!(got, error, "{what}: {ran:?}");
        assert!(object["message"].as_str().is_some_and(|message| message.len() > 10), "{what}: {ran:?}");
        ran.hides(&SECRETS);
    }
}

#[test]
fn every_failure_speaks_to_people_too() {
    for Case { what, world, args, exit, .. } in cases() {
        let (home, _alive) = world();
        let ran = home.run(args);
        assert_eq!((ran.code, ran.err.starts_with("hallpass: ")), (exit, true), "{what}: {ran:?}");
        assert!(!ran.err.contains("panicked") && !ran.err.contains("{\""), "{what}: {ran:?}");
        ran.hides(&SECRETS);
    }
}

/// A full disk is nobody's fault that a script could react to.
#[cfg(target_os = "linux")]
#[test]
fn anything_else_is_exit_code_1() {
    let (home, _alive) = four();
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let output = home.command(&["profiles", "--errors", "json"]).stdout(full).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stderr).expect("one object");
    assert_eq!(error["kind"], "other");
}

#[test]
fn check_tells_credentials_from_permission() {
    let said = |world: World, args: &[&str]| world.0.run(args).err;
    let credentials = said(wrong(), &["check", "auth0-json"]);
    assert!(credentials.contains("Check the credentials"), "{credentials}");
    let token = said(api(&Reply::new(401)), &["check", "x"]);
    assert!(token.contains("The login worked") && token.contains("audience"), "{token}");
    let bare = said(api(&Reply::new(403)), &["check", "x"]);
    assert!(bare.contains("permission") && !bare.contains("--force"), "the token was new: {bare}");
    let scope = Reply::new(403).header("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"admin\"");
    let scope = said(api(&scope), &["check", "x"]);
    assert!(scope.contains("it needs the scope `admin`") && !scope.contains("expired"), "{scope}");
    let keys = said(no_api(), &["check", "x"]);
    assert!(keys.contains("api_url = "), "{keys}");
}

/// Wire rule 19, invariant 10: a 403 refreshes nothing and is not repeated. The server is at fault that says it, and no
/// more, of a token that was revoked: there is a hint.
#[test]
fn a_bare_403_of_a_kept_token_costs_no_login() {
    let token = answers([Reply::json(200, r#"{"access_token":"canary-token","expires_in":600}"#)]);
    let api = || answers([Reply::new(403)]);
    let all = [token, api(), api()].into_iter();
    let server = all.fold(ScriptServer::builder(), Builder::connection).start().expect("a server");
    let origin = server.origin();
    let home = Home::new(&profile(&origin, &format!("api_url = '{origin}/'\ncheck_path = 'me'")));
    home.run(&["token", "x"]).fine();
    for args in [&["request", "x", "me"][..], &["check", "x"]] {
        let ran = home.run(args);
        assert!(ran.code == 4 && ran.err.contains("permission"), "{ran:?}");
        assert!(ran.err.contains("`hallpass token x --force`"), "it may be the token: {ran:?}");
    }
    assert_eq!(server.requests().len(), 3);
}

fn four() -> World {
    let server = server();
    (Home::new(&profiles(&server.origin())), Box::new(server))
}

fn wrong() -> World {
    let server = server();
    let text = profiles(&server.origin()).replace("reports", "nobody").replace("'alice'", "'mallory'");
    (Home::new(&text), Box::new(server))
}

fn no_secret() -> World {
    let text = profile("https://auth.example", "").replace("'canary-client-secret'", "{ env = 'HALLPASS_NOT_SET' }");
    (Home::new(&text), Box::new(()))
}

fn no_api() -> World {
    (Home::new(&profile("https://auth.example", "")), Box::new(()))
}

/// A token endpoint that says one thing.
fn tokens(reply: Reply) -> World {
    let server = ScriptServer::start(answers([reply])).expect("a server");
    (Home::new(&profile(&server.origin(), "")), Box::new(server))
}

/// A good token endpoint, and an API that says one thing.
fn api(reply: &Reply) -> World {
    let server = says(reply);
    let origin = server.origin();
    let more = format!("api_url = '{origin}/'\ncheck_path = 'me'");
    (Home::new(&profile(&origin, &more)), Box::new(server))
}

/// A port that no other test's server is given.
fn nobody() -> World {
    (Home::new(&profile("http://127.0.0.1:1", "")), Box::new(()))
}

fn silence() -> World {
    let server = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    (Home::new(&profile(&server.origin(), "timeout = '300ms'")), Box::new(server))
}

fn stranger() -> World {
    let certificate = Authority::new().issue(Leaf::Good);
    let server = TestServer::builder().tls(certificate).start().expect("a server");
    (Home::new(&profile(&server.origin(), "")), Box::new(server))
}

/// A page for people with 200 is what a captive portal or a login page says.
#[test]
fn check_says_that_the_api_answered_html() {
    let server = says(&Reply::new(200).header("content-type", "Text/HTML; charset=utf-8").body("<html>"));
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/'\ncheck_path = 'me'", server.origin())));
    let ran = home.run(&["check", "x"]).fine();
    assert!(ran.out.contains("HTML page") && !ran.out.contains("fine"), "{ran:?}");
}
