//! Everything that a client prints, tells its watcher or traces, on good and bad ways, searched for its secrets in every
//! spelling (invariant 8).

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use hallpass_client::{Change, Config};
use hallpass_core::Error;
use hallpass_core::dialect::Dialect;
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_store::{File, Memory, Store};
use hallpass_testkit::canary::{self, Canaries};
use hallpass_testserver::Nobody;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use serde_json::json;

use crate::driver::Driver;
use crate::login::Login;
use crate::settings::{Exchange, Kind, Name, Settings};
use crate::trace;

const SECRET: &str = "canary+S3cret/1%\"x";
const ACCESS: &str = "canary-Access-2.~";
const ROTATED: &str = "canary-Rotated-3.~";
const KEY: &str = "canary-Key-4";
/// Every way that a server can go, in every dialect and exchange.
pub fn no_way_shows_a_secret<D: Driver>() {
    for exchange in exchanges() {
        for (way, script) in ways(&Login::standard(exchange, Some(SECRET))) {
            let server = ScriptServer::builder().every(script).start().expect("a server");
            Watched::new(way, exchange).through::<D>(&server.origin(), Memory::new());
        }
    }
    no_trace_shows_a_secret();
}

/// The server repeats whatever it is told, and what it gives.
fn ways(login: &Login) -> [(&'static str, Vec<Act>); 8] {
    let said = login.hidden().chain([ACCESS, ROTATED]).collect::<Vec<_>>().join("' and '");
    let reply = |status, body: serde_json::Value| Reply::json(status, &body.to_string());
    let granted = json!({"access_token": ACCESS, "refresh_token": ROTATED, "expires_in": 3600, "user_key": KEY});
    let refused = json!({"error": said, "error_description": said, "access_token": ACCESS, "refresh_token": ROTATED});
    let bad_bytes = json!({"access_token": format!("{ACCESS} {ROTATED}\n"), "user_key": [KEY]});
    let busy = json!({"error": "busy", "detail": format!("{SECRET} waits")});
    let host = login.held.refresh_token.as_deref().unwrap_or("elsewhere");
    [
        ("good", answers([reply(200, granted.clone())])),
        ("refused", answers([reply(400, refused)])),
        ("a page", answers([Reply::new(200).header("content-type", "text/html").body(format!("<html>{said}"))])),
        ("bad bytes", answers([reply(200, bad_bytes)])),
        ("cut", vec![Act::Read, Act::reply(reply(200, granted).truncated(9)), Act::Close]),
        ("busy", answers([reply(503, busy)])),
        ("redirect", answers([Reply::redirect(302, &format!("https://{host}.example/"))])),
        ("reset", vec![Act::Read, Act::Reset]),
    ]
}

/// Nobody answers, and nothing can be kept.
pub fn no_failing_world_shows_a_secret<D: Driver>() {
    let nobody = Nobody::bind().expect("a port");
    let file = tempfile::NamedTempFile::new().expect("a file");
    for exchange in exchanges() {
        Watched::new("unreachable", exchange).through::<D>(&nobody.origin(), Memory::new());
        // A file where a folder should be.
        let granted = format!(r#"{{"access_token":"{ACCESS}","user_key":"{KEY}"}}"#);
        let server = ScriptServer::builder().every(answers([Reply::json(200, &granted)])).start().expect("a server");
        Watched::new("no store", exchange).through::<D>(&server.origin(), File::new(file.path()));
    }
    no_trace_shows_a_secret();
}

/// Calls whose login goes every way, and calls that fail themselves: the error as a program has it, which may be that of
/// the HTTP client that a middleware is in.
pub fn no_failing_call_shows_a_secret<D: Driver>() {
    for exchange in exchanges().filter(|exchange| exchange.kind != Kind::Register) {
        for (way, script) in ways(&Login::standard(exchange, Some(SECRET))) {
            let server = ScriptServer::builder().every(script).start().expect("a server");
            let failed = Watched::new(way, exchange).calls::<D>(&server.origin(), &server.url("/x"));
            assert!(failed || ["good", "busy"].contains(&way), "{} {way}", D::NAME);
        }
    }
    let granted = format!(r#"{{"access_token":"{ACCESS}","refresh_token":"{ROTATED}"}}"#);
    let login = ScriptServer::start(answers([Reply::json(200, &granted)])).expect("a server");
    let nonsense = format!("HTTP/1.1 200 OK\r\nBearer {ACCESS}\r\n\r\n").into_bytes();
    for (way, script) in [
        ("an API that resets", vec![Act::Read, Act::Reset]),
        ("an API that talks nonsense", vec![Act::Read, Act::Write(nonsense), Act::Close]),
    ] {
        let api = ScriptServer::start(script).expect("a server");
        let basic = Exchange { dialect: Name::BasicForm, kind: Kind::Authenticate };
        assert!(Watched::new(way, basic).calls::<D>(&login.origin(), &api.url("/x")), "{} {way}", D::NAME);
    }
    no_trace_shows_a_secret();
}

/// All that was traced in this process so far: it grows with every test, so that it is searched once by each.
fn no_trace_shows_a_secret() {
    let traced = trace::heard();
    assert!(traced.contains(" effect=") && traced.contains("hallpass.exchange"), "something is traced");
    let logins: Vec<_> = exchanges().map(|exchange| Login::standard(exchange, Some(SECRET))).collect();
    let canaries = Canaries::new([ACCESS, ROTATED, KEY].into_iter().chain(logins.iter().flat_map(Login::hidden)));
    canaries.assert_unseen("a trace", &traced);
}

fn exchanges() -> impl Iterator<Item = Exchange> {
    let of = |dialect, kinds: &[Kind]| kinds.iter().map(|kind| Exchange { dialect, kind: *kind }).collect::<Vec<_>>();
    let both = &[Kind::Authenticate, Kind::Refresh];
    let all = [
        of(Name::Auth0Json, &[Kind::Authenticate]),
        of(Name::BasicForm, both),
        of(Name::PasswordForm, both),
        of(Name::UserKey, &[Kind::Register, Kind::Authenticate, Kind::Refresh]),
    ];
    all.into_iter().flatten()
}

/// A login of which everything is written down.
struct Watched {
    place: String,
    login: Login,
}

impl Watched {
    fn new(way: &str, exchange: Exchange) -> Self {
        let place = format!("{way}, {:?} {:?}", exchange.dialect, exchange.kind);
        Self { place, login: Login::standard(exchange, Some(SECRET)) }
    }

    fn through<D: Driver>(&self, origin: &str, store: impl Store) {
        let said = Arc::new(Mutex::new(String::new()));
        let heard = said.clone();
        let config = self.config::<D>(origin, store).watch(move |change: &Change| tell(&heard, change));
        tell(&said, &config);
        match D::new(config) {
            Err(error) => Self::failed(&said, &error),
            Ok(client) => {
                let result = if self.login.registers {
                    client.register().map(|key| tell(&said, &key))
                } else {
                    client.token().map(|grant| tell(&said, &grant))
                };
                tell(&said, &client);
                if let Err(error) = result {
                    Self::failed(&said, &error);
                }
            }
        }
        let said = said.lock().expect("nobody panics under it").clone();
        self.canaries().assert_unseen(&self.place, &said);
    }

    /// Whether the call fails.
    fn calls<D: Driver>(&self, origin: &str, api: &str) -> bool {
        let config = self.config::<D>(origin, Memory::new()).api_url(api).expect("loopback");
        let failure = D::new(config).expect("a client").failure(super::get(api));
        self.canaries().assert_unseen(&self.place, failure.as_deref().unwrap_or_default());
        failure.is_some()
    }

    /// Everything is traced from here on.
    fn config<D: Driver>(&self, origin: &str, store: impl Store) -> Config {
        trace::listen();
        let url = format!("{origin}{}", self.login.settings.path());
        let dialect = super::dialect::<D>(Settings { url: Some(url), ..self.login.settings.clone() });
        let key = if self.login.registers { dialect.identity().expect("a registration") } else { dialect.key() };
        // A store that does not work holds nothing either.
        if let Ok(Some(mut lock)) = store.try_lock(&key, super::PATIENCE) {
            lock.save(&Record::new(Revision(1), self.login.held())).expect("memory works");
        }
        let config = Config::new(dialect, self.login.secrets());
        config.store(store).timeout(super::PATIENCE)
    }

    fn canaries(&self) -> Canaries {
        Canaries::new([ACCESS, ROTATED, KEY].into_iter().chain(self.login.hidden()))
    }

    fn failed(said: &Mutex<String>, error: &Error) {
        said.lock().expect("nobody panics under it").push_str(&canary::printed(error));
    }
}

fn tell(said: &Mutex<String>, thing: &dyn std::fmt::Debug) {
    let mut said = said.lock().expect("nobody panics under it");
    writeln!(said, "{thing:?} {thing:#?}").expect("a string takes everything");
}
