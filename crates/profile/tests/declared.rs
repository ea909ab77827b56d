//! Dialects described in profiles: the examples of the reference, and what is wrong in a description.

use hallpass_core::dialect::{Dialect, ExchangeKind, Gain, Goal, Held};
use hallpass_core::{Body, Now, RefreshToken, Reply, Request, Secrets, UtcDateTime, secret};
use hallpass_profile::{Profile, Profiles};
use http::{HeaderMap, StatusCode};

fn now() -> Now {
    Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH }
}

/// A profile of the reference, as it stands there.
fn documented(name: &str) -> Profile {
    let reference = include_str!("../src/reference.md");
    let block = reference.split("```toml\n").find(|block| block.starts_with(&format!("[profiles.{name}]")));
    let text = block.and_then(|block| block.split("```").next()).expect("an example of that name");
    Profiles::parse(text, "p.toml").and_then(|profiles| profiles.get(name)).expect("a good profile")
}

fn secrets() -> Secrets {
    Secrets::one(secret::PASSWORD, "pw").with(secret::CLIENT_SECRET, "cs")
}

fn refreshable() -> Held {
    Held { refresh_token: Some(RefreshToken::new("r1")), ..Held::default() }
}

fn request(dialect: &dyn Dialect, held: &Held) -> (ExchangeKind, Request) {
    let exchange = dialect.next(held, Goal::Token).expect("a token can be had");
    (exchange.kind, dialect.request(exchange, held, &secrets(), now()).expect("a request"))
}

fn body(request: &Request) -> &str {
    core::str::from_utf8(request.body.expose()).expect("text")
}

fn read(dialect: &dyn Dialect, held: &Held, json: &str) -> Gain {
    let exchange = dialect.next(held, Goal::Token).expect("a token can be had");
    let body = Body::new(json.as_bytes().to_vec());
    let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body, cut: false, received: now() };
    dialect.read(exchange, &reply).expect("a token")
}

#[test]
fn directus_nests_and_counts_milliseconds() {
    let config = documented("directus").config().expect("a configuration");
    let (kind, login) = request(config.dialect(), &Held::default());
    assert_eq!(
        (kind, login.endpoint.to_url().as_str()),
        (ExchangeKind::Authenticate, "https://directus.example.com/auth/login")
    );
    assert_eq!(body(&login), r#"{"email":"me@example.com","password":"pw"}"#);
    let (kind, refresh) = request(config.dialect(), &refreshable());
    assert_eq!((kind, body(&refresh)), (ExchangeKind::Refresh, r#"{"refresh_token":"r1","mode":"json"}"#));
    let json = r#"{"data":{"access_token":"a1","expires":900000,"refresh_token":"r2"}}"#;
    let Gain::Granted(granted) = read(config.dialect(), &Held::default(), json) else { panic!("a token") };
    assert_eq!(granted.life, Some(core::time::Duration::from_mins(15)));
    assert_eq!(
        (granted.access_token.expose(), granted.refresh_token.as_ref().map(RefreshToken::expose)),
        ("a1", Some("r2"))
    );
}

#[test]
fn bluesky_refreshes_by_header() {
    let config = documented("bluesky").config().expect("a configuration");
    let (kind, refresh) = request(config.dialect(), &refreshable());
    assert_eq!(kind, ExchangeKind::Refresh);
    assert_eq!(refresh.endpoint.to_url(), "https://bsky.social/xrpc/com.atproto.server.refreshSession");
    assert_eq!(refresh.headers["authorization"], "Bearer r1");
    assert!(refresh.headers["authorization"].is_sensitive());
    assert!(body(&refresh).is_empty() && !refresh.headers.contains_key("content-type"));
    let json = r#"{"accessJwt":"a1","refreshJwt":"r2","handle":"me"}"#;
    let Gain::Granted(granted) = read(config.dialect(), &refreshable(), json) else { panic!("a token") };
    assert_eq!(granted.access_token.header_value(), "Bearer a1");
}

#[test]
fn zoho_has_a_scheme_of_its_own_and_nothing_but_a_refresh_token() {
    let config = documented("zoho").config().expect("a configuration");
    let nothing = config.dialect().next(&Held::default(), Goal::Token).expect_err("no way to a token").to_string();
    assert!(nothing.contains("import"), "{nothing}");
    let (_, refresh) = request(config.dialect(), &refreshable());
    assert_eq!(body(&refresh), "grant_type=refresh_token&client_id=1000.XXXX&client_secret=cs&refresh_token=r1");
    let Gain::Granted(granted) = read(config.dialect(), &refreshable(), r#"{"access_token":"a1"}"#) else {
        panic!("a token")
    };
    assert_eq!(granted.access_token.header_value(), "Zoho-oauthtoken a1");
}

/// A good profile with one line changed, and what is said of which line.
#[test]
fn a_mistake_is_found_when_the_profile_is_loaded_with_its_line() {
    let good = "[profiles.x]\n\
        dialect = \"declared\"\n\
        username = \"me\"\n\
        password = \"canary-7\"\n\
        [profiles.x.authenticate]\n\
        url = \"https://api.example.com/login\"\n\
        send = { user = { from = \"username\" }, pass = { from = \"password\" } }\n";
    let of =
        |text: &str| Profiles::parse(text, "p.toml").and_then(|profiles| profiles.get("x")).and_then(|it| it.config());
    of(good).expect("it is good as it is");
    for (line, at, instead, said) in [
        (3, 1, "", "nothing says whose login it is"),
        (3, 7, "account = \"me\"", "sends `username`, which is not given"),
        (4, 7, "", "`authenticate` sends `password`, which is not given: add `password = …`"),
        (5, 5, "[profiles.x.authentikate]", "did you mean `authenticate`?"),
        (6, 5, "", "`url` is missing (or `path`, below the profile's `base_url`)"),
        (6, 6, "url = \"http://api.example.com/login\"", "plain http"),
        (6, 6, "path = \"login\"", "`path` lies below `base_url`, which the profile does not have"),
        (7, 7, "send = { user = { from = \"usernam\" } }", "did you mean `username`?"),
        (7, 7, "send = { user = { from = \"user_key\", x = 1 } }", "has more than"),
        (7, 7, "send = { \"/a~2\" = \"x\" }", "\"~0\""),
        (7, 7, "send = { a = \"x\", \"/a/b\" = \"y\" }", "something stands there already"),
        (7, 7, "send = { a = 1979-05-27 }", "write a date as a string"),
        (7, 8, "body = \"form\"\nsend = { a = 1 }", "only a JSON body"),
        (7, 7, "send = { \"/////////////////////////////////\" = \"x\" }", "no server nests this deep"),
        (7, 8, "body = \"form\"\nsend = { \"/a/b\" = \"x\" }", "a form has no members within members"),
        (7, 8, "body = \"none\"\nsend = { a = \"x\" }", "set `body`"),
        (7, 5, "method = \"GET\"\nsend = { a = \"x\" }", "a GET has no body"),
        (7, 5, "method = \"post\"\nsend = { a = \"x\" }", "written in upper case"),
        (7, 7, "query = { p = { from = \"password\" } }", "leaks_in_url = true"),
        (7, 7, "headers = { Host = \"x\" }", "it is set already"),
        (7, 7, "headers = { X = \"a\\nb\" }", "characters that no header may have"),
        (7, 7, "basic = { id = \"username\", secret = \"pasword\" }", "did you mean `password`?"),
        (7, 7, "reply = { access_token = \"token\" }", "begins with a slash"),
        (7, 7, "reply = { seconds = \"/a\", unix = \"/b\" }", "the life is said twice"),
        (7, 7, "reply = { acess_token = \"/a\" }", "did you mean `access_token`?"),
        (7, 7, "send = { r = { from = \"refresh_token\" } }", "only `refresh` can send a refresh token"),
        (7, 7, "spends = \"all\"", "must be \"nothing\""),
    ] {
        let mut lines: Vec<_> = good.lines().collect();
        lines[line - 1] = instead;
        let error = of(&lines.join("\n")).expect_err(instead).to_string();
        assert!(error.contains(said), "{instead}: {error}");
        assert!(error.contains(&format!("p.toml:{at}:")), "{instead}: {error}");
        assert!(!error.contains("canary-7"), "{error}");
    }
}

#[test]
fn what_is_sent_makes_a_token_another_token_and_secrets_do_not() {
    let key = |extra: &str, password: &str| {
        let text = format!(
            "[profiles.x]\ndialect = 'declared'\nusername = 'me'\npassword = '{password}'\n[profiles.x.authenticate]\n\
             url = 'https://api.example.com/login'\nsend = {{ u = {{ from = 'username' }}, p = {{ from = 'password' }}{extra} }}\n"
        );
        let profile = Profiles::parse(&text, "p.toml").and_then(|profiles| profiles.get("x")).expect("a good profile");
        profile.config().expect("a configuration").dialect().key()
    };
    assert_eq!(key("", "one"), key("", "two"));
    assert_ne!(key("", "one"), key(", tenant = 'a'", "one"));
    assert_ne!(key(", tenant = 'b'", "one"), key(", tenant = 'a'", "one"));
}

/// Invariant 4: a registration has a record of its own, whatever the logins send.
#[test]
fn a_registration_is_never_kept_in_a_logins_record() {
    let text = "[profiles.x]\ndialect = 'declared'\naccount = 'me'\napi_key = 'k'\n\
        [profiles.x.register]\nurl = 'https://api.example.com/register'\nsend = { k = { from = 'api_key' } }\n\
        [profiles.x.authenticate]\nurl = 'https://api.example.com/login'\nsend = { k = { from = 'api_key' } }\n";
    let profile = Profiles::parse(text, "p.toml").and_then(|profiles| profiles.get("x")).expect("a good profile");
    let config = profile.config().expect("a configuration");
    let identity = config.dialect().identity().expect("a record of its own");
    assert_ne!(identity, config.dialect().key());
    let other = text.replace("'me'", "'you'");
    let other = Profiles::parse(&other, "p.toml").and_then(|profiles| profiles.get("x")).expect("a good profile");
    let other = other.config().expect("a configuration");
    assert_ne!(other.dialect().identity(), Some(identity));
    assert_ne!(other.dialect().key(), config.dialect().key());
}

/// Also where the id that is sent is a fixed text: an assertion is made of what the profile says.
#[test]
fn an_assertion_needs_to_know_who_the_client_is() {
    let text = "[profiles.x]\ndialect = 'declared'\naccount = 'me'\nprivate_key = { env = 'KEY' }\n[profiles.x.authenticate]\n\
        url = 'https://api.example.com/login'\nbody = 'form'\nsend.client_id = 'me'\n\
        send.client_assertion = { from = 'client_assertion' }\n";
    let wrong =
        |text: &str| Profiles::parse(text, "p.toml").expect("it is TOML").get("x").err().map(|why| why.to_string());
    let told = wrong(text).expect("it cannot sign");
    assert!(told.contains("p.toml:9") && told.contains("add `client_id = …`"), "{told}");
    let given = text.replace("account = 'me'", "client_id = 'me'");
    assert_eq!(wrong(&given), None);
}

/// What `refresh_rotates = false` says is said of refreshes that spend a token.
#[test]
fn a_refresh_that_spends_nothing_is_sent_again_anyway() {
    let text = "[profiles.x]\ndialect = 'declared'\naccount = 'me'\nrefresh_rotates = false\n[profiles.x.refresh]\n\
        url = 'https://api.example.com/login'\nbody = 'form'\nsend = { token = { from = 'refresh_token' } }\nspends = 'nothing'\n";
    let profile = Profiles::parse(text, "p.toml").and_then(|profiles| profiles.get("x")).expect("a good profile");
    profile.config().expect("a configuration");
}
