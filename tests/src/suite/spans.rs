//! A flight is a span, and each of its HTTP exchanges one in it, by OpenTelemetry's names; none shows a secret
//! (invariant 8).

use std::thread;
use std::time::Duration;

use hallpass_client::Config;
use hallpass_core::lifecycle::Policy;
use hallpass_core::{Misuse, Secret};
use hallpass_testkit::canary::Canaries;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::{Nobody, TestServer};
use http::Request;

use super::{PATIENCE, TOKEN, basic_form, demo, dialect, holding, holding_a_token_near_its_end, secrets, user_key};
use crate::driver::{Async, Driver, RUNTIME};
use crate::trace::{Caller, Seen, children, heard};

/// Every field, and nothing for a token that is in hand.
pub fn a_login_is_two_and_a_fresh_token_none<D: Driver>() {
    let server = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
    let config = basic_form::<D>(&server.url("/oauth/v2/token?tenant=canary-77"));
    let key = config.dialect().key();
    let client = D::new(config.api_url(&server.origin()).expect("loopback")).expect("a client");
    let caller = Caller::new();
    for _ in 0..3 {
        authorize(&client, &server.origin(), &caller);
    }
    let [flight] = &caller.children(1)[..] else { panic!("{}: a fresh token has a span", D::NAME) };
    assert_eq!(flight.name, "hallpass.flight");
    let name = key.digest()[..8].iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    let of_flight = [
        ("hallpass.ahead", "false"),
        ("hallpass.dialect", key.dialect()),
        ("hallpass.key", &name),
        ("hallpass.outcome", "ok"),
    ];
    assert!(flight.fields.iter().map(|(name, value)| (*name, value.as_str())).eq(of_flight), "{flight:#?}");

    let [exchange] = &children(flight, 1)[..] else { panic!("{}: one request", D::NAME) };
    assert_eq!(exchange.name, "hallpass.exchange");
    let (port, url) = (server.address().port().to_string(), server.url("/oauth/v2/token"));
    let of_exchange = [
        ("hallpass.exchange.kind", "authenticate"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("otel.kind", "client"),
        ("otel.name", "POST"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("url.full", &url),
        ("url.path", "/oauth/v2/token"),
        ("url.scheme", "http"),
    ];
    assert!(exchange.fields.iter().map(|(name, value)| (*name, value.as_str())).eq(of_exchange), "{exchange:#?}");
    let canaries = Canaries::new(["canary-77", "demo-secret", "\"tok\""]);
    canaries.assert_unseen("a span", &format!("{flight:?} {exchange:?}"));

    // RFC 3339, whoever listens.
    let heard = heard();
    let mut ends = heard.lines().filter_map(|line| line.split_once(" expires_at=")?.1.split(' ').next()).peekable();
    assert!(ends.peek().is_some(), "{heard}");
    assert!(ends.all(|end| end.len() == 20 && end.contains('T') && end.ends_with('Z')), "{heard}");
}

/// Also what is asked where blocking is allowed.
pub fn whatever_is_asked_on_the_way_is_in_it<D: Driver>() {
    let server = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
    let source = |name: &str| -> Result<Secret, Misuse> {
        let _asked = tracing::info_span!("asked").entered();
        Ok(Secret::new(name))
    };
    let client = D::new(Config::new(dialect::<D>(demo(&server.url("/token"))), source)).expect("a client");
    let caller = Caller::new();
    caller.does(|| client.token()).expect("a token");
    let names: Vec<_> = children(&caller.children(1)[0], 2).iter().map(|span| span.name).collect();
    assert_eq!(names, ["asked", "hallpass.exchange"], "{}", D::NAME);
}

/// A refresh whose answer is lost, then an authentication that a busy server has sent again.
pub fn each_try_is_told_apart<D: Driver>() {
    let server = ScriptServer::builder()
        .connection(vec![Act::Read, Act::Reset])
        .connection(answers([Reply::json(503, "{}")]))
        .every(answers([Reply::json(200, TOKEN)]))
        .start()
        .expect("a server");
    let dialect = user_key::<D>(&server.origin());
    let store = holding(&dialect);
    let policy = Policy { backoff_base: Duration::from_millis(1), ..Policy::default() };
    let config = Config::new(dialect, secrets()).store(store).timeout(PATIENCE).policy(policy);
    let caller = Caller::new();
    caller.does(|| D::build(config).expect("a client").token()).expect("a token in the end");
    let flight = &caller.children(1)[0];
    let tries = children(flight, 3);
    let told: Vec<_> = tries.iter().map(tried).collect();
    let expected = [
        ["refresh", "", "", "maybe_sent", "ERROR"],
        ["authenticate", "", "503", "503", "ERROR"],
        ["authenticate", "1", "200", "", ""],
    ];
    assert_eq!(told, expected, "{}", D::NAME);
    assert_eq!(outcome(flight), ["ok", "", ""], "{}", D::NAME);
}

/// A server that says no, and one that is not there.
pub fn a_failure_is_an_error<D: Driver>() {
    let refuses = ScriptServer::start(answers([Reply::json(401, r#"{"error":"invalid_client"}"#)])).expect("a server");
    let nobody = Nobody::bind().expect("a port");
    let gone = nobody.origin();
    for (origin, outcome_is, tried_is) in [
        (refuses.origin(), ["refused", "refused", "ERROR"], ["authenticate", "", "401", "401", "ERROR"]),
        (gone, ["unreachable", "unreachable", "ERROR"], ["authenticate", "", "", "not_sent", "ERROR"]),
    ] {
        let caller = Caller::new();
        let client = D::new(basic_form::<D>(&format!("{origin}/token"))).expect("a client");
        caller.does(|| client.token()).expect_err("no token");
        let flight = &caller.children(1)[0];
        assert_eq!(outcome(flight), outcome_is, "{}", D::NAME);
        assert_eq!(tried(&children(flight, 1)[0]), tried_is, "{}", D::NAME);
    }
}

/// It goes on when the caller is done, so that it is no part of what the caller does.
pub fn a_renewal_behind_a_caller_follows_it<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let config = basic_form::<D>(&server.url("/oauth/v2/token"));
    let store = holding_a_token_near_its_end(config.dialect());
    let client = D::new(config.store(store).api_url(&server.origin()).expect("loopback")).expect("a client");
    let (finds, renews) = (Caller::new(), Caller::new());
    authorize(&client, &server.origin(), &finds);
    authorize(&client, &server.origin(), &renews);
    assert_eq!(outcome(&finds.children(1)[0]), ["ok", "", ""], "{}", D::NAME);
    let flight = &renews.followers(1)[0];
    assert_eq!(flight.field("hallpass.ahead"), "true", "{}", D::NAME);
    assert_eq!(tried(&children(flight, 1)[0]), ["authenticate", "", "200", "", ""], "{}", D::NAME);
    renews.children(0);
}

/// The wait of a caller for somebody else's login is in the trace of that caller.
pub fn a_caller_who_waits_follows_the_flight<D: Driver>() {
    let server = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    let client = D::new(basic_form::<D>(&server.url("/token"))).expect("a client");
    let (leads, waits) = (Caller::new(), Caller::new());
    let _nobody = thread::scope(|scope| {
        scope.spawn(|| leads.does(|| client.token()).expect_err("the server hangs up"));
        assert!(server.wait_for(1, PATIENCE), "nothing is sent");
        scope.spawn(|| waits.does(|| client.token()).expect_err("the server hangs up"));
        assert!(waits.follows().is_some(), "{}: nothing tells what it waits for", D::NAME);
        server.stop().expect("its port is kept")
    });
    assert!(waits.waits_for(&leads.children(1)[0]), "{}", D::NAME);
    waits.children(0);
}

/// It is no flight: its exchange belongs to the caller.
pub fn a_registration_is_one<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let client = D::new(Config::new(user_key::<D>(&server.origin()), secrets())).expect("a client");
    let caller = Caller::new();
    caller.does(|| client.register()).expect("a registration");
    assert_eq!(tried(&caller.children(1)[0])[0], "register", "{}", D::NAME);
}

/// A runtime that ends takes its flights with it: what was under way says so.
pub fn what_ends_with_its_runtime_is_cancelled() {
    let server = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    let client = Async::new(basic_form::<Async>(&server.url("/token"))).expect("a client").0;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("the machine can start a thread");
    let caller = Caller::new();
    let flying = caller.does(|| {
        let span = tracing::Span::current();
        let login = tracing::Instrument::instrument(async move { client.token().await }, span);
        runtime.spawn(login)
    });
    assert!(server.wait_for(1, PATIENCE), "nothing is sent");
    drop(runtime);
    assert!(RUNTIME.block_on(flying).is_err(), "nobody answered");
    let flight = &caller.children(1)[0];
    assert_eq!(outcome(flight), ["abandoned", "", ""]);
    assert_eq!(tried(&children(flight, 1)[0]), ["authenticate", "", "", "cancelled", "ERROR"]);
}

/// A call to an API of its own.
fn authorize<D: Driver>(client: &D, origin: &str, caller: &Caller) {
    let mut request = Request::get(origin).body(()).expect("a request");
    caller.does(|| client.authorize(&mut request)).expect("a token");
}

/// Kind, resends, status, error and what OpenTelemetry is told of it.
fn tried(exchange: &Seen) -> [&str; 5] {
    [
        "hallpass.exchange.kind",
        "http.request.resend_count",
        "http.response.status_code",
        "error.type",
        "otel.status_code",
    ]
    .map(|name| exchange.field(name))
}

fn outcome(flight: &Seen) -> [&str; 3] {
    ["hallpass.outcome", "error.type", "otel.status_code"].map(|name| flight.field(name))
}
