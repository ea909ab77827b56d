//! A profile without a mistake becomes the login that it describes.

mod common;

use std::time::Duration;

use common::{NEEDED, parse, profile, text};
use hallpass_client::Config;
use hallpass_core::dialect::{Ambiguity, Goal, Held};
use hallpass_core::{Now, RefreshToken, Secret, Secrets, UserKey, UtcDateTime, secret};
use hallpass_profile::{Profile, ProfileError, Profiles};

/// The example of the documentation, whole.
const EXAMPLE: &str = r#"
[profiles.ducky]
dialect = "auth0-json"
token_url = "https://ducky-prod.eu.auth0.com/oauth/token"
audience = "ducky-api-prod"
client_id = { env = "ID" }
client_secret = { env = "SECRET" }
api_url = "https://api.ducky.eco/v3/"
check_path = "ping/protected"

[profiles.messages]
dialect = "basic-form"
token_url = "https://auth.example.com/oauth/v2/token"
client_id = "my-client"
client_secret = { file = "secret.txt" }
client_auth = "basic"
basic_encoding = "minimal"
scope = "read write"
extra = { tenant = "eu" }

[profiles.sensors]
dialect = "user-key"
base_url = "https://sensors.example.com/"
user_id = "alice"
user_secret = { env = "SENSORS_SECRET" }
user_key = "k"

[profiles.x]
dialect = "password-form"
token_url = "https://platform.example.com/authorization"
username = "me@example.com"
password = { env = "PLATFORM_PASSWORD" }
grant_type = "password"
"#;

/// The first request of a login: its URL and headers, and its body as text.
fn request(config: &Config) -> (String, String) {
    let dialect = config.dialect();
    let exchange = dialect.next(&Held::default(), Goal::Token).expect("a next exchange");
    let secrets = dialect.needs(exchange).iter().fold(Secrets::new(), |secrets, name| {
        secrets.with(*name, config.secret_source().secret(name).expect("a secret"))
    });
    let now = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
    let request = dialect.request(exchange, &Held::default(), &secrets, now).expect("a request");
    let headers = request.headers.iter().map(|(name, value)| format!("\n{name}: {}", value.to_str().expect("visible")));
    let head = request.endpoint.to_url() + &headers.collect::<String>();
    (head, String::from_utf8(request.body.expose().to_vec()).expect("text"))
}

fn sends(dialect: &str, more: &str) -> (String, String) {
    request(&profile(dialect, more).config().expect("a configuration"))
}

#[test]
fn the_examples_of_the_reference_are_read() {
    let reference = include_str!("../src/reference.md");
    let examples = reference.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("a first"));
    let mut count = 0;
    for example in examples {
        let profiles = hallpass_profile::Profiles::parse(example, "p.toml").expect("it is an example");
        assert_eq!(profiles.problems(), [], "{example}");
        count += profiles.names().count();
    }
    assert_eq!(count, 14);
}

#[test]
fn the_example_of_the_documentation_is_read() {
    let x = parse(EXAMPLE).expect("it is an example");
    assert_eq!((x.name(), x.dialect()), ("x", "password-form"));
    assert_eq!(x.token_url(), "https://platform.example.com/authorization");
    assert_eq!(x.store().expect("memory").to_string(), "memory");
    assert!(x.store_setting().is_none());
    assert!(x.api_url().is_none() && x.check_path().is_none() && x.origins().is_empty());

    let profiles = hallpass_profile::Profiles::parse(EXAMPLE, "p.toml").expect("it is an example");
    assert_eq!(profiles.names().collect::<Vec<_>>(), ["ducky", "messages", "sensors", "x"]);
    let ducky = profiles.get("ducky").expect("there");
    assert_eq!(ducky.api_url().as_deref(), Some("https://api.ducky.eco/v3/"));
    assert_eq!(ducky.check_path(), Some("ping/protected"));
    assert_eq!(ducky.origins(), ["https://api.ducky.eco"]);
    let sensors = profiles.get("sensors").expect("there").config().expect("a key in the file");
    assert_eq!(sensors.get_user_key().map(UserKey::expose), Some("k"));
}

#[test]
fn auth0_json_sends_what_the_profile_says() {
    let more = "scope = 'read'\nextra = { n = 1, f = 1.5, on = true, list = ['a'], deep = { b = 'c' } }\nheaders = { X-A = 'b' }";
    let (head, body) = sends("auth0-json", more);
    assert!(head.starts_with("https://auth.test/token\n") && head.contains("\nx-a: b"), "{head}");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let expected = serde_json::json!({
        "grant_type": "client_credentials", "client_id": "me", "client_secret": "s3cret", "audience": "api",
        "scope": "read", "n": 1, "f": 1.5, "on": true, "list": ["a"], "deep": {"b": "c"},
    });
    assert_eq!(body, expected);
}

#[test]
fn basic_form_sends_what_the_profile_says() {
    let more = "scope = 'read write'\naudience = 'a'\nresource = 'urn:r'\nextra = { tenant = 'eu' }";
    let (head, body) = sends("basic-form", more);
    assert!(head.contains("authorization: Basic bWU6czNjcmV0"), "{head}");
    for part in ["grant_type=client_credentials", "audience=a", "resource=urn%3Ar", "tenant=eu", "scope=read"] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let (head, body) = sends("basic-form", "client_auth = 'body'");
    assert!(!head.contains("authorization"), "{head}");
    assert!(body.contains("client_id=me") && body.contains("client_secret=s3cret"), "{body}");

    let odd = |encoding| text("basic-form", encoding).replace("'me'", "'m e%'");
    let header = |encoding| request(&parse(&odd(encoding)).expect("fine").config().expect("fine")).0;
    let encodings = ["", "basic_encoding = 'minimal'", "basic_encoding = 'form'", "basic_encoding = 'raw'"];
    let [default, minimal, form, raw] = encodings.map(header);
    assert_eq!(default, minimal);
    assert!(minimal.contains("bSBlJTI1OnMzY3JldA=="), "m e%25: {minimal}");
    assert!(form.contains("bSUyMGUlMjU6czNjcmV0"), "m%20e%25: {form}");
    assert!(raw.contains("bSBlJTpzM2NyZXQ="), "m e%: {raw}");
}

#[test]
fn password_form_sends_what_the_profile_says() {
    let (head, body) = sends("password-form", "");
    assert!(!head.contains("authorization") && !body.contains("grant_type") && !body.contains("client_id"), "{body}");
    assert!(body.contains("username=me") && body.contains("password=s3cret"), "{body}");
    let (head, body) = sends("password-form", "grant_type = 'password'\nscope = 's'\nclient_id = 'c'");
    assert!(body.contains("grant_type=password") && body.contains("scope=s") && body.contains("client_id=c"), "{body}");
    assert!(!head.contains("authorization"), "a client without a secret: {head}");
    let client = "client_id = 'c'\nclient_secret = 'd'\n";
    assert!(sends("password-form", client).0.contains("authorization: Basic Yzpk"));
    assert!(sends("password-form", &format!("{client}client_auth = 'body'")).1.contains("client_secret=d"));
}

#[test]
fn common_settings_reach_the_configuration() {
    let more = "api_url = 'https://api.test/v1'\norigins = ['https://b.test:444', 'https://api.test', 'http://lan.test']\n\
        allow_http = ['lan.test', '::2']\nproxy = 'http://me:pw@proxy.test:3128'\ntimeout = '1m'\ncall_timeout = '1h'\nconnect_timeout = 2.5\n\
        default_life = '2h'\nroots = 'platform'\nstore = 'memory'";
    for (dialect, _) in NEEDED {
        let profile = profile(dialect, more);
        let config = profile.config().expect("a configuration");
        let origins: Vec<_> = config.origins().iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["https://api.test", "https://b.test:444", "http://lan.test"]);
        assert_eq!(profile.origins(), origins);
        assert_eq!(config.get_api_url().map(ToString::to_string).as_deref(), Some("https://api.test/v1"));
        let proxy = config.get_proxy().expect("a proxy");
        assert_eq!(proxy.origin().to_string(), "http://proxy.test:3128");
        assert_eq!(proxy.credentials().map(|(user, password)| (user, password.expose())), Some(("me", "pw")));
        let rules = config.egress_rules();
        assert_eq!(rules.allow_http, ["lan.test", "::2"]);
        assert_eq!((rules.timeout, rules.connect_timeout), (Duration::from_mins(1), Duration::from_millis(2500)));
        assert_eq!(config.get_call_timeout(), Duration::from_hours(1));
        assert_eq!(config.get_default_life(), Some(Duration::from_hours(2)));
    }
}

#[test]
fn a_server_that_does_not_rotate_is_asked_again() {
    let held = Held { refresh_token: Some(RefreshToken::new("r")), ..Held::default() };
    for (dialect, _) in NEEDED.into_iter().filter(|(name, _)| *name != "auth0-json") {
        for (more, expected) in [
            ("", Ambiguity::Authenticate),
            ("refresh_rotates = true", Ambiguity::Authenticate),
            ("refresh_rotates = false", Ambiguity::Resend),
        ] {
            let config = profile(dialect, more).config().expect("a configuration");
            let next = config.dialect().next(&held, Goal::Token).expect("a refresh");
            assert_eq!(next.ambiguity, expected, "{dialect} {more}");
        }
    }
}

#[test]
fn ids_are_asked_for_at_once_and_secrets_only_later() {
    let from_env = text("basic-form", "").replace("'me'", "{ env = 'ID' }").replace("'SECRET'", "'UNSET'");
    let config = parse(&from_env).expect("fine").config().expect("no secret is needed");
    assert_eq!(config.dialect().key(), profile_key("env-id"));
    let missing = config.secret_source().secret(secret::CLIENT_SECRET).expect_err("not set").to_string();
    assert_eq!(
        missing,
        "the secret `client_secret` is missing: /profiles/hallpass.toml:5: profile `x`: the environment variable UNSET \
         is not set: set it, or correct its name"
    );
    let other = config.secret_source().secret(secret::PASSWORD).expect_err("no such key").to_string();
    assert!(other.ends_with("/profiles/hallpass.toml:1: profile `x`: it has no `password`"), "{other}");

    let no_id = parse(&from_env.replace("'ID'", "'NO_ID'")).expect("no mistake in the file");
    let Err(ProfileError::Invalid { problems }) = no_id.config() else { panic!("NO_ID is not set") };
    assert_eq!(problems[0].line, 4);
    assert!(problems[0].message.starts_with("`client_id`: the environment variable NO_ID is not set"));
}

fn profile_key(id: &str) -> hallpass_core::dialect::Key {
    let config = parse(&text("basic-form", "").replace("'me'", &format!("'{id}'"))).expect("fine").config();
    config.expect("a configuration").dialect().key()
}

#[test]
fn a_literal_secret_is_given_as_it_is() {
    let config = parse(&text("basic-form", "").replace("{ env = 'SECRET' }", "' s p '")).expect("fine").config();
    let secret = config.expect("a configuration").secret_source().secret(secret::CLIENT_SECRET);
    assert_eq!(secret.as_ref().map(Secret::expose), Ok(" s p "));
}

#[test]
fn settings_that_do_nothing_are_warned_of() {
    let warnings = |dialect, more| profile(dialect, more).warnings();
    let idle = warnings("basic-form", "client_auth = 'body'\nbasic_encoding = 'form'");
    assert_eq!(idle.len(), 1);
    assert!(idle[0].line == 7 && idle[0].message.starts_with("`basic_encoding` does nothing"), "{}", idle[0]);
    let idle = warnings("auth0-json", "refresh_rotates = false");
    assert!(idle[0].message.starts_with("`refresh_rotates` does nothing"), "{}", idle[0]);
    assert!(warnings("user-key", "refresh_rotates = false").is_empty());
    let idle = warnings("declared", "client_secret = { env = 'SECRET' }");
    assert_eq!(idle.len(), 1);
    assert!(idle[0].line == 11 && idle[0].message.starts_with("`client_secret` does nothing: no step"), "{}", idle[0]);
    let key = "client_id = 'c'\nprivate_key = { env = 'SECRET' }";
    assert!(warnings("declared", key)[0].message.ends_with("no step sends `client_assertion`"));
    let sent = format!("{key}\nrefresh.send.proof = {{ from = 'client_assertion' }}");
    assert!(warnings("declared", &sent).is_empty());
}

#[test]
fn one_profile_alone_is_as_among_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("given.toml");
    let write = |text: String| std::fs::write(&path, text).expect("written");
    let good = text("basic-form", "");
    let others = good.replace("[profiles.x]", "[profiles.y]") + "scoop = 'read'\n";
    for outside in ["", "profile = {}\n"] {
        write(format!("{outside}{others}\n{good}"));
        for name in ["x", "y", "xx"] {
            let alone = Profiles::find_one(Some(&path), name);
            let among = Profiles::find(Some(&path)).and_then(|profiles| profiles.get(name));
            let told = |profile: Result<Profile, ProfileError>| match profile {
                Ok(profile) => format!("{profile:?} {}", profile.path().display()),
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(told(alone), told(among), "{outside}{name}");
        }
    }
    write(format!("{good}["));
    assert!(matches!(Profiles::find_one(Some(&path), "x"), Err(ProfileError::Syntax { .. })));
}
