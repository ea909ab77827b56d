//! Secrets from anywhere, and nowhere to be seen.

use hallpass_testkit::canary::Canaries;
use hallpass_testserver::script::{Reply, ScriptServer, answers};

use crate::world::{DIALECTS, Home, Ran, SECRETS, profile, profiles, says, server};

#[cfg(unix)]
#[test]
fn a_secret_may_come_from_the_environment_a_file_or_a_command() {
    let server = server();
    let text = profile(&server.origin(), "api_url = 'http://127.0.0.1/'\ncheck_path = 'x'");
    let from = |source: &str| Home::new(&text.replace("'canary-client-secret'", source));

    let home = from("{ env = 'CANARY' }");
    let missing = home.run(&["token", "x"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("CANARY is not set"), "{missing:?}");
    let ran = home.command(&["token", "x"]).env("CANARY", "canary-client-secret").output().expect("the binary runs");
    Ran::of(ran).fine();

    let home = from("{ file = 'secret.txt' }");
    assert_eq!(home.run(&["token", "x"]).code, 2, "no file yet");
    home.write("secret.txt", b"canary-client-secret\n");
    home.run(&["token", "x"]).fine().hides(&SECRETS);

    let home = from("{ command = ['sh', '-c', 'echo canary-client-secret; touch ran'] }");
    home.run(&["profiles"]).fine();
    let refused = home.run(&["request", "x", "https://elsewhere.example/"]);
    assert_eq!(refused.code, 2);
    assert!(!home.path("ran").exists(), "a command runs only when a request needs its secret");
    home.run(&["token", "x"]).fine().hides(&SECRETS);
    assert!(home.path("ran").exists());

    let home = from("{ command = ['sh', '-c', 'echo canary-client-secret; exit 3'] }");
    let failed = home.run(&["token", "x"]);
    assert_eq!(failed.code, 2);
    failed.hides(&SECRETS);
}

/// Every command, in its most talkative form, on success and on failure.
#[test]
fn no_output_shows_a_secret() {
    let server = server();
    let text = profiles(&server.origin());
    let home = Home::new(&text);
    let wrong = Home::new(&text.replace("reports", "nobody").replace("'alice'", "'mallory'"));
    for name in DIALECTS {
        let commands = [
            &["check", name][..],
            &["token", name],
            &["request", name, "echo"],
            &["profiles"],
            &["status", "--config", "hallpass.toml"],
            &["status", name, "--format", "json"],
            &["forget", name],
        ];
        for command in commands {
            for errors in ["text", "json"] {
                let args = [&["-vv", "--errors", errors], command].concat();
                home.run(&args).hides(&SECRETS);
                wrong.run(&args).hides(&SECRETS);
            }
        }
    }
}

/// Whatever is wrong with the server or with the store.
#[test]
fn no_way_of_failing_shows_a_secret() {
    let said = SECRETS.join(" and ");
    let refused = format!(r#"{{"error":"{said}","error_description":"{said}","access_token":"canary-token"}}"#);
    let ways = [
        Reply::json(400, &refused),
        Reply::json(503, &refused),
        Reply::json(200, r#"{"access_token":"canary-token\n"}"#),
        Reply::new(200).body(format!("<html>{said}")),
        Reply::redirect(302, "https://elsewhere.example/canary-client-secret/canary-password"),
    ];
    let hidden = [&SECRETS[..], &["canary-token"]].concat();
    for reply in ways {
        let server = ScriptServer::builder().every(answers([reply])).start().expect("a server");
        every_command(&DIALECTS, &server.origin(), &hidden, &[]);
    }
    // A host is named in the message, unless it spells what its server was told.
    let reply = Reply::redirect(302, "https://canary-client-secret.example/");
    let server = ScriptServer::builder().every(answers([reply])).start().expect("a server");
    every_command(&["auth0-json", "basic-form"], &server.origin(), &hidden, &[]);
    every_command(&DIALECTS, "http://127.0.0.1:1", &hidden, &[]);
    // A file where the store's folder should be.
    every_command(&DIALECTS, &self::server().origin(), &hidden, &["--store", "file:hallpass.toml"]);
}

/// Runs what asks for a token, and looks for secrets in what it prints, and in files beside the store and their names.
fn every_command(names: &[&str], origin: &str, hidden: &[&str], more: &[&str]) {
    let text = profiles(origin);
    let home = Home::new(&text);
    for name in names {
        for (command, errors) in [(["check", name], "text"), (["token", name], "json"), (["status", name], "text")] {
            let ran = home.run(&[&["-v", "--errors", errors], more, &command].concat());
            // What a token is asked for is a token, where there is one.
            let own = if command[0] == "token" && ran.code == 0 { &SECRETS[..] } else { hidden };
            ran.hides(own);
        }
    }
    let beside = home.files().into_iter().filter(|(path, _)| path != "hallpass.toml");
    for (path, text) in beside {
        let kept = path.starts_with("state/");
        Canaries::new(hidden.iter().copied()).assert_unseen("a file", &if kept { path } else { path + &text });
    }
}

#[test]
fn a_call_shows_no_token() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for args in [&["check", "auth0-json", "-v"][..], &["request", "auth0-json", "v3/ping/protected", "-v", "-i"]] {
        let ran = home.run(args).fine();
        let sent = server.requests();
        let sent = sent.last().and_then(|request| request.header("authorization")).expect("a token was sent");
        ran.hides(&[sent.strip_prefix("Bearer ").expect("a bearer token")]);
    }
}

/// Wire rule 17: an API that repeats the token does not get it printed.
#[test]
fn an_api_that_repeats_the_token_is_not_quoted() {
    let both = "canary-token canary-second-token";
    let challenge = format!(r#"Bearer error="{both}", scope="read {both}", error_description="{both}""#);
    for status in [401, 403, 404, 500] {
        let server = says(&Reply::new(status).header("www-authenticate", &challenge));
        let origin = server.origin();
        let home = Home::new(&profile(&origin, &format!("api_url = '{origin}/'\ncheck_path = 'me'")));
        let ran = home.run(&["check", "x", "-v"]);
        assert_ne!(ran.code, 0);
        ran.hides(&["canary-token", "canary-second-token"]);
    }
}

#[test]
fn a_header_that_cannot_be_sent_is_not_repeated() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for header in ["x-key canary-7", "x-key: canary-7\nx", "authorization: canary-7", "host: canary-7", "ü: canary-7"]
    {
        let ran = home.run(&["request", "auth0-json", "echo", "-H", header]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("-H number 1"), "{ran:?}");
        ran.hides(&["canary-7"]);
    }
    assert!(server.requests().is_empty());
}
