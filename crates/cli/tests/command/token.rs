//! `hallpass token`: every dialect, every format, and nothing else on stdout.

use std::process::Stdio;

use hallpass_testserver::script::{Reply, ScriptServer, answers};
use serde_json::Value;

use crate::world::{Home, SECRETS, profile, profiles, server};

#[test]
fn a_token_is_all_that_stdout_gets() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for name in ["auth0-json", "basic-form", "password-form"] {
        let ran = home.run(&["token", name]).fine();
        ran.hides(&SECRETS);
        assert!(ran.err.is_empty(), "{ran:?}");
        let token = ran.out.strip_suffix('\n').expect("one line end");
        assert!(token.bytes().all(|b| b.is_ascii_graphic()), "{token}");
        let request = http::Request::get(format!("/{name}/data")).header("authorization", format!("Bearer {token}"));
        let request = request.body(Vec::new()).expect("a request");
        let now = server.now();
        assert_eq!(server.with_provider(|provider| provider.handle(now, &request)).status(), 200, "{name}");
    }
}

#[test]
fn the_header_is_what_curl_takes() {
    let server = ScriptServer::start(answers([Reply::json(200, r#"{"access_token":"abc"}"#)])).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["token", "x", "--format", "header"]).fine();
    assert_eq!(ran.out, "Authorization: Bearer abc\n");
}

#[test]
fn the_json_says_when_it_expires() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["token", "user-key", "--format", "json"]);
    assert_eq!(ran.code, 2, "not registered: {ran:?}");
    let ran = home.run(&["token", "auth0-json", "--format", "json"]).fine();
    let printed: Value = serde_json::from_str(&ran.out).expect("JSON");
    let names: Vec<_> = printed.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, ["access_token", "expires_at", "expires_in", "source", "token_type"]);
    assert!(ran.out.starts_with(r#"{"access_token":""#) && ran.out.ends_with("\"source\":\"login\"}\n"), "{ran:?}");
    assert_eq!(printed["token_type"], "Bearer");
    let left = printed["expires_in"].as_u64().expect("a number");
    assert!((86_000..=86_400).contains(&left), "{left}");
    let at = printed["expires_at"].as_str().expect("a date");
    assert!(at.len() == 20 && at.ends_with('Z') && at.as_bytes()[10] == b'T', "{at}");
}

#[test]
fn what_nobody_said_is_null() {
    let server = ScriptServer::start(answers([Reply::json(200, r#"{"access_token":"abc"}"#)])).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["token", "x", "--format", "json"]).fine();
    let promised =
        r#"{"access_token":"abc","token_type":"Bearer","expires_at":null,"expires_in":null,"source":"login"}"#;
    assert_eq!(ran.out.trim_end(), promised);
}

/// A token may hold any visible ASCII, quotes and `$(…)` too.
#[cfg(unix)]
#[test]
fn a_shell_reads_the_env_format_as_it_was_meant() {
    let odd = r#"a'b"c$(id)`id`;d\e|f&g*~#h"#;
    let body = serde_json::json!({ "access_token": odd }).to_string();
    let server = ScriptServer::start(answers([Reply::json(200, &body)])).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["token", "x", "--format", "env"]).fine();
    assert!(ran.out.starts_with("export HALLPASS_TOKEN='"), "{ran:?}");
    home.write("env", ran.out.as_bytes());
    let shell = std::process::Command::new("sh")
        .args(["-c", r#"eval "$(cat env)"; sh -c 'printf %s "$HALLPASS_TOKEN"'"#])
        .current_dir(home.path(""))
        .output()
        .expect("a shell");
    assert_eq!(String::from_utf8_lossy(&shell.stdout), odd);
}

#[test]
fn nobody_reading_is_no_failure() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for args in [
        &["token", "auth0-json"][..],
        &["profiles", "--errors", "json"],
        &["--help"],
        &["demo"],
        &["request", "auth0-json", "v3/ping"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = home.command(args).stdout(writer).stderr(Stdio::piped()).output().expect("the binary runs");
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    }
}
