//! What is public can be printed (invariant 8 says what must not be seen then).

use std::fmt::Debug;
use std::sync::Arc;

use hallpass_core::dialect::declared::{BodyFormat, Described, Description, Ids, Part, Source, Text};
use hallpass_core::dialect::{Auth0Json, BasicForm, ClientAuth, Declared, Dialect, Goal, PasswordForm, UserKeyLogin};
use hallpass_core::lifecycle::{Lifecycle, Lock, SaveError, Setup, Ticket, Todo, Want};
use hallpass_core::revocation::{Revocation, Token};
use hallpass_core::step::{Login, Step};
use hallpass_core::trace::{Recorder, Told};
use hallpass_core::wire::json::{Member, Object};
use hallpass_core::{
    BadUrl, EgressRules, Error, Grant, RefreshToken, Reply, Request, Secret, Secrets, SendError, UserKey, secret,
};

use crate::world::{held, start, url};

const CANARY: &str = "canary-7f3a";

fn secrets() -> Secrets {
    let names = [secret::CLIENT_SECRET, secret::PASSWORD, secret::USER_SECRET, secret::API_KEY];
    names.into_iter().fold(Secrets::new(), |secrets, name| secrets.with(name, Secret::new(CANARY)))
}

/// Each with a secret wherever one fits.
fn dialects() -> [Arc<dyn Dialect>; 5] {
    let to = || url("https://auth.example/token?key=canary-7f3a");
    let with = "the header and the parameter are free and fit";
    let auth0 = Auth0Json::new(to(), "c", "a").header("x-key", CANARY).expect(with).extra("key", CANARY).expect(with);
    let basic = BasicForm::new(to(), "c").header("x-key", CANARY).expect(with).extra("key", CANARY).expect(with);
    let user_key = UserKeyLogin::new(&url("https://auth.example/"), "alice").expect("a URL");
    let password = PasswordForm::new(to(), "me").client("app", ClientAuth::Body);
    let part = Part::body("key", Text::From(Source::ApiKey)).expect("a name");
    let described =
        Described { parts: vec![part], body: BodyFormat::Json, ..Described::post(url("https://auth.example/token")) };
    let ids = Ids { account: Some("mine".into()), ..Ids::default() };
    let declared = Declared::new(Description { authenticate: Some(described), ids, ..Description::default() });
    [
        shown(auth0),
        shown(basic),
        shown(user_key.header("x-key", CANARY).expect(with)),
        shown(password.header("x-key", CANARY).expect(with)),
        shown(declared.expect("a description without a flaw")),
    ]
}

fn shown(dialect: impl Dialect + Debug + 'static) -> Arc<dyn Dialect> {
    shows_nothing(&format!("{dialect:?}"));
    Arc::new(dialect)
}

fn shows_nothing(printed: &str) {
    assert!(!printed.to_lowercase().contains("canary"), "{printed}");
}

#[test]
fn what_a_driver_holds_may_cross_threads_and_errors_are_errors() {
    fn crosses<T: Send + Sync + 'static>() {}
    fn error<E: std::error::Error + Send + Sync + 'static>() {}
    crosses::<(Lifecycle, Setup, Ticket, Todo)>();
    crosses::<(Step<'static>, Login<'static>, Revocation, Recorder)>();
    crosses::<(Request, Reply, Grant, Secrets)>();
    error::<Error>();
    error::<SendError>();
    error::<SaveError>();
    error::<BadUrl>();
}

#[test]
fn a_lifecycle_its_setup_and_its_effects_print_no_secret() {
    for dialect in dialects() {
        let mut setup = Setup::new(dialect, 7, "one");
        setup.user_key = Some(UserKey::new(CANARY));
        let mut life = Lifecycle::new(setup.clone());
        let ticket = life.get(start(), &Want::default());
        shows_nothing(&format!("{setup:?} {life:?} {ticket:?}"));
        let Ticket::Lead(_, mut todo) = ticket else { panic!("nothing is held: {ticket:?}") };
        let mut names: Vec<&str> = Vec::new();
        loop {
            let printed = format!("{todo:#?}");
            shows_nothing(&format!("{printed} {life:?}"));
            assert!(printed.contains("flight:"), "whoever reads it finds the flight: {printed}");
            let next = match todo {
                Todo::Peek(slot) => life.peeked(start(), slot, Ok(None)),
                Todo::Lock(slot) => life.locked(start(), slot, Ok(Lock::Held(None))),
                Todo::Secret(slot) => {
                    names.extend(slot.names());
                    life.secret(start(), slot, Ok(secrets()))
                }
                Todo::Send(slot) => {
                    let request = slot.request();
                    let shown = format!("{request:?}");
                    let sent = [request.body.expose(), request.endpoint.to_url().as_bytes()].concat();
                    let headers = request.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()));
                    let sent = headers.fold(String::from_utf8_lossy(&sent).into_owned(), |sent, value| sent + &value);
                    assert!(sent.contains(CANARY), "the request carries what it must not show: {shown}");
                    break;
                }
                other => panic!("it logs in: {other:?}"),
            };
            todo = next.expect("it goes on");
        }
        assert!(!names.is_empty(), "every one of these logins has a secret");
    }
}

#[test]
fn a_login_step_by_step_prints_no_secret() {
    let rules = EgressRules::default();
    for dialect in dialects() {
        let login = Login::new(&*dialect, &rules);
        let mut step = login.start(start(), Goal::Token, held(CANARY, CANARY), None);
        loop {
            shows_nothing(&format!("{login:?} {step:#?}"));
            step = match step {
                Step::Ask(ask) => ask.answer(start(), secrets()),
                Step::Save(save) => save.saved(start()),
                _ => break,
            };
        }
        assert!(matches!(step, Step::Send(_)), "{step:?}");
    }
}

#[test]
fn a_revocation_a_trace_and_json_print_no_secret() {
    let to = Revocation::new(url("https://auth.example/revoke")).client("c", ClientAuth::Body);
    let to = to.header("x-key", CANARY).expect("a header that fits");
    let revoking =
        to.revoke(Token::Refresh(RefreshToken::new(CANARY)), secrets(), &EgressRules::default()).expect("a request");
    shows_nothing(&format!("{to:?} {revoking:#?}"));

    let mut recorder = Recorder::new(start());
    recorder.note(start(), Told::Secret(vec!["password".into()], Ok(secrets())));
    shows_nothing(&format!("{recorder:#?}"));

    let value = serde_json::Value::from(CANARY);
    let members = || vec![("a", Member::Text(CANARY)), ("b", Member::Value(&value))];
    let object = Object::parse(r#"{"a":"canary-7f3a"}"#).expect("an object");
    shows_nothing(&format!("{object:?} {:?} {:?}", members(), Member::Object(members())));
}
