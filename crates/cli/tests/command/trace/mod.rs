//! `trace`: a login told without a secret, and done again.

mod replay;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use std::time::Duration;

use hallpass_testkit::provider::{BasicDecoding, Client, RefreshIssue};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Leaf};
use serde_json::Value;

use crate::world::{
    CLIENT_SECRET, DIALECTS, Home, PASSWORD, Ran, SECRETS, USER_SECRET, profile, profiles, provider, server,
};

/// With everything that an encoding changes.
const CANARY: &str = "Cän\"ary/7 %2B\\x+&=<é>";

/// Every spelling of a secret that a careless writer leaves behind.
fn spellings(secret: &str) -> Vec<String> {
    let escaped = Value::from(secret).to_string();
    let json = escaped[1..escaped.len() - 1].to_owned();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let units: Vec<_> = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let twice = json.replace('\\', "\\\\").replace('"', "\\\"");
    let base64 = [BASE64_STANDARD_NO_PAD.encode(secret), BASE64_URL_SAFE_NO_PAD.encode(secret)];
    let mut all = vec![secret.to_owned(), json, twice, form.clone(), form.to_lowercase(), percent, units.concat()];
    all.extend(base64);
    all
}

#[track_caller]
fn hidden(text: &str, secrets: &[&str]) {
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!text.contains(&spelling), "{secret} as {spelling} in\n{text}");
        }
    }
}

/// Every token and key that the server has given.
fn given(server: &TestServer) -> Vec<String> {
    let bodies = server.requests().into_iter().filter_map(|request| request.reply);
    let objects = bodies.filter_map(|reply| serde_json::from_slice::<Value>(reply.body()).ok());
    let member = |object: &Value| {
        let names = ["access_token", "refresh_token", "user_key"];
        names.iter().filter_map(|name| object[name].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    objects.flat_map(|object| member(&object)).collect()
}

/// Traces, and does it again: every time the same.
#[track_caller]
fn round_trips(home: &Home, args: &[&str]) -> (Ran, String) {
    let told = home.run(&[&["trace", "--save", "x.jsonl"], args].concat());
    let file = std::fs::read_to_string(home.path("x.jsonl")).expect("it was saved");
    assert!(!file.contains("but_really"), "the placeholders change nothing: {file}");
    let again = home.run(&["trace", "--replay", "x.jsonl"]).fine();
    let plural = again.out.contains("The same again: all ") && !again.out.contains(" 1 steps");
    assert!(plural || again.out.contains("The same again: its one step, "), "{again:?}");
    assert!(again.out.starts_with(&told.out), "the picture is the same too:\n{}\n{}", told.out, again.out);
    (told, file)
}

#[test]
fn each_dialect_is_done_again_and_shows_no_secret() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["register", "user-key"]).fine();
    for dialect in DIALECTS {
        for kept in [&[][..], &["--kept"], &["--kept"]] {
            if (dialect, kept.len()) == ("user-key", 0) {
                continue;
            }
            let (told, file) = round_trips(&home, &[&[dialect], kept].concat());
            assert_eq!(told.code, 0, "{told:?}");
            let tokens = given(&server);
            for text in [&told.out, &told.err, &file] {
                hidden(text, &SECRETS);
                hidden(text, &["alice", "reports"]);
                hidden(text, &tokens.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
        // The token is over: what is held is spent, or asked for again.
        home.age(dialect, Duration::from_hours(48));
        let (told, file) = round_trips(&home, &[dialect, "--kept"]);
        assert!(told.code == 0 && file.contains("\"answer\":\"saved\""), "{told:?}");
        let tokens = given(&server);
        hidden(&file, &tokens.iter().map(String::as_str).collect::<Vec<_>>());
        let refreshes = ["basic-form", "user-key"].contains(&dialect);
        assert_eq!(file.contains("\"exchange\":\"refresh\""), refreshes, "{file}");
    }
}

/// Replies of every kind that machines tell apart, with the secret in all of its spellings.
#[test]
fn an_echo_of_the_secret_is_not_told() {
    let echo = spellings(CANARY).join(" ");
    let quoted = Value::from(echo.as_str()).to_string();
    let key = Value::from(CANARY).to_string();
    let bodies = [
        (400, format!("{{\"error\":{key},\"error_description\":{quoted},{key}:1,\"n\":{quoted}}}")),
        (401, format!("{{\"error\":\"invalid_client\",\"message\":{quoted},\"deep\":{{\"a\":[{quoted}]}}}}")),
        (400, echo.clone()),
        (200, format!("<html>{echo}")),
        (200, format!("{{\"access_token\":\"t\",\"seen\":{quoted}")),
        (200, format!("{{\"access_token\":{quoted}}}")),
        (200, format!("{{\"access_token\":\"canary-token\",\"refresh_token\":{key},\"scope\":{quoted}}}")),
        (200, format!("[{quoted}]")),
        (200, format!("{{\"access_token\":\"a\",\"access_token\":{quoted}}}")),
        (200, format!("{{\"access_token\":\"canary-token\",\"token_type\":{key}}}")),
        (302, String::new()),
        (503, format!("{{\"error\":{quoted}}}")),
    ];
    for (status, body) in bodies {
        let challenge = format!("Bearer error=\"{}\"", spellings(CANARY)[3]);
        let reply = Reply::new(status).header("www-authenticate", &challenge).header("x-echo", &spellings(CANARY)[3]);
        let reply = reply
            .header("location", "https://elsewhere.example/canary-token?canary-token")
            .header("retry-after", "7200");
        let server = ScriptServer::start(answers([reply.body(body.clone())])).expect("a server");
        let toml = profile(&server.origin(), "extra = { key = 'canary-extra' }\nheaders = { x-key = 'canary-header' }");
        let home = Home::new(&toml.replace(&format!("'{CLIENT_SECRET}'"), &format!("'''{CANARY}'''")));
        let (told, file) = round_trips(&home, &["x"]);
        for text in [&told.out, &told.err, &file] {
            hidden(text, &[CANARY, "canary-extra", "canary-header", "canary-token"]);
        }
    }
}

#[test]
fn what_goes_wrong_on_the_way_is_done_again_too() {
    let long = "timeout = '300ms'\nconnect_timeout = '300ms'";
    let silent = ScriptServer::start(vec![Act::Stall]).expect("a server");
    let broken = ScriptServer::start(vec![Act::Read, Act::Reset]).expect("a server");
    for (origin, more) in [("http://127.0.0.1:1".to_owned(), ""), (silent.origin(), long), (broken.origin(), "")] {
        let home = Home::new(&profile(&origin, more));
        let (told, _) = round_trips(&home, &["x"]);
        assert_eq!(told.code, 5, "{told:?}");
    }
    let home =
        Home::new(&profile("http://127.0.0.1:1", "").replace(&format!("'{CLIENT_SECRET}'"), "{ env = 'NO_SUCH' }"));
    assert_eq!(round_trips(&home, &["x"]).0.code, 2);
    let server = server();
    let home = Home::new(&profile(&server.origin(), "").replace(CLIENT_SECRET, "canary-wrong"));
    assert_eq!(round_trips(&home, &["x", "--kept"]).0.code, 3);
    let (told, file) = round_trips(&home, &["x", "--kept"]);
    assert!(told.code == 3 && !file.contains("\"effect\":\"send\""), "the latch is done again: {file}");
    home.write("no-folder", b"");
    let (told, _) = round_trips(&home, &["x", "--store", "file:no-folder/x"]);
    assert!(told.code == 3 && told.err.contains("What was gained may not be kept"), "{told:?}");
}

#[test]
fn a_described_dialect_with_a_key_in_its_url_is_told_without_it() {
    let body = r#"{"data":{"token":"canary-token","ends":"2026-11-21T12:00:00Z"}}"#;
    let server = ScriptServer::start(answers([Reply::json(200, body)])).expect("a server");
    let toml = format!(
        "[profiles.x]\ndialect = 'declared'\napi_key = '{PASSWORD}'\nusername = 'alice'\n\
         [profiles.x.authenticate]\nurl = '{}/login?v=canary-query'\nsend = {{ user = {{ from = 'username' }}, \
         fixed = 'canary-fixed' }}\nquery = {{ key = {{ from = 'api_key' }} }}\nleaks_in_url = true\n\
         [profiles.x.authenticate.reply]\naccess_token = '/data/token'\nrfc3339 = '/data/ends'\n",
        server.origin()
    );
    let home = Home::new(&toml);
    let (told, file) = round_trips(&home, &["x"]);
    assert_eq!(told.code, 0, "{told:?}");
    for text in [&told.out, &told.err, &file] {
        hidden(text, &[PASSWORD, "alice", "canary-query", "canary-fixed", "canary-token"]);
    }
    assert!(file.contains("2026-11-21T12:00:00Z"), "what its life is read from stays: {file}");
}

/// Each send has an assertion of its own; none of them is told, nor the key.
#[test]
fn assertions_and_their_key_are_not_told() {
    let key = include_str!("../../../../client/tests/keys/es256.pem");
    let busy = Reply::json(503, "{}").header("retry-after", "0");
    let granted = Reply::json(200, r#"{"access_token":"canary-token","expires_in":60}"#);
    let server = ScriptServer::start(answers([busy, granted])).expect("a server");
    let more = "client_auth = 'private_key_jwt'\nkey_id = 'canary-kid'\nprivate_key = { file = 'key.pem' }";
    let home = Home::new(&profile(&server.origin(), more).replace(&format!("client_secret = '{CLIENT_SECRET}'"), ""));
    home.write("key.pem", key.as_bytes());
    let (told, file) = round_trips(&home, &["x"]);
    let sent: Vec<_> = server.requests().iter().filter_map(|request| assertion(&request.body)).collect();
    assert!(told.code == 0 && sent.len() == 2 && sent[0] != sent[1], "{told:?}");
    let lines: Vec<_> = key.lines().filter(|line| !line.starts_with('-')).collect();
    for text in [&told.out, &file] {
        hidden(text, &lines);
        hidden(text, &["canary-kid", "canary-token", &sent[0], &sent[1]]);
    }
}

/// A token exchange is told as one, and what was exchanged is not told.
#[test]
fn each_grant_is_told_by_its_name() {
    let exchange = "grant = 'token-exchange'\nsubject = 'canary-subject'\nsubject_token = 'canary-subject-token'\n\
                    subject_token_type = 'jwt'";
    let bearer = "grant = 'jwt-bearer'\nsubject = 'canary-subject'\nassertion = 'canary-assertion'";
    for (more, name) in [(exchange, "token-exchange"), (bearer, "jwt-bearer")] {
        let granted = Reply::json(200, r#"{"access_token":"canary-token","expires_in":60}"#);
        let server = ScriptServer::start(answers([granted])).expect("a server");
        let (told, file) = round_trips(&Home::new(&profile(&server.origin(), more)), &["x"]);
        assert_eq!(told.code, 0, "{told:?}");
        assert!(file.contains(&format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A{name}")), "{file}");
        for text in [&told.out, &told.err, &file] {
            hidden(text, &["canary", CLIENT_SECRET]);
        }
    }
}

/// A certificate appears as nothing: neither is its file opened for the machine that has placeholders.
#[test]
fn a_login_with_a_client_certificate_is_told() {
    let authority = Authority::new();
    let certificate = authority.issue(Leaf::Good).wants_clients_of(&authority, None);
    let server = TestServer::builder().provider(provider()).tls(certificate).start().expect("a server");
    let more = "ca_file = 'ca.pem'\nclient_certificate = 'canary.pem'\nclient_key = { file = 'canary.key' }";
    let home = Home::new(&profile(&server.origin(), more));
    let client = authority.issue(Leaf::Client);
    home.write("ca.pem", authority.ca_pem().as_bytes());
    home.write("canary.pem", client.pem().as_bytes());
    home.write("canary.key", client.key_pem().as_bytes());
    // Nobody's own file, though it has the placeholder's name.
    home.write("client-certificate-redacted", b"no certificate");
    let (told, file) = round_trips(&home, &["x", "--kept"]);
    assert_eq!(told.code, 0, "{told:?}");
    for text in [&told.out, &told.err, &file] {
        hidden(text, &["canary"]);
    }
}

fn assertion(body: &[u8]) -> Option<String> {
    form_urlencoded::parse(body).find(|(name, _)| name == "client_assertion").map(|(_, value)| value.into_owned())
}

#[test]
fn what_a_trace_needs_is_named() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["trace"]);
    assert!(ran.code == 2 && ran.err.contains("--replay FILE"), "{ran:?}");
    home.run(&["register", "user-key"]).fine();
    let ran = home.run(&["trace", "user-key"]);
    assert!(ran.code == 2 && ran.err.contains("--kept"), "it is registered: {ran:?}");
    home.run(&["trace", "user-key", "--kept"]).fine();
}

/// As `--config <(…)` has it: a pipe can be read once.
#[cfg(unix)]
#[test]
fn the_profile_may_come_from_a_pipe() {
    let server = server();
    let text = profiles(&server.origin());
    Home::new("").run_with_stdin(&["trace", "basic-form", "--config", "/dev/stdin"], text.as_bytes()).fine();
}

#[test]
fn the_picture_is_a_sequence_diagram() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["trace", "password-form", "--format", "mermaid"]).fine();
    assert!(ran.out.starts_with("sequenceDiagram\n") && ran.out.contains("M->>T: authenticate: POST "), "{}", ran.out);
    assert!(ran.out.contains("K-->>M: locked, under the lock: "), "{}", ran.out);
    let ran = home.run(&["trace", "password-form", "--format", "json"]).fine();
    home.write("x.jsonl", ran.out.as_bytes());
    home.run(&["trace", "--replay", "x.jsonl"]).fine();
    hidden(&ran.out, &SECRETS);
}

/// A secret that no placeholder can stand for in its part: the trace says that it made a difference.
#[test]
fn a_difference_that_the_placeholders_make_is_told() {
    let mut config = provider();
    config.basic_decoding = BasicDecoding::Form;
    config.basic_form.refresh_token = RefreshIssue::Never;
    config.clients = vec![Client::new("reports", "x\ty")];
    let server = TestServer::builder().provider(config).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), "").replace(&format!("'{CLIENT_SECRET}'"), "\"x\\ty\""));
    let ran = home.run(&["trace", "x", "--save", "x.jsonl"]);
    assert!(ran.code == 2 && ran.out.contains("With the secrets it failed"), "{ran:?}");
    home.run(&["trace", "--replay", "x.jsonl"]).fine();
    ran.hides(&[USER_SECRET]);
}
