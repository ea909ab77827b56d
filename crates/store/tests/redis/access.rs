//! Who may in, and who is trusted.

use hallpass_core::Secret;
use hallpass_store::{Redis, Store, StoreError, conformance};
use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::relay::Relay;
use hallpass_testserver::tls::{Authority, Leaf};

use super::{at, gain, keep, kept, key, shows_nothing};

const PASSWORD: &str = "canary pass/word:@%é";
const ESCAPED: &str = "canary%20pass%2Fword%3A%40%25%C3%A9";

fn refused(store: &Redis) -> StoreError {
    let error = store.peek(&key()).expect_err("it is refused");
    shows_nothing(&error);
    shows_nothing(store);
    error
}

fn start(builder: hallpass_testserver::redis::Builder) -> RedisServer {
    builder.start().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_password_is_taken_from_the_url_or_from_elsewhere() {
    let server = start(RedisServer::builder().setting("requirepass", &format!("\"{PASSWORD}\"")));
    let url = format!("redis://:{ESCAPED}@{}", server.address());
    keep(&Redis::new(&url).expect("a URL"), &gain(1));
    assert_eq!(kept(&at(&server).password(Secret::from(PASSWORD))), Some(gain(1)));

    assert!(refused(&at(&server)).why.contains("NOAUTH"));
    assert!(refused(&at(&server).password(Secret::from("canary-wrong"))).why.contains("WRONGPASS"));
    let wrong = Redis::new(&format!("redis://canary-user:canary-wrong@{}", server.address())).expect("a URL");
    assert_eq!(format!("{wrong:?}"), format!("Redis(redis://{}/0, hallpass:*)", server.address()));
    assert!(refused(&wrong).why.contains("the user or the password is wrong"));
}

#[test]
fn a_password_that_nobody_asked_for_is_refused() {
    let server = super::server();
    let error = refused(&at(&server).password(Secret::from("canary-password")));
    assert!(error.why.contains("it has no password for its default user"), "{error}");
}

/// Without a word the server would take the caller for its default user.
#[test]
fn a_user_without_a_password_is_an_error_that_says_what_to_do() {
    let server = super::server();
    let by_url = |rest: &str| Redis::new(&format!("redis://canary-user{rest}@{}", server.address())).expect("a URL");
    for store in [by_url(""), by_url(":"), at(&server).user("canary-user")] {
        let error = refused(&store);
        assert!(error.why.contains("give one in the URL or with `password`"), "{error}");
        store.try_lock(&key(), super::LEASE).map(drop).expect_err("it would be another user's");
    }
    let error = refused(&by_url("").password(Secret::from("canary-wrong")));
    assert!(error.why.contains("WRONGPASS"), "the server was asked: {error}");
}

/// What the documentation names is enough.
#[test]
fn a_user_needs_what_the_documentation_says() {
    let commands = "+eval +evalsha +time +type +get +set +del +rename";
    let user = |name: &str, rights: &str| format!("{name} on >canary-pass {rights}");
    let server = start(
        RedisServer::builder()
            .setting("user", &user("hall", &format!("~hallpass:* {commands}")))
            .setting("user", &user("reader", "~hallpass:* +eval +evalsha +time +type +get"))
            .setting("user", &user("stranger", "~other:* +@all")),
    );
    let login = |user: &str| at(&server).user(user).password(Secret::from("canary-pass"));
    conformance::check(|| login("hall"));

    let reader = login("reader");
    reader.peek(&key()).expect("it may read");
    let error = reader.try_lock(&key(), super::LEASE).map(drop).expect_err("it may not write");
    assert!(error.why.contains("NOPERM"), "{error}");
    assert!(refused(&login("stranger")).why.contains("NOPERM"));
    assert!(refused(&login("nobody")).why.contains("WRONGPASS"));
}

#[test]
fn databases_are_apart() {
    let server = super::server();
    let database = |n: u32| Redis::new(&format!("{}/{n}", server.url())).expect("a URL");
    keep(&database(0), &gain(1));
    keep(&database(5), &gain(2));
    assert_eq!((kept(&database(0)), kept(&database(5))), (Some(gain(1)), Some(gain(2))));
    assert_eq!(kept(&database(6)), None);
    assert!(refused(&database(99)).why.contains("no such database"));
}

#[test]
fn tls_is_trusted_only_where_it_is_proven() {
    let authority = Authority::new();
    let server = start(RedisServer::builder().tls(authority.issue(Leaf::Good)));
    let trusting = || at(&server).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    conformance::check(trusting);
    let relay = Relay::to(server.address()).expect("a relay");
    let store = Redis::new(&format!("rediss://{}", relay.address())).expect("a URL");
    let store = store.ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    for revision in 1..5 {
        keep(&store, &gain(revision));
    }
    assert_eq!(relay.connections(), 1, "what TLS says beside the replies is not taken for an end");
    let localhost = format!("rediss://localhost:{}", server.address().port());
    let by_name = Redis::new(&localhost).expect("a URL").ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    assert_eq!(kept(&by_name), Some(gain(4)));

    let error = refused(&at(&server)).why;
    assert!(error.contains("`ca_file`") && error.contains("`Redis::ca_pem`"), "nobody vouches for it: {error}");
    let plain = Redis::new(&format!("redis://{}", server.address())).expect("a URL");
    refused(&plain);

    for leaf in [Leaf::Expired, Leaf::NotYetValid, Leaf::WrongName] {
        let server = start(RedisServer::builder().tls(authority.issue(leaf)));
        let error = refused(&at(&server).ca_pem(authority.ca_pem().as_bytes()).expect("PEM"));
        assert!(error.why.contains("cannot be trusted") && !error.why.contains("ca_file"), "{leaf:?}: {error}");
    }
    let server = super::server();
    let tls = Redis::new(&format!("rediss://{}", server.address())).expect("a URL");
    refused(&tls.timeout(super::SHORT));
}

/// As every Redis with TLS does that is not told otherwise.
#[test]
fn a_server_that_wants_a_client_certificate_is_shown_one() {
    let (authority, others) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().expect("a folder");
    let trusted = folder.path().join("ca.pem");
    std::fs::write(&trusted, authority.ca_pem()).expect("writable");
    for versions in ["TLSv1.2", "TLSv1.3"] {
        let server = RedisServer::builder().tls(authority.issue(Leaf::Good)).setting("tls-protocols", versions);
        let server = server.setting("tls-ca-cert-file", &trusted.display().to_string());
        let server = start(server.setting("tls-auth-clients", "yes"));
        let plain = at(&server).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
        let showing = |by: &Authority| {
            let leaf = by.issue(Leaf::Client);
            plain.clone().client_certificate(leaf.pem().as_bytes(), leaf.key_pem().as_bytes()).expect("a pair")
        };
        let welcome = showing(&authority);
        keep(&welcome, &gain(1));
        assert_eq!(kept(&welcome), Some(gain(1)));
        for (store, why) in [
            (&plain, "wants a client certificate"),
            (&showing(&others), "does not take the client certificate (UnknownCA)"),
        ] {
            let error = refused(store).why;
            assert!(error.contains(why), "{versions}: {error}");
        }
    }
}

#[test]
fn a_client_certificate_that_cannot_be_used_says_why() {
    let authority = Authority::new();
    let (one, two) = (authority.issue(Leaf::Client), authority.issue(Leaf::Client));
    let with = |pem: &str, key: &str| {
        let store = Redis::new("rediss://redis.example").expect("a URL");
        store.client_certificate(pem.as_bytes(), key.as_bytes()).expect_err("it is refused").why
    };
    assert!(with("", one.key_pem()).contains("BEGIN CERTIFICATE"));
    assert!(with(one.pem(), one.pem()).contains("BEGIN PRIVATE KEY"));
    assert!(with(one.pem(), two.key_pem()).contains("of another certificate"));
    let plain = Redis::new("redis://redis.example").expect("a URL");
    let error = plain.client_certificate(one.pem().as_bytes(), one.key_pem().as_bytes()).expect_err("no TLS");
    assert!(error.why.contains("rediss://"), "{error}");
}

#[test]
fn urls_that_cannot_be_used_are_refused_and_not_shown() {
    for url in [
        "",
        "canary",
        "http://canary@localhost",
        "redis://",
        "redis://canary:canary@/1",
        "redis://canary@localhost/canary",
        "rediss://canary@localhost/#insecure",
        "redis://localhost:canary",
        "redis+unix://",
        "redis://user:123?canary@127.0.0.1:1/0",
        "rediss://user:123?x=canary%40&canary@127.0.0.1:1/0",
    ] {
        let error = Redis::new(url).expect_err(url);
        shows_nothing(&error);
    }
    let error = at(&super::server()).ca_pem(b"canary").expect_err("no PEM");
    shows_nothing(&error);
}
