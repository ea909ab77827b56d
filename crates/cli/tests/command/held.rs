//! `hallpass import` and `hallpass forget`.

use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

use crate::world::{Home, SECRETS, profile, profiles, server, until};

#[test]
fn what_is_forgotten_is_asked_for_again() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    assert_eq!(home.run(&["forget", "basic-form"]).fine().out, "basic-form: nothing was held\n");
    let first = home.run(&["token", "basic-form"]).fine().out;
    let ran = home.run(&["forget", "basic-form"]).fine();
    assert_eq!(ran.out, "basic-form: forgot an access token, a refresh token\n");
    let status = home.run(&["status", "basic-form"]).fine();
    assert!(status.out.contains("access token   no\n") && status.out.contains("refresh token  no\n"), "{status:?}");
    assert_ne!(home.run(&["token", "basic-form"]).fine().out, first);
    let paths: Vec<_> = server.requests().into_iter().map(|request| request.text()).collect();
    assert!(paths.len() == 2 && paths.iter().all(|body| body.contains("client_credentials")), "no refresh: {paths:?}");
}

#[test]
fn a_user_key_is_forgotten_only_in_so_many_words() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let key = home.run(&["register", "user-key"]).fine().out;
    home.run(&["token", "user-key"]).fine();
    let ran = home.run(&["forget", "user-key"]).fine();
    assert_eq!(
        ran.out,
        "user-key: forgot an access token, a refresh token; a user_key stays, --user-key forgets that too\n"
    );
    home.run(&["token", "user-key"]).fine();
    let ran = home.run(&["forget", "user-key", "--user-key"]).fine();
    assert_eq!(ran.out, "user-key: forgot an access token, a user_key\n");
    assert_eq!(home.run(&["token", "user-key"]).code, 2);
    home.run_with_stdin(&["import", "user-key"], key.as_bytes()).fine();
    home.run(&["token", "user-key"]).fine();
    assert_eq!(home.run(&["forget", "basic-form", "--user-key"]).code, 2, "there is none in that dialect");
}

#[test]
fn forgetting_asks_for_nothing() {
    let text = profiles("https://auth.example").replace("'canary-user-secret'", "{ command = ['no-such-program'] }");
    let home =
        Home::new(&text.replace("[profiles.user-key]", "[profiles.user-key]\nuser_key = { command = ['none'] }"));
    home.run(&["forget", "user-key", "--user-key"]).fine();
    home.run(&["status", "--config", "hallpass.toml"]).fine();
}

/// A refresh token is often a person's, and what follows it is not: nobody should find that out by their data.
#[test]
fn who_goes_on_without_the_imported_token_is_told() {
    let alone = "[profiles.d]\ndialect = 'declared'\naccount = 'me'\n\
                 [profiles.d.refresh]\nurl = 'https://auth.example/f'\nsend = { token = { from = 'refresh_token' } }\n";
    let home = Home::new(&(profiles("https://auth.example") + alone));
    let told = |name: &str| home.run_with_stdin(&["import", name, "--refresh-token"], b"canary-7").fine().err;
    let when = "hallpass: when that refresh token is refused or lost, this login goes on";
    assert_eq!(told("basic-form"), format!("{when} as the client itself (`grant = \"refresh-token\"` prevents it)\n"));
    assert_eq!(told("password-form"), format!("{when} with the credentials of its profile\n"));
    assert_eq!(told("user-key"), format!("{when} with the credentials of its profile\n"));
    assert_eq!(told("d"), "", "nothing follows");
}

/// What is live is replaced by force only; what is imported is used.
#[test]
fn an_imported_refresh_token_is_used() {
    let reply = Reply::json(200, r#"{"access_token":"canary-token","refresh_token":"canary-next","expires_in":3600}"#);
    let server = ScriptServer::start(answers([reply])).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let import = |args: &[&str], token: &str| {
        let ran = home.run_with_stdin(&[&["import", "x"], args].concat(), token.as_bytes());
        ran.hides(&["canary"]);
        (ran.code, ran.out)
    };
    let (code, out) = import(&[], "canary-refresh-1\n");
    assert!(code == 0 && out.starts_with("x: the refresh token is kept in the store (file "), "{out}");
    assert_eq!(import(&[], "canary-refresh-2").0, 2, "one is held");
    assert_eq!(import(&["--force"], "canary-refresh-3\r\n").0, 0);
    assert_eq!(home.run(&["token", "x"]).fine().out, "canary-token\n");
    let sent = server.requests().pop().expect("a refresh").text();
    assert!(sent.contains("refresh_token=canary-refresh-3") && sent.ends_with("-3"), "{sent}");
    let status = home.run(&["status", "x"]).fine();
    status.hides(&["canary"]);
    assert!(status.out.contains("refresh token  yes"), "{status:?}");
}

#[test]
fn what_is_of_no_use_is_refused() {
    let home = Home::new(&profiles("https://auth.example"));
    for (name, args, stdin, why) in [
        ("auth0-json", &[][..], "canary-7", "neither refresh tokens nor a user_key"),
        ("basic-form", &[], "", "stdin gives nothing"),
        ("basic-form", &[], "\n", "stdin gives nothing"),
        ("basic-form", &["--store", "memory"], "canary-7", "the memory store ends"),
    ] {
        let ran = home.run_with_stdin(&[&["import", name], args].concat(), stdin.as_bytes());
        assert!(ran.code == 2 && ran.err.contains(why), "{ran:?}");
        ran.hides(&["canary-7"]);
    }
    let long = home.run_with_stdin(&["import", "basic-form"], &vec![b'x'; 65 * 1024]);
    assert!(long.code == 2 && long.err.contains("64 KiB"), "{long:?}");
    let own = profiles("https://auth.example").replace("[profiles.user-key]", "[profiles.user-key]\nuser_key = 'k'");
    let ran = Home::new(&own).run_with_stdin(&["import", "user-key"], b"canary-7");
    assert!(ran.code == 2 && ran.err.contains("counts before one in the store"), "{ran:?}");
}

/// Invariants 1 and 2: the process dies with a refresh under way, and nothing else is at hand.
#[test]
fn a_lost_refresh_token_names_who_lost_it_and_is_replaced_without_asking() {
    let silent = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    let home = Home::new(&profiles(&silent.origin()));
    home.run_with_stdin(&["import", "user-key", "--refresh-token"], b"canary-spent").fine();
    let mut child = home.command(&["token", "user-key"]).spawn().expect("the binary runs");
    until(|| silent.requests().len() == 1);
    child.kill().expect("it waits for an answer");
    child.wait().expect("it is dead");

    let lost = home.run(&["token", "user-key"]);
    assert_eq!(lost.code, 3, "{lost:?}");
    let by = format!("process {} and its answer was lost", child.id());
    assert!(lost.err.contains(&by) && lost.err.contains("`hallpass import user-key`"), "{lost:?}");
    let status = home.run(&["status", "user-key"]).fine();
    assert!(status.out.contains("a refresh token was sent at 2"), "{status:?}");
    assert_eq!(silent.requests().len(), 1);
    for ran in [&lost, &status] {
        ran.hides(&["canary-spent"]);
        ran.hides(&SECRETS);
    }
    home.run_with_stdin(&["import", "user-key", "--refresh-token"], b"canary-new").fine();
}

#[test]
fn forget_revoke_makes_tokens_worthless_at_the_server_first() {
    let server = server();
    let revocable = |path: &str| profile(&server.origin(), &format!("revocation_url = '{}{path}'", server.origin()));
    let home = Home::new(&revocable("/revoke"));
    home.run(&["token", "x"]).fine();
    let ran = home.run(&["forget", "x", "--revoke"]).fine();
    assert_eq!(ran.out, "x: revoked 2 tokens; forgot an access token, a refresh token\n");
    let revocations: Vec<_> = server.requests().into_iter().filter(|request| request.target == "/revoke").collect();
    assert_eq!(revocations.len(), 2);
    assert!(revocations.iter().all(|request| request.header("authorization").is_some()), "as the client logs in");
    assert_eq!(home.run(&["forget", "x", "--revoke"]).fine().out, "x: revoked 0 tokens; nothing was held\n");

    home.run(&["token", "x"]).fine();
    home.write("hallpass.toml", revocable("/none").as_bytes());
    let ran = home.run(&["forget", "x", "--revoke"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("revoke at http://127.0.0.1") && ran.err.contains("404"), "{}", ran.err);
    assert_eq!(
        home.run(&["forget", "x"]).fine().out,
        "x: forgot an access token, a refresh token\n",
        "nothing was lost"
    );

    home.write("hallpass.toml", profile(&server.origin(), "").as_bytes());
    let ran = home.run(&["forget", "x", "--revoke"]);
    assert!(ran.code == 2 && ran.err.contains("revocation_url"), "{}", ran.err);
}

#[test]
fn a_refresh_token_is_imported_where_a_refresh_sends_the_user_key_too() {
    let home = Home::new(
        "[profiles.d]\ndialect = 'declared'\nuser_id = 'alice'\nuser_secret = 's'\n\
         [profiles.d.register]\nurl = 'https://auth.example/r'\nsend = { id = { from = 'user_id' }, s = { from = 'user_secret' } }\n\
         reply = { user_key = '/user_key' }\n\
         [profiles.d.authenticate]\nurl = 'https://auth.example/a'\nsend = { key = { from = 'user_key' } }\n\
         [profiles.d.refresh]\nurl = 'https://auth.example/f'\n\
         send = { key = { from = 'user_key' }, token = { from = 'refresh_token' } }\n",
    );
    home.run_with_stdin(&["import", "d"], b"uk-1").fine();
    home.run_with_stdin(&["import", "d", "--refresh-token"], b"canary-1").fine();
    assert!(home.run(&["status", "d"]).fine().out.contains("refresh token  yes"));
}
