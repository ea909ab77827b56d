//! What each exchange of each dialect puts on the wire, compared by meaning: decoded members, not bytes.

use hallpass_core::dialect::{Auth0Json, BasicForm, ClientAuth, Dialect, Exchange, Held};
use hallpass_core::wire::basic::BasicEncoding;
use hallpass_core::{Request, Secrets, secret};

use crate::world::{World, basic_form, held, password_form, start, url, user_key};

/// A password that every format must escape somewhere.
const AWKWARD: &str = "p&ss w=rd%20+é\"\\/\n-long";

/// The one request of a login, made for a server that knows what it was told.
fn request(dialect: &dyn Dialect, held: Held, secrets: Secrets) -> Request {
    let mut run = World::new(dialect).holding(held).knowing(secrets).answered(429, &[], "");
    assert_eq!(run.requests.len(), 1);
    run.requests.remove(0)
}

/// Asserts everything but the body, which every dialect has in common, and returns that body.
#[track_caller]
fn body<'r>(request: &'r Request, to: &str, content_type: &str, authorization: Option<&str>) -> &'r [u8] {
    assert_eq!(request.method, "POST");
    assert_eq!(request.endpoint.to_url(), to);
    let header = |name: &str| request.headers.get(name).map(|value| value.to_str().expect("ASCII"));
    assert_eq!(header("content-type"), Some(content_type));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("accept-encoding"), Some("identity"));
    assert_eq!(header("authorization"), authorization);
    request.body.expose()
}

#[track_caller]
fn assert_json(request: &Request, to: &str, members: &serde_json::Value) {
    let body: serde_json::Value =
        serde_json::from_slice(body(request, to, "application/json", None)).expect("a JSON body");
    assert_eq!(&body, members);
}

#[track_caller]
fn assert_form(request: &Request, to: &str, authorization: Option<&str>, pairs: &[(&str, &str)]) {
    let body = body(request, to, "application/x-www-form-urlencoded", authorization);
    let read: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let expected: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(read, expected);
}

/// A password in its place would be another exchange than the one that is to be judged.
#[test]
fn a_refresh_sends_a_refresh_token_or_nothing() {
    let dialects: [&dyn Dialect; 3] = [&basic_form(), &password_form(), &user_key()];
    let secrets = Secrets::one(secret::CLIENT_SECRET, "c").with(secret::PASSWORD, "p").with(secret::USER_SECRET, "u");
    for dialect in dialects {
        let made = dialect.request(Exchange::refresh(), &held("K", ""), &secrets, start());
        let missing = made.expect_err("no refresh token is held").to_string();
        assert!(missing.starts_with("the secret `refresh_token` is missing"), "{:?}: {missing}", dialect.key());
    }
}

#[test]
fn rule_04_auth0_json_authenticates_with_four_members() {
    let dialect = Auth0Json::new(url("https://ducky-prod.eu.auth0.com/oauth/token"), "s6BhdRkqt3", "ducky-api-prod");
    let secrets = Secrets::one(secret::CLIENT_SECRET, AWKWARD);
    let mut members = serde_json::json!({
        "client_id": "s6BhdRkqt3",
        "client_secret": AWKWARD,
        "audience": "ducky-api-prod",
        "grant_type": "client_credentials",
    });
    let to = "https://ducky-prod.eu.auth0.com/oauth/token";
    assert_json(&request(&dialect, Held::default(), secrets.clone()), to, &members);

    members["scope"] = "read".into();
    members["tenant"] = serde_json::json!({"nested": [1, null]});
    let dialect = dialect.scope("read").extra("tenant", members["tenant"].clone()).expect("a free name");
    assert_json(&request(&dialect, held("", "ignored"), secrets), to, &members);
}

#[test]
fn rule_04_basic_form_authenticates_by_header() {
    let dialect = BasicForm::new(url("https://auth.example/oauth/v2/token"), "s6BhdRkqt3");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "gX1fBat3bV");
    let basic = Some("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
    let to = "https://auth.example/oauth/v2/token";
    let plain = request(&dialect, Held::default(), secrets.clone());
    assert_form(&plain, to, basic, &[("grant_type", "client_credentials")]);

    let full = dialect
        .scope("read write")
        .audience("a&b")
        .resource("https://api.example/v1")
        .expect("absolute")
        .extra("tenant", "é u")
        .expect("a free name")
        .header("x-trace", "1")
        .expect("a free header");
    let made = request(&full, Held::default(), secrets.clone());
    let shared = [("audience", "a&b"), ("resource", "https://api.example/v1"), ("tenant", "é u")];
    let head = [("grant_type", "client_credentials"), ("scope", "read write")];
    assert_form(&made, to, basic, &[&head[..], &shared[..]].concat());
    assert_eq!(made.headers["x-trace"], "1");
    assert!(made.headers["x-trace"].is_sensitive() && made.headers["authorization"].is_sensitive());

    let made = request(&full, held("", "R+1"), secrets);
    let head = [("grant_type", "refresh_token"), ("refresh_token", "R+1")];
    assert_form(&made, to, basic, &[&head[..], &shared[..]].concat());
}

/// One way of client authentication a request: never a header and a secret in the body.
#[test]
fn rule_01_the_client_proves_itself_in_one_way() {
    let to = "https://auth.example/token";
    let secrets = || Secrets::one(secret::CLIENT_SECRET, "a%b").with(secret::CLIENT_ASSERTION, "h.p.s");
    let made = |auth| request(&basic_form().client_auth(auth), Held::default(), secrets());
    let grant = ("grant_type", "client_credentials");
    let escaped = Some("Basic Y2xpZW50OmElMjVi");
    assert_form(&made(ClientAuth::Basic(BasicEncoding::Minimal)), to, escaped, &[grant]);
    assert_form(&made(ClientAuth::Basic(BasicEncoding::Form)), to, escaped, &[grant]);
    assert_form(&made(ClientAuth::Basic(BasicEncoding::Raw)), to, Some("Basic Y2xpZW50OmElYg=="), &[grant]);
    assert_form(&made(ClientAuth::Body), to, None, &[grant, ("client_id", "client"), ("client_secret", "a%b")]);
    for auth in [ClientAuth::Public, ClientAuth::Tls] {
        assert_form(&made(auth), to, None, &[grant, ("client_id", "client")]);
    }
    let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let assertion = [grant, ("client_id", "client"), kind, ("client_assertion", "h.p.s")];
    assert_form(&made(ClientAuth::Assertion), to, None, &assertion);
}

#[test]
fn rule_01_nothing_added_can_authenticate_a_second_time() {
    let ours = ["client_id", "client_secret", "grant_type", "scope", "audience", "resource", "refresh_token"];
    for name in ours.into_iter().chain(["client_assertion", "client_assertion_type"]) {
        assert!(basic_form().extra(name, "x").is_err(), "{name}");
    }
    let auth0 = Auth0Json::new(url("https://auth.example/token"), "c", "a");
    for name in ["client_id", "client_secret", "grant_type", "scope", "audience"] {
        assert!(auth0.clone().extra(name, "x").is_err(), "{name}");
    }
    for name in ["authorization", "Authorization", "host", "Content-Length", "transfer-encoding", "content-type"] {
        assert!(basic_form().header(name, "x").is_err(), "{name}");
        assert!(password_form().header(name, "x").is_err(), "{name}");
        assert!(user_key().header(name, "x").is_err(), "{name}");
        assert!(auth0.clone().header(name, "x").is_err(), "{name}");
    }
}

#[test]
fn rule_21_user_key_registers_authenticates_and_refreshes_in_json() {
    let dialect = user_key();
    let secrets = || Secrets::one(secret::USER_SECRET, AWKWARD);
    let run = World::new(&dialect).registering().knowing(secrets()).answered(503, &[], "");
    let members = serde_json::json!({"user_id": "alice", "user_secret": AWKWARD});
    assert_json(&run.requests[0], "https://sensors.example/register", &members);

    let made = request(&dialect, held("uk-3", ""), secrets());
    let members = serde_json::json!({"user_key": "uk-3", "user_secret": AWKWARD});
    assert_json(&made, "https://sensors.example/authenticate", &members);

    let made = request(&dialect, held("uk-3", "R1"), Secrets::new());
    assert_json(&made, "https://sensors.example/refresh", &serde_json::json!({"refresh_token": "R1"}));
}

#[test]
fn rule_05_password_form_sends_the_password_only_to_authenticate() {
    let to = "https://auth.example/authorization";
    let secrets = || Secrets::one(secret::PASSWORD, AWKWARD).with(secret::CLIENT_SECRET, "c");
    let user = [("username", "me@example.com"), ("password", AWKWARD)];
    assert_form(&request(&password_form(), Held::default(), secrets()), to, None, &user);

    let full = password_form().grant_type("password").scope("read").client("app", ClientAuth::Body);
    let more = [("grant_type", "password"), ("scope", "read"), ("client_id", "app"), ("client_secret", "c")];
    assert_form(&request(&full, Held::default(), secrets()), to, None, &[&user[..], &more[..]].concat());

    let public = password_form().client("public-client", ClientAuth::Public);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "R1")];
    let made = request(&public, held("", "R1"), secrets());
    assert_form(&made, to, None, &[&refresh[..], &[("client_id", "public-client")]].concat());

    let basic = password_form().client("app", ClientAuth::default());
    assert_form(&request(&basic, held("", "R1"), secrets()), to, Some("Basic YXBwOmM="), &refresh);
}

/// The query of a configured URL stays, and no credential is ever put there.
#[test]
fn rule_04_no_credential_reaches_the_url() {
    let dialect = BasicForm::new(url("https://auth.example/token?tenant=a"), "client").client_auth(ClientAuth::Body);
    let made = request(&dialect, held("", "R1"), Secrets::one(secret::CLIENT_SECRET, "s3cret"));
    assert_eq!(made.endpoint.to_url(), "https://auth.example/token?tenant=a");
    assert!(made.headers.get("authorization").is_none());
}

#[test]
fn rule_04_no_parameter_goes_out_twice() {
    assert!(basic_form().extra("x", "1").expect("free").extra("x", "2").is_err());
    assert!(password_form().header("x-a", "1").expect("free").header("X-A", "2").is_err());
}
