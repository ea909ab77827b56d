//! Any reply to any exchange of any dialect.

use core::time::Duration;
use std::sync::LazyLock;

use hallpass_core::dialect::declared::{BasicPair, BodyFormat, Described, Description, Ids, Part, Source, Text};
use hallpass_core::dialect::reading::{LifeFormat, Places};
use hallpass_core::dialect::{
    Auth0Json, BasicForm, ClientAuth, Declared, Dialect, Goal, Held, PasswordForm, UserKeyLogin,
};
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::wire::basic::BasicEncoding;
use hallpass_core::wire::date::LONGEST_WAIT;
use hallpass_core::wire::life::LONGEST_LIFE;
use hallpass_core::wire::pointer::Pointer;
use hallpass_core::{
    Body, EgressRules, Endpoint, Error, Now, RefreshToken, Reply, Retry, Secrets, SendAs, UserKey, UtcDateTime, secret,
};
use hallpass_testkit::canary::Canaries;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

const CLIENT_SECRET: &str = "canary+Client/1%\"x";
const PASSWORD: &str = "canary Pass:2&w0rd";
const USER_SECRET: &str = "canary-User-s3cret";
const USER_KEY: &str = "canary-Key-4-uk";
const REFRESH_TOKEN: &str = "canary-Refresh-5.~";

/// Runs every login against the reply, with a good one after it.
pub fn replies(data: &[u8]) {
    let reply = reply(data);
    for situation in &*SITUATIONS {
        situation.check(&reply);
    }
}

/// `200 cut`, lines of headers, an empty line, the body; what is no status is 200, what is no header is left out.
fn reply(data: &[u8]) -> Reply {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (&b""[..], data),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut words = first.split(' ');
    let status = words.next().and_then(|code| code.parse::<StatusCode>().ok()).unwrap_or(StatusCode::OK);
    let headers = lines.take(20).filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        Some((HeaderName::from_bytes(&line[..colon]).ok()?, value))
    });
    let cut = words.next() == Some("cut");
    Reply { status, headers: headers.collect::<HeaderMap>(), body: Body::new(body.to_vec()), cut, received: start() }
}

fn start() -> Now {
    let wall = UtcDateTime::from_unix_timestamp(1_700_000_000).expect("a moment of this century");
    Now { mono: Duration::from_secs(500), wall }
}

/// A login, and the secrets that its server is told.
struct Situation {
    name: &'static str,
    dialect: Box<dyn Dialect>,
    held: Held,
    goal: Goal,
    told: Canaries,
}

impl Situation {
    fn check(&self, reply: &Reply) {
        let (name, rules) = (self.name, EgressRules::default());
        let secrets = Secrets::one(secret::CLIENT_SECRET, CLIENT_SECRET)
            .with(secret::PASSWORD, PASSWORD)
            .with(secret::USER_SECRET, USER_SECRET);
        let (mut sends, mut refreshes) = (0, 0);
        let mut step = Login::new(&*self.dialect, &rules).start(start(), self.goal, self.held.clone(), None);
        for _ in 0..20 {
            step = match step {
                Step::Ask(ask) => ask.answer(start(), secrets.clone()),
                Step::Save(save) => save.saved(start()),
                Step::Send(send) => {
                    let refresh = send.exchange().kind.name() == "refresh";
                    refreshes += u32::from(refresh);
                    sends += 1;
                    self.told.assert_unseen(name, &format!("{:?}", send.request()));
                    send.replied(Ok(if sends == 1 { reply.clone() } else { good() }))
                }
                Step::Done(outcome) => {
                    assert!(sends <= 2 && refreshes <= 1, "{name}: {sends} requests, {refreshes} refreshes");
                    return Self::done(name, &outcome);
                }
                Step::Failed(error) => {
                    assert!(sends <= 2 && refreshes <= 1, "{name}: {sends} requests, {refreshes} refreshes");
                    return self.failed(&error);
                }
            };
        }
        panic!("{name}: a login that never ends");
    }

    fn done(name: &str, outcome: &Outcome) {
        let Outcome::Grant(grant) = outcome else { return };
        let token = grant.access_token().expose();
        assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()), "{name}: {token:?}");
        assert!(grant.life().is_none_or(|life| life <= LONGEST_LIFE), "{name}: {:?}", grant.life());
        // A word that stands in every grant's `Debug` is no secret.
        if token.contains("canary") {
            Canaries::new([token]).assert_unseen(name, &format!("{outcome:?}"));
        }
    }

    fn failed(&self, error: &Error) {
        let said = error.to_string();
        assert!(!said.contains(char::is_control) && said.len() < 4096, "{}: {said:?}", self.name);
        self.told.assert_unseen(self.name, &format!("{said} {error:?}"));
        if let Retry::After(wait) = error.retry() {
            assert!(wait <= LONGEST_WAIT, "{}: {wait:?}", self.name);
        }
    }
}

fn good() -> Reply {
    let body = br#"{"access_token":"second","token_type":"Bearer","expires_in":3600}"#;
    Reply {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Body::new(body.to_vec()),
        cut: false,
        received: start(),
    }
}

static SITUATIONS: LazyLock<Vec<Situation>> = LazyLock::new(|| {
    let url = || Endpoint::parse("https://auth.example/token").expect("a URL");
    let basic = || BasicForm::new(url(), "client-7");
    let users = UserKeyLogin::new(&url(), "alice").expect("a URL");
    let situation = |name, dialect: Box<dyn Dialect>, held: Held, told: &'static [&'static str]| {
        let goal = if name == "register" { Goal::Register } else { Goal::Token };
        Situation { name, dialect, held, goal, told: Canaries::new(told.iter().copied()) }
    };
    let none = Held::default;
    let key = Held { user_key: Some(UserKey::new(USER_KEY)), refresh_token: None };
    let refresh = Held { refresh_token: Some(RefreshToken::new(REFRESH_TOKEN)), user_key: None };
    let both = Held { user_key: key.user_key.clone(), ..refresh.clone() };
    let form = basic().client_auth(ClientAuth::Basic(BasicEncoding::Form));
    let body = basic().client_auth(ClientAuth::Body);
    let user = PasswordForm::new(url(), "me@example.com");
    vec![
        situation("auth0", Box::new(Auth0Json::new(url(), "client-7", "api")), none(), &[CLIENT_SECRET]),
        situation("basic", Box::new(basic()), none(), &[CLIENT_SECRET]),
        situation("basic refresh", Box::new(form), refresh.clone(), &[CLIENT_SECRET, REFRESH_TOKEN]),
        situation("body refresh", Box::new(body), refresh.clone(), &[CLIENT_SECRET, REFRESH_TOKEN]),
        situation("register", Box::new(users.clone()), none(), &[USER_SECRET]),
        situation("user key", Box::new(users.clone()), key, &[USER_SECRET, USER_KEY]),
        situation("user key refresh", Box::new(users.clone()), both, &[REFRESH_TOKEN]),
        situation("imported refresh", Box::new(users), refresh.clone(), &[REFRESH_TOKEN]),
        situation(
            "password",
            Box::new(user.clone().client("app", ClientAuth::default())),
            none(),
            &[PASSWORD, CLIENT_SECRET],
        ),
        situation("password refresh", Box::new(user), refresh.clone(), &[REFRESH_TOKEN]),
        situation("declared", Box::new(described()), none(), &[PASSWORD]),
        situation("declared refresh", Box::new(described()), refresh, &[REFRESH_TOKEN, CLIENT_SECRET]),
    ]
});

/// A dialect like none of the others: everything stands somewhere else.
fn described() -> Declared {
    let place = |text| Pointer::parse(text).expect("a pointer");
    let reply = Places {
        access_token: place("/data/0/token"),
        refresh_token: Some(place("/data/0/renewal")),
        token_type: None,
        life: Some((place("/data/0/until"), LifeFormat::Rfc3339)),
        error: Some(place("/status/code")),
        error_text: Some(place("/status/text")),
        ..Places::default()
    };
    let step = |format, parts| {
        let life = reply.life.clone().map(|(place, _)| (place, format));
        let url = Endpoint::parse("https://tracker.example/sessions").expect("a URL");
        Described { body: BodyFormat::Json, parts, reply: Places { life, ..reply.clone() }, ..Described::post(url) }
    };
    let part = |name, source| Part::body(name, Text::From(source)).expect("a pointer");
    let login = vec![part("/user/email", Source::Username), part("/user/password", Source::Password)];
    let renew = step(LifeFormat::Unix, vec![part("/renewal", Source::RefreshToken)]);
    let basic = BasicPair { id: Source::ClientId, secret: Source::ClientSecret, encoding: BasicEncoding::Minimal };
    let description = Description {
        authenticate: Some(step(LifeFormat::Rfc3339, login)),
        refresh: Some(Described { basic: Some(basic), ..renew }),
        ids: Ids { username: Some("me".into()), client_id: Some("client-7".into()), user_id: None, account: None },
        send_as: SendAs::new("X-Token", "").expect("a header"),
        ..Description::default()
    };
    Declared::new(description).expect("a sound description")
}
