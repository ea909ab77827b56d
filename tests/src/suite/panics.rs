//! Code of the caller's that panics: it fails, and takes nobody with it.

use std::sync::Arc;

use hallpass_client::Config;
use hallpass_core::dialect::{BasicForm, Dialect, Exchange, Gain, Goal, Held, Key, Refusal};
use hallpass_core::{Endpoint, Misuse, Now, Reply, Request, Secret, Secrets};
use hallpass_testserver::script::{self, ScriptServer, answers};

use super::{TOKEN, secrets, user_key};
use crate::driver::Driver;

/// Invariant 18. Its flight would else be begun again and again, each time with a request.
pub fn a_dialects_fails_the_login<D: Driver>() {
    for (method, sends) in METHODS {
        let server = ScriptServer::start(answers([script::Reply::json(200, TOKEN)])).expect("a server");
        let url = Endpoint::parse(&server.url("/token")).expect("a URL");
        let dialect = Panics(Arc::new(BasicForm::new(url, "demo-client")), method);
        let behind = |_: &str| Ok::<_, Misuse>(Secret::new("demo-secret"));
        for config in [Config::new(dialect.clone(), behind), Config::new(dialect.clone(), secrets())] {
            let client = D::new(config).expect("a client");
            let error = client.token().expect_err("its dialect panics").to_string();
            assert!(error.contains("panic") && error.contains(method), "{}: {error}", D::NAME);
        }
        assert_eq!(server.requests().len(), 2 * sends, "{}: {method}", D::NAME);
    }
}

/// What was marked is told as lost, and not repeated.
pub fn a_dialects_fails_the_registration<D: Driver>() {
    for (method, sends) in METHODS {
        let reply = script::Reply::json(201, r#"{"user_key":"uk-1"}"#);
        let server = ScriptServer::start(answers([reply])).expect("a server");
        let dialect = Panics(Arc::new(user_key(&server.origin())), method);
        let client = D::new(Config::new(dialect, secrets())).expect("a client");
        let error = client.register().expect_err("its dialect panics").to_string();
        assert!(error.contains("panic") && error.contains(method), "{}: {error}", D::NAME);
        client.register().expect_err("it panics, or the registration is lost");
        assert_eq!(server.requests().len(), sends, "{}: {method}", D::NAME);
    }
}

/// With how many requests.
const METHODS: [(&str, usize); 4] = [("next", 0), ("needs", 0), ("request", 0), ("read", 1)];

#[derive(Clone)]
struct Panics(Arc<dyn Dialect>, &'static str);

impl Panics {
    fn on(&self, method: &str) -> &dyn Dialect {
        assert!(self.1 != method, "on purpose");
        &*self.0
    }
}

impl Dialect for Panics {
    fn key(&self) -> Key {
        self.0.key()
    }

    fn identity(&self) -> Option<Key> {
        self.0.identity()
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        self.on("next").next(held, goal)
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        self.on("needs").needs(exchange)
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse> {
        self.on("request").request(exchange, held, secrets, now)
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        self.on("read").read(exchange, reply)
    }
}
