//! `doctor`: broken set-ups, and the cause that is named in each.

mod proofs;
mod refusals;
mod trying;
mod worlds;

use hallpass_store::Store;
use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::script::Reply;
use hallpass_testserver::tls::{Authority, Certificate, Leaf};
use rustls::version::{TLS12, TLS13};
use serde_json::Value;

use crate::world::{Home, Ran, SECRETS, profile, profiles, server};
use proofs::*;
use refusals::*;
use worlds::*;

/// A set-up; the step that shows it, the cause that is named first there, and the exit code.
type Case = (&'static str, fn() -> World, &'static str, &'static str, i32);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("no such profile",                     || (Home::new(""), Box::new(())),                   "profile", "profile", 2),
    ("the profile lacks a key",             || alone("[profiles.x]\ndialect = 'auth0-json'\n"), "profile", "profile", 2),
    ("http to a host far away",             || alone(&profile("http://auth.example", "")),      "profile", "profile", 2),
    ("a variable that is not set",          || alone(&no_variable()),                           "secret", "secret-missing", 2),
    ("a secret with a CR at its end",       || secret_file(b"canary-client-secret\r"),          "secret", "secret-line-end", 2),
    ("a secret with two line ends",         || json_secret(b"canary-client-secret\n\n"),        "reply", "secret-line-end", 3),
    ("a secret in quotes",                  || secret_file(b"\"canary-client-secret\""),        "reply", "secret-quoted", 3),
    ("nothing to refresh with",             refreshes_only,                                     "secret", "refresh-token-missing", 2),
    ("a refresh token that was lost",       lost_refresh_token,                                 "secret", "refresh-token-lost", 3),
    ("a secret to refresh with is lost",    || refreshing("{ env = 'NO_SUCH_VARIABLE' }"),      "secret", "secret-missing", 2),
    ("nobody is registered",                || four("user-key"),                                "secret", "not-registered", 2),
    ("a dead name",                         || alone(&profile("https://nobody.invalid", "")),   "dns", "dns", 5),
    ("nobody listens",                      || alone(&profile("http://127.0.0.1:1", "")),       "connect", "refused", 5),
    ("https at a plain port",               https_at_plain,                                     "tls", "not-tls", 5),
    ("http at a TLS port",                  http_at_tls,                                        "token endpoint", "no-reply", 5),
    ("a port that says nothing",            || silent("https"),                                 "tls", "tls-timeout", 5),
    ("a server that says nothing",          || silent("http"),                                  "token endpoint", "no-reply", 5),
    ("a certificate of nobody known",       || presents(&Certificate::self_signed(), None),     "tls", "certificate-untrusted", 5),
    ("an expired certificate",              || leaf(Leaf::Expired),                             "tls", "certificate-expired", 5),
    ("a certificate of tomorrow",           || leaf(Leaf::NotYetValid),                         "tls", "certificate-not-yet-valid", 5),
    ("a certificate for another name",      || leaf(Leaf::WrongName),                           "tls", "certificate-name", 5),
    ("no client certificate, TLS 1.3",      || guarded(&TLS13, None),                           "token endpoint", "client-certificate-missing", 5),
    ("no client certificate, TLS 1.2",      || guarded(&TLS12, None),                           "tls", "client-certificate-missing", 5),
    ("a strange client certificate, 1.3",   || guarded(&TLS13, Some(&Authority::new())),        "token endpoint", "client-certificate-refused", 5),
    ("a strange client certificate, 1.2",   || guarded(&TLS12, Some(&Authority::new())),        "tls", "client-certificate-refused", 5),
    ("no client certificate, and a page",   || answered(complaint()),                           "reply", "client-certificate-missing", 3),
    ("a client certificate of another",     other_clients,                                      "reply", "client-certificate-wrong", 3),
    ("a client certificate's key is lost",  no_key,                                             "profile", "profile", 2),
    ("a key that the server does not know", || signs("", |provider| provider.verify_signatures(|_, _| false)), "reply", "assertion-key", 3),
    ("an assertion for another audience",   || signs("assertion_audience = 'https://elsewhere.example'", |_| {}), "reply", "assertion-audience", 3),
    ("a client that does not sign there",   || signs("client_id = 'reports'", |_| {}),          "reply", "assertion-client", 3),
    ("an assertion that has ended there",   signed_too_early,                                   "reply", "clock", 3),
    ("a proxy that wants a password",       proxied,                         "proxy", "proxy-credentials", 5),
    ("a proxy that is none",                no_proxy,                                           "proxy", "no-proxy", 5),
    ("a wrong path",                        || path("basic-form", "/oauth/v9/token"),           "reply", "wrong-path", 3),
    ("a path that takes no POST",           || path("basic-form", "/v3/ping"),                  "reply", "wrong-path", 3),
    ("a slash too few",                     || answered(redirect("/oauth/v2/token/")),          "reply", "trailing-slash", 6),
    ("a token endpoint that moved",         || answered(redirect("/elsewhere")),                "reply", "redirect", 6),
    ("led to a login page",                 || answered(redirect("https://login.example/")),    "reply", "other-host", 6),
    ("a captive portal",                    || answered(page(200)),                             "reply", "web-page", 6),
    ("a proxy's page of error",             || answered(page(403)),                             "reply", "web-page", 3),
    ("JSON sent to a form endpoint",        || path("auth0-json", "/oauth/v2/token"),           "reply", "json-to-form", 3),
    ("a form sent to a JSON endpoint",      || path("password-form", "/oauth/token"),           "reply", "form-to-json", 3),
    ("no audience",                         || answered(says_no("the audience is missing")),    "reply", "audience-missing", 3),
    ("an audience that is not known",       || four_with("audience = 'stats'", "audience = 'x'"), "reply", "audience", 3),
    ("a scope that is not given",           || answered(refuses("invalid_scope")),              "reply", "scope", 3),
    ("a grant that is not allowed",         || answered(refuses("unauthorized_client")),        "reply", "grant-type", 3),
    ("a Basic header read in another way",  raw_server,                                         "reply", "basic-encoding", 3),
    ("a wrong password",                    || wrong("password-form", "canary-password"),       "reply", "credentials", 3),
    ("a wrong client secret",               || wrong("basic-form", "canary-client-secret"),     "reply", "credentials", 3),
    ("one in the form",                     || refused(401, "invalid_client", "", "client_auth = 'body'"), "reply", "credentials", 3),
    ("a wrong secret beside a user",        || user(401, "invalid_client", "", "client_id = 'c'\nclient_secret = 'canary-1'"), "reply", "client-credentials", 3),
    ("a wrong password beside a client",    || user(400, "invalid_grant", "", "client_id = 'c'\nclient_secret = 'canary+1'"), "reply", "credentials", 3),
    ("no grant_type, said so",              || user(400, "invalid_request", "missing required parameter(s) 'grant_type'", ""), "reply", "grant-type-missing", 3),
    ("no grant_type, by its code",          || user(400, "unsupported_grant_type", "", ""),     "reply", "grant-type-missing", 3),
    ("no grant_type, and it was not that",  || user(400, "unsupported_grant_type", "", "grant_type = 'password'"), "reply", "grant-type", 3),
    ("a grant that is not allowed, in words", || answered(says_no("requested grant type is not allowed for this client")), "reply", "grant-type", 3),
    ("a resource that is not known",        || refused(400, "invalid_target", "", "resource = 'https://a.example/'"), "reply", "resource", 3),
    ("a scope that is not given, in a code of its own", || answered(refuses("scope_invalid")),  "reply", "scope", 3),
    ("a Basic header that is badly escaped", badly_escaped,                                   "reply", "basic-encoding", 3),
    ("a client that is not known, by 401",  || refused(401, "unauthorized_client", "Invalid client or Invalid client credentials", ""), "reply", "credentials", 3),
    ("a grant that is not allowed, by 401", || refused(401, "unauthorized_client", "grant type not allowed", ""), "reply", "grant-type", 3),
    ("a client that is not known, by 200",  || refused(200, "incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.", ""), "reply", "credentials", 3),
    ("an id that is not known",             || refused(400, "invalid_client_id", "client identifier invalid", ""), "reply", "credentials", 3),
    ("a secret that is bad",                || refused(200, "bad_client_secret", "", ""),       "reply", "credentials", 3),
    ("an id that is not known, in words",   || answered(Reply::json(400, r#"{"status":"BAD_CLIENT_ID","message":"missing or unknown client id"}"#)), "reply", "credentials", 3),
    ("an application that is not known",    || refused(400, "application_cannot_be_found", "", ""), "reply", "credentials", 3),
    ("one that is not in the directory",    || refused(400, "unauthorized_client", "Application with identifier 'x' was not found in the directory", ""), "reply", "credentials", 3),
    ("an id that did not arrive",           || refused(400, "bad_request", "client_id is required", ""), "reply", "form-to-json", 3),
    ("a grant that is not allowed, in JSON", || auth0(403, "unauthorized_client", "Grant type 'client_credentials' not allowed for the client."), "reply", "grant-type", 3),
    ("one that a platform does not allow",  || auth0(403, "unauthorized_client", "not allowed on this platform"), "reply", "grant-type", 3),
    ("a token in a word of its own",        || typed("BearerToken"),                            "reply", "token-type", 6),
    ("a token that wants a proof",          || typed("DPoP"),                                   "reply", "token-proof", 6),
    ("a token whose type is not looked at", || untyped("Application Access Token"),             "api", "no-check-path", 0),
    ("something wrong in the request",      || answered(says_no("look again")),                 "reply", "request", 3),
    ("an unknown public client",            unproven,                                           "reply", "client-unproven", 3),
    ("a key of a grant that is not known",  || bears("no such key"),                            "reply", "assertion-key", 3),
    ("a grant for another audience",        || bears("Invalid claim: 'aud'"),                   "reply", "assertion-audience", 3),
    ("a grant about somebody unknown",      || bears("unknown subject"),                        "reply", "assertion-subject", 3),
    ("a token that cannot be exchanged",    exchanges,                                          "reply", "subject-token", 3),
    ("a scope that is given in part",       narrowed,                                           "reply", "scope-narrowed", 0),
    ("a page of a server in trouble",       || answered(page(503)),                             "reply", "server-trouble", 5),
    ("too many logins",                     || answered(Reply::new(429).header("retry-after", "9")), "reply", "rate-limit", 5),
    ("too many logins, as a refusal",       || answered(Reply::json(400, "{\"error\":\"slow_down\"}")), "reply", "rate-limit", 5),
    ("an ID token alone",                   || answered(Reply::json(200, "{\"id_token\":\"x\"}")), "reply", "no-token", 6),
    ("a server in trouble",                 || answered(Reply::json(503, "{}")),                "reply", "server-trouble", 5),
    ("JSON without a token",                || answered(Reply::json(200, "{\"ok\":true}")),     "reply", "no-token", 6),
    ("a reply cut short",                   || answered(Reply::json(200, "{\"access_to")),      "reply", "cut-reply", 6),
    ("nobody says how long it lives",       || calls(&Reply::new(204), "y"),                    "reply", "no-life", 0),
    ("a clock that is an hour behind",      clock_behind,                                       "clock", "clock", 0),
    ("nothing to call",                     || with_server(|origin| profile(origin, "")),       "api", "no-check-path", 0),
    ("the API refuses the token",           || calls(&Reply::new(401), "y"),                    "api", "api-refuses-token", 3),
    ("the API forbids it",                  || calls(&Reply::new(403), "y"),                    "api", "api-forbids", 4),
    ("the API knows no such path",          || calls(&Reply::new(404), "y"),                    "api", "api-path", 6),
    ("the API wants a slash",               || calls(&Reply::redirect(301, "/y/"), "y"),        "api", "trailing-slash", 6),
    ("the API leads to a login page",       || calls(&Reply::redirect(302, "/login"), "y"),     "api", "api-redirect", 6),
    ("the API leads to another origin",     || calls(&Reply::redirect(307, "https://a.example/y"), "y"), "api", "unlisted-origin", 6),
    ("the API answers with a page",         || calls(&Reply::new(200).header("content-type", "Text/HTML").body("<html>"), "y"), "api", "web-page", 0),
    ("the API is busy",                     || calls(&Reply::new(429), "y"),                    "api", "rate-limit", 5),
    ("a store of other keys",               sealed,                                             "store", "store-sealed", 7),
    ("a store that is no folder",           no_folder,                                          "store", "store-folder", 7),
    ("a login under way",                   locked,                                             "store", "store-locked", 0),
    ("credentials that are left alone",     latched,                                            "store", "latched", 3),
];

const STEPS: [&str; 10] =
    ["profile", "store", "secret", "dns", "connect", "tls", "token endpoint", "reply", "clock", "api"];

#[test]
fn the_right_cause_is_named_in_each_set_up() {
    let mut wrong = Vec::new();
    for (what, world, step, cause, exit) in CASES {
        let (home, _alive) = world();
        let json = doctor(&home, &["doctor", "x", "--format", "json"]);
        json.hides(&SECRETS);
        let report: Value = serde_json::from_str(&json.out).unwrap_or_else(|error| panic!("{what}: {error}: {json:?}"));
        let steps = report["steps"].as_array().expect("steps");
        let told: Vec<_> = steps.iter().map(|step| &step["step"]).filter(|step| **step != "proxy").collect();
        assert_eq!(told, STEPS, "{what}");
        let found = steps.iter().find(|found| found["step"] == *step);
        let first = found.and_then(|found| found["causes"][0]["id"].as_str());
        if (first, json.code) != (Some(*cause), *exit) {
            wrong.push(format!("{what}: {first:?}, exit code {}\n{}", json.code, json.out));
        }
        assert!(report["logins"].as_u64() < Some(2), "{what}: one login at most");
        let mut advice = found.and_then(|found| found["causes"].as_array()).into_iter().flatten();
        let open = |cause: &&Value| cause["remedy"].as_str().is_none_or(|text| text.matches('`').count() % 2 == 1);
        if let Some(cause) = advice.find(open) {
            wrong.push(format!("{what}: a backtick is left open: {cause}"));
        }
        let text = doctor(&home, &["doctor", "x"]);
        text.hides(&SECRETS);
        if text.code != *exit || !text.out.contains(&format!("[{cause}]")) {
            wrong.push(format!("{what}: exit code {}\n{}", text.code, text.out));
        }
    }
    assert!(wrong.is_empty(), "of {} set-ups {} are wrong:\n{}", CASES.len(), wrong.len(), wrong.join("\n"));
}

/// A name service that loses a question has no answer before the time for a connection is over.
fn doctor(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.command(args);
    command.env("RES_OPTIONS", "timeout:1 attempts:1");
    Ran::of(command.output().expect("the binary runs"))
}

/// Each key that is lacking stands in backticks of its own.
#[test]
fn what_a_check_needs_is_named_key_by_key() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["doctor", "x"]);
    assert!(ran.out.contains("add `api_url = \"https://…/\"` and `check_path = \"…\"`\n"), "{}", ran.out);
}

/// Where no client can be made, what follows was not tried: no row is left out.
#[test]
fn a_step_that_ends_it_all_leaves_every_other_row_in_its_place() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), "roots = 'platform'"));
    let mut command = home.command(&["doctor", "x", "--format", "json"]);
    command.env("SSL_CERT_FILE", home.path("nothing")).env("SSL_CERT_DIR", home.path("nothing"));
    let report: Value = serde_json::from_slice(&command.output().expect("it runs").stdout).expect("a report");
    let row = |step: &Value| format!("{} {}", step["step"], step["state"]).replace('"', "");
    let rows: Vec<_> = report["steps"].as_array().expect("steps").iter().map(row).collect();
    assert_eq!(rows[6..], ["token endpoint failed", "reply skipped", "clock skipped", "api skipped"], "{rows:?}");
}

/// Every step is fine, nothing is kept or spent, and one login was sent.
#[test]
fn a_sound_profile_is_fine_and_nothing_changes() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    private(&home);
    home.run(&["token", "basic-form"]).fine();
    let before = home.store().peek(&home.key("basic-form")).expect("it works").expect("it is kept");
    let logins = || server.with_provider(|provider| provider.token_requests(Endpoint::BasicForm));
    let sent = logins();
    let ran = home.run(&["doctor", "basic-form"]).fine();
    for step in STEPS {
        assert!(ran.out.contains(&format!("ok    {step} ")), "{step}: {}", ran.out);
    }
    assert!(ran.out.starts_with("basic-form: fine\n"), "{}", ran.out);
    assert_eq!(logins() - sent, 1);
    assert_eq!(server.with_provider(|provider| provider.all_presented().count()), 0, "no refresh token is spent");
    let after = home.store().peek(&home.key("basic-form")).expect("it works").expect("it is kept");
    assert_eq!(before.record, after.record);
}

/// A login that does nothing but refresh is sound as long as it has something to refresh with, which is not tried.
#[test]
fn a_refresh_token_that_is_held_is_told_and_not_spent() {
    let (home, _server) = refreshing("'canary-client-secret'");
    private(&home);
    let ran = home.run(&["doctor", "x"]).fine();
    let told = "ok    secret          client_secret at hand; a refresh token is held, and is not tried";
    assert!(
        ran.out.starts_with("x: nothing is wrong, as far as can be seen without a login\n") && ran.out.contains(told),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("No login was sent"), "{}", ran.out);
    ran.hides(&[&SECRETS[..], &["canary-refresh-1"]].concat());
    let none = refreshes_only().0.run(&["doctor", "x"]);
    assert!(none.out.contains("`hallpass import x`"), "{}", none.out);
}

/// A type of the server's own is no obstacle: the profile that is advised has the token.
#[test]
fn a_type_that_is_not_looked_at_is_a_bearer_tokens() {
    let ran = typed("Application Access Token").0.run(&["doctor", "x"]);
    assert!(ran.out.contains("`dialect = \"declared\"`) with `reply = { token_type = \"/none\" }`"), "{}", ran.out);
    for kind in ["BearerToken", "jwt-bearer", "Application Access Token"] {
        assert_eq!(untyped(kind).0.run(&["token", "x"]).fine().out, "canary-token\n", "{kind}");
        assert_eq!(typed(kind).0.run(&["token", "x"]).code, 6, "{kind}");
    }
}

/// What is known of who asks decides which causes are named at all.
#[test]
fn no_cause_is_named_that_cannot_be() {
    let signed = || signs("", |provider| provider.verify_signatures(|_, _| false));
    let beside = || user(400, "invalid_grant", "", "client_id = 'c'\nclient_secret = 'canary+1'");
    for (world, args, never) in [
        (signed(), &["doctor", "x"][..], &["credentials", "client-auth"][..]),
        (signed(), &["doctor", "x", "--try"], &["credentials", "client-auth"]),
        (bears("no such key"), &["doctor", "x"], &["credentials", "client-auth"]),
        (beside(), &["doctor", "x"], &["client-auth", "basic-encoding"]),
        (answered(says_no("look again")), &["doctor", "x"], &["form-to-json", "json-to-form"]),
    ] {
        let ran = world.0.run(args);
        assert!(never.iter().all(|id| !ran.out.contains(&format!("[{id}]"))), "{args:?}: {}", ran.out);
        assert!(!ran.err.contains("?. "), "{}", ran.err);
    }
}

#[cfg(unix)]
fn private(home: &Home) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(home.path("hallpass.toml"), mode).expect("it is ours");
}

#[cfg(not(unix))]
fn private(_: &Home) {}

#[test]
fn forget_alone_removes_no_record_of_another_key() {
    for ((home, _alive), name, options) in
        [(sealed(), "x", "--force"), (sealed_registration(), "user-key", "--force --user-key")]
    {
        let ran = home.run(&["doctor", name]);
        assert!(ran.out.contains(&format!("or `hallpass forget {options}` it")), "{ran:?}");
    }
}

/// The token endpoint has answered by then.
#[test]
fn a_page_of_the_api_is_not_laid_to_the_token_endpoint() {
    let page = Reply::new(200).header("content-type", "text/html").body("<html>");
    let ran = calls(&page, "y").0.run(&["doctor", "x"]);
    assert!(ran.out.contains("but no answer of the API [web-page]"), "{ran:?}");
    let ran = answered(self::page(200)).0.run(&["doctor", "x"]);
    assert!(ran.out.contains("but no token endpoint [web-page]"), "{ran:?}");
}

#[test]
fn a_redirect_to_another_port_is_told_as_one() {
    let (home, _alive) = answered(redirect("http://127.0.0.1:1/oauth/v2/token"));
    let ran = home.run(&["doctor", "x"]);
    assert!(ran.out.contains("another scheme or port of the same host"), "{ran:?}");
}
