//! Set-ups for `doctor`, each broken in one way.

use std::any::Any;
use std::time::Duration;

use hallpass_core::UtcDateTime;
use hallpass_core::dialect::Spends;
use hallpass_core::lifecycle::Mark;
use hallpass_store::Store;
use hallpass_testkit::provider::{BasicDecoding, Client};
use hallpass_testserver::TestServer;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Certificate, Leaf};

use crate::world::{CLIENT_SECRET, Home, OTHER_SEAL_KEY, Ran, SEAL_KEY, profile, profiles, provider, server};

/// A set-up, kept alive by what stands second.
pub(super) type World = (Home, Box<dyn Any>);

pub(super) fn alone(profiles: &str) -> World {
    (Home::new(profiles), Box::new(()))
}

pub(super) fn no_variable() -> String {
    profile("http://127.0.0.1:1", "").replace(&format!("'{CLIENT_SECRET}'"), "{ env = 'NO_SUCH_VARIABLE' }")
}

/// A login that does nothing but refresh, with nothing to refresh with.
pub(super) fn refreshes_only() -> World {
    let server = ScriptServer::start(vec![Act::Stall]).expect("a server");
    (Home::new(&refreshes(&server.origin(), "'canary-client-secret'")), Box::new(server))
}

/// The same with a refresh token.
pub(super) fn refreshing(secret: &str) -> World {
    let server = ScriptServer::start(vec![Act::Stall]).expect("a server");
    let home = Home::new(&refreshes(&server.origin(), secret));
    home.run_with_stdin(&["import", "x"], b"canary-refresh-1").fine();
    (home, Box::new(server))
}

/// The same, after its one answer was lost.
pub(super) fn lost_refresh_token() -> World {
    let world = refreshing("'canary-client-secret'");
    let mark = Mark { spends: Spends::RefreshToken, since: UtcDateTime::UNIX_EPOCH, by: "another".into() };
    world.0.change("x", |record| record.spending = Some(mark));
    world
}

fn refreshes(origin: &str, secret: &str) -> String {
    format!(
        "[profiles.x]\ndialect = 'declared'\naccount = 'me'\nclient_id = 'c'\nclient_secret = {secret}\n\
         [profiles.x.refresh]\nurl = '{origin}/token'\nbody = 'form'\nsend = {{ client_id = {{ from = 'client_id' }}, \
         client_secret = {{ from = 'client_secret' }}, refresh_token = {{ from = 'refresh_token' }} }}\n"
    )
}

pub(super) fn with_server(profiles: impl FnOnce(&str) -> String) -> World {
    let server = server();
    (Home::new(&profiles(&server.origin())), Box::new(server))
}

/// The profile of a dialect, as `x`.
pub(super) fn four(dialect: &str) -> World {
    with_server(|origin| renamed(origin, dialect))
}

pub(super) fn four_with(from: &str, to: &str) -> World {
    with_server(|origin| renamed(origin, "auth0-json").replace(from, to))
}

fn renamed(origin: &str, dialect: &str) -> String {
    profiles(origin).replace(&format!("[profiles.{dialect}]"), "[profiles.x]")
}

pub(super) fn wrong(dialect: &str, secret: &str) -> World {
    with_server(|origin| renamed(origin, dialect).replace(secret, &format!("{secret}-not")))
}

pub(super) fn path(dialect: &str, path: &str) -> World {
    with_server(|origin| {
        let own = ["/oauth/token'", "/oauth/v2/token'", "/authorization'"];
        own.iter().fold(renamed(origin, dialect), |text, own| text.replace(own, &format!("{path}'")))
    })
}

fn from_file(text: &str, secret: &[u8]) -> Home {
    let home = Home::new(&text.replace(&format!("'{CLIENT_SECRET}'"), "{ file = 'secret' }"));
    home.write("secret", secret);
    home
}

pub(super) fn secret_file(secret: &[u8]) -> World {
    let server = server();
    (from_file(&profile(&server.origin(), ""), secret), Box::new(server))
}

pub(super) fn json_secret(secret: &[u8]) -> World {
    let server = server();
    (from_file(&renamed(&server.origin(), "auth0-json"), secret), Box::new(server))
}

pub(super) fn https_at_plain() -> World {
    with_server(|origin| profile(&origin.replace("http:", "https:"), ""))
}

pub(super) fn http_at_tls() -> World {
    let server = TestServer::builder().tls(Certificate::self_signed()).start().expect("a server");
    (Home::new(&profile(&server.origin().replace("https:", "http:"), "")), Box::new(server))
}

pub(super) fn silent(scheme: &str) -> World {
    let server = ScriptServer::start(vec![Act::Stall]).expect("a server");
    let more = "timeout = '300ms'\nconnect_timeout = '300ms'";
    (Home::new(&profile(&server.origin().replace("http", scheme), more)), Box::new(server))
}

pub(super) fn presents(certificate: &Certificate, ca: Option<&Authority>) -> World {
    let server = TestServer::builder().tls(certificate.clone()).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), if ca.is_some() { "ca_file = 'ca.pem'" } else { "" }));
    if let Some(ca) = ca {
        home.write("ca.pem", ca.ca_pem().as_bytes());
    }
    (home, Box::new(server))
}

pub(super) fn leaf(leaf: Leaf) -> World {
    let authority = Authority::new();
    presents(&authority.issue(leaf), Some(&authority))
}

pub(super) fn proxied() -> World {
    let proxy = ConnectProxy::builder().credentials("alice", "canary-password").start().expect("a proxy");
    let more = format!("proxy = 'http://alice:wrong@{}'", proxy.address());
    (Home::new(&profile("https://auth.example", &more)), Box::new(proxy))
}

pub(super) fn no_proxy() -> World {
    let server = ScriptServer::start(vec![Act::Read, Act::Write(b"SSH-2.0-x\r\n\r\n".to_vec())]).expect("a server");
    let more = format!("proxy = '{}'", server.origin());
    (Home::new(&profile("https://auth.example", &more)), Box::new(server))
}

pub(super) fn answered(reply: Reply) -> World {
    let server = ScriptServer::start(answers([reply])).expect("a server");
    (Home::new(&profile(&server.origin(), "")), Box::new(server))
}

pub(super) fn redirect(to: &str) -> Reply {
    Reply::redirect(308, to)
}

pub(super) fn page(status: u16) -> Reply {
    Reply::new(status).header("content-type", "text/html").body("<!doctype html><title>canary-password</title>")
}

pub(super) fn refuses(code: &str) -> Reply {
    Reply::json(400, &format!("{{\"error\":\"{code}\"}}"))
}

pub(super) fn says_no(text: &str) -> Reply {
    Reply::json(400, &format!("{{\"error\":\"invalid_request\",\"error_description\":\"{text}\"}}"))
}

/// A server that decodes nothing, and a secret that the usual encoding escapes.
pub(super) fn raw_server() -> World {
    let mut config = provider();
    config.basic_decoding = BasicDecoding::Raw;
    config.clients = vec![Client::new("reports", "canary+100%/=")];
    let server = TestServer::builder().provider(config).start().expect("a server");
    (Home::new(&profile(&server.origin(), "").replace(CLIENT_SECRET, "canary+100%/=")), Box::new(server))
}

pub(super) fn clock_behind() -> World {
    let server = server();
    server.advance(Duration::from_hours(1));
    (Home::new(&profile(&server.origin(), "")), Box::new(server))
}

/// A token endpoint that gives a token without a life, and an API that answers so.
pub(super) fn calls(reply: &Reply, path: &str) -> World {
    let token = || answers([Reply::json(200, r#"{"access_token":"canary-token"}"#)]);
    // Each run connects once to look, once to log in, and once to call.
    let run = |builder: hallpass_testserver::script::Builder| {
        builder.connection(Vec::new()).connection(token()).connection(answers([reply.clone()]))
    };
    let server = run(run(ScriptServer::builder())).start().expect("a server");
    let more = format!("api_url = '{}'\ncheck_path = '{path}'", server.origin());
    (Home::new(&profile(&server.origin(), &more)), Box::new(server))
}

pub(super) fn sealed() -> World {
    let server = server();
    let with = |key: &str| profile(&server.origin(), &format!("store = {{ file = 'tokens', keys = ['{key}'] }}"));
    let home = Home::new(&with(SEAL_KEY));
    home.run(&["token", "x"]).fine();
    home.write("hallpass.toml", with(OTHER_SEAL_KEY).as_bytes());
    (home, Box::new(server))
}

pub(super) fn sealed_registration() -> World {
    let server = server();
    let with = |key: &str| {
        let store = format!("user_id = 'alice'\nstore = {{ file = 'tokens', keys = ['{key}'] }}");
        profiles(&server.origin()).replace("user_id = 'alice'", &store)
    };
    let home = Home::new(&with(SEAL_KEY));
    home.run(&["register", "user-key"]).fine();
    home.write("hallpass.toml", with(OTHER_SEAL_KEY).as_bytes());
    (home, Box::new(server))
}

pub(super) fn no_folder() -> World {
    let (home, server) = with_server(|origin| profile(origin, "store = 'file:no-folder'"));
    home.write("no-folder", b"");
    (home, server)
}

pub(super) fn locked() -> World {
    let (home, server) = with_server(|origin| profile(origin, ""));
    let lock = home.store().try_lock(&home.key("x"), Duration::from_mins(5)).expect("it works");
    (home, Box::new((server, lock.expect("nobody else is here"))))
}

pub(super) fn latched() -> World {
    let (home, server) = with_server(|origin| profile(origin, "").replace(CLIENT_SECRET, "canary-wrong"));
    let Ran { code, .. } = home.run(&["token", "x"]);
    assert_eq!(code, 3);
    (home, server)
}
