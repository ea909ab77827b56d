//! One Redis for several machines, each with a home of its own.

use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::tls::{Authority, Leaf};

use crate::world::{Home, SECRETS, profile, profiles, server};

const PASSWORD: &str = "canary-redis-password";

#[test]
fn two_machines_share_one_token() {
    let (server, redis) = (server(), RedisServer::start().expect("a Redis"));
    let text = profiles(&server.origin()).replace("dialect = ", &format!("store = '{}'\ndialect = ", redis.url()));
    let (here, there) = (Home::new(&text), Home::new(&text));
    let token = here.run(&["token", "basic-form"]).fine().out;
    assert_eq!(there.run(&["token", "basic-form"]).fine().out, token);
    assert_eq!(server.requests().len(), 1);

    here.run(&["register", "user-key"]).fine();
    there.run(&["check", "user-key"]).fine();
    there.run(&["forget", "basic-form"]).fine();
    assert_ne!(here.run(&["token", "basic-form"]).fine().out, token);
}

#[test]
fn a_password_is_used_and_never_shown() {
    let certificate = Authority::new();
    let builder = RedisServer::builder().setting("requirepass", PASSWORD).tls(certificate.issue(Leaf::Good));
    let (server, redis) = (server(), builder.start().expect("a Redis"));
    let store = |password: &str| {
        let url = redis.url();
        format!("store = {{ redis = '{url}', password = {password}, ca_file = 'ca.pem', prefix = 'here' }}")
    };
    let home = Home::new(&profile(&server.origin(), &store("{ env = 'REDIS_PASSWORD' }")));
    home.write("ca.pem", certificate.ca_pem().as_bytes());
    let run = |args: &[&str]| {
        let output = home.command(args).env("REDIS_PASSWORD", PASSWORD).output().expect("the binary runs");
        crate::world::Ran::of(output)
    };
    let token = run(&["token", "x"]).fine();
    assert_eq!(run(&["token", "x"]).fine().out, token.out);
    assert_eq!(server.requests().len(), 1);
    let status = run(&["status", "x", "-v"]).fine();
    assert!(status.out.contains(&format!("redis {}", redis.url())) && status.out.contains("token   yes"), "{status:?}");
    let wrong = Home::new(&profile(&server.origin(), &store("'canary-wrong'")));
    wrong.write("ca.pem", certificate.ca_pem().as_bytes());
    let wrong = wrong.run(&["token", "x", "-v"]).fine();
    assert!(wrong.err.contains("warning: the store failed while reading: "), "{wrong:?}");
    for ran in [token, status, wrong] {
        ran.hides(&[PASSWORD, "canary-wrong"]);
        ran.hides(&SECRETS);
    }
    assert_eq!(run(&["status", "x", "--store", "memory"]).fine().out.matches("redis").count(), 0);
}

/// Invariant 20.
#[test]
fn a_dead_redis_is_a_warning() {
    let server = server();
    let mut redis = RedisServer::start().expect("a Redis");
    let home = Home::new(&profiles(&server.origin()));
    let url = redis.url().replace("redis://", &format!("redis://me:{PASSWORD}@"));
    redis.kill();
    let ran = home.run(&["--store", &url, "token", "basic-form", "-v"]).fine();
    assert!(!ran.out.is_empty() && ran.err.contains("warning: the store failed while reading: "), "{ran:?}");
    let status = home.run(&["--store", &url, "status", "basic-form"]);
    assert_eq!(status.code, 7);
    for ran in [ran, status] {
        ran.hides(&[PASSWORD]);
        ran.hides(&SECRETS);
    }
}
