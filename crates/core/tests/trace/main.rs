//! Logins that are told and done again, whatever they were told on the way.

mod really;

use core::time::Duration;
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Exchange, Held, PasswordForm, Spends, UserKeyLogin};
use hallpass_core::error::{Misuse, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{
    Closed, Landed, Lifecycle, Loaded, Lock, Mark, Policy, Record, Revision, SaveError, Setup, Ticket, Todo, Want,
};
use hallpass_core::trace::{BadTrace, Difference, EffectLine, Landing, Recorder, Told, Trace};
use hallpass_core::{
    Body, Endpoint, Error, Now, RefreshToken, Reply, Request, Secrets, SendError, UserKey, UtcDateTime, secret,
};
use hallpass_testkit::dialects::Imported;
use http::{HeaderMap, StatusCode};

fn url() -> Endpoint {
    Endpoint::parse("https://auth.example/token").expect("a URL")
}

fn now() -> Now {
    Now { mono: Duration::from_secs(1), wall: UtcDateTime::UNIX_EPOCH }
}

fn setup(dialect: impl Dialect + 'static) -> Setup {
    Setup::new(Arc::new(dialect), 7, "host")
}

fn login() -> Setup {
    setup(PasswordForm::new(url(), "me"))
}

fn down(doing: StoreTask) -> StoreFailure {
    StoreFailure::new(doing, "down")
}

fn record(marked: bool) -> Loaded {
    let held = Held { user_key: None, refresh_token: Some(RefreshToken::new("canary-R1")) };
    let mark = Mark { spends: Spends::RefreshToken, since: now().wall, by: "another".into() };
    let record = Record { spending: Some(mark).filter(|_| marked), ..Record::new(Revision(1), held) };
    Loaded { record, age: None }
}

fn held(found: Loaded) -> Told {
    Told::Locked(Ok(Lock::Held(Some(Box::new(found)))))
}

fn password() -> Told {
    Told::Secret(vec!["password".into()], Ok(Secrets::one(secret::PASSWORD, "canary-pw")))
}

/// With the request that was really made, where it is told.
fn answered(result: Result<&str, SendError>) -> Told {
    let result = result.map(|body| {
        let (status, headers) = (StatusCode::OK, HeaderMap::new());
        Reply { status, headers, body: Body::new(body.into()), cut: false, received: now() }
    });
    Told::Replied(Exchange::authenticate(), Request::post(url(), "", Vec::new()), result)
}

const TOKEN: &str = r#"{"access_token":"canary-T1","expires_in":60}"#;

/// Tells a machine all of this: what was recorded, how it landed, and the names of what it asked for.
#[track_caller]
fn recorded(setup: &Setup, script: Vec<Told>) -> (Recorder, Landed, Vec<&'static str>) {
    let mut life = Lifecycle::new(setup.clone());
    let Ticket::Lead(flight, first) = life.get(now(), &Want::default()) else { panic!("nothing is held") };
    let (mut next, mut now, mut recorder, mut names) = (Some(first), now(), Recorder::new(now()), Vec::new());
    for told in script {
        let todo = next.take().expect("it goes on");
        names.push(todo.name());
        if let Todo::Sleep(slot) = &todo {
            now = now.after(slot.until().remaining(now));
        }
        let (told, then) = tell(&mut life, now, todo, told);
        recorder.note(now, told);
        next = then;
    }
    let landed = life.outcome(now, flight, &Want::default());
    assert!(next.is_none() && !matches!(landed, Landed::Flying), "it asks for no more");
    (recorder, landed, names)
}

/// Tells a machine all of this, and lets a second one do it again: its trace.
#[track_caller]
fn told(setup: &Setup, script: Vec<Told>) -> Trace {
    let (recorder, landed, names) = recorded(setup, script);
    let trace = recorder.finish(setup, &landed, setup.clone(), String::new(), "test".into());
    let text = trace.to_string();
    assert!(!text.contains("canary") && !text.contains("another"), "{text}");
    assert_eq!((Trace::parse(&text).as_ref(), trace.replay(setup.clone())), (Ok(&trace), None));
    assert_eq!((&trace.end.but_really, &trace.end.then), (&None, &None));
    for (line, name) in text.lines().skip(1).zip(names) {
        assert!(line.starts_with(&format!("{{\"effect\":{{\"effect\":\"{name}\"")), "{name}: {line}");
    }
    trace
}

fn tell(life: &mut Lifecycle, now: Now, todo: Todo, told: Told) -> (Told, Option<Todo>) {
    match (todo, told) {
        (Todo::Peek(slot), Told::Peeked(result)) => (Told::Peeked(result.clone()), life.peeked(now, slot, result)),
        (Todo::Lock(slot), Told::Locked(result)) => (Told::Locked(result.clone()), life.locked(now, slot, result)),
        (Todo::Secret(slot), Told::Secret(names, result)) => {
            (Told::Secret(names, result.clone()), life.secret(now, slot, result))
        }
        (Todo::Send(slot), Told::Replied(_, _, result)) => {
            let told = Told::Replied(slot.exchange(), slot.request().clone(), result.clone());
            (told, life.replied(now, slot, result))
        }
        (Todo::Save(slot), Told::Saved(result)) => (Told::Saved(result.clone()), life.saved(now, slot, result)),
        (Todo::Unlock(slot), Told::Unlocked(result)) => {
            (Told::Unlocked(result.clone()), life.unlocked(now, slot, result))
        }
        (Todo::Sleep(slot), Told::Woke) => (Told::Woke, life.woke(now, slot)),
        _ => panic!("it asks for something else"),
    }
}

fn begun(rest: Vec<Told>) -> Vec<Told> {
    [Told::Peeked(Ok(None))].into_iter().chain(rest).collect()
}

#[test]
fn a_busy_lock_and_a_store_that_fails() {
    let after = vec![Told::Woke, Told::Peeked(Ok(None)), Told::Locked(Err(down(StoreTask::Locking))), password()];
    let script = [Told::Locked(Ok(Lock::Busy))].into_iter().chain(after).chain([answered(Ok(TOKEN))]).collect();
    let trace = told(&login(), begun(script));
    assert!(matches!(trace.end.end, Landing::Token { unsaved: true, .. }), "{:?}", trace.end);
    let EffectLine::Sleep { until_ns } = trace.steps[2].effect else { panic!("it does not wait") };
    assert!(until_ns > 1_000_000_000, "{until_ns}");

    let imported = setup(Imported::new(url()));
    for (script, doing) in [
        (vec![Told::Peeked(Err(down(StoreTask::Reading)))], StoreTask::Reading),
        (begun(vec![Told::Locked(Err(down(StoreTask::Locking)))]), StoreTask::Locking),
    ] {
        let Landing::Failed { why } = told(&imported, script).end.end else { panic!("it has no token") };
        assert_eq!(why, format!("the store failed while {doing}: down"));
    }
}

#[test]
fn a_request_that_was_not_sent_for_want_of_trust() {
    let refused = answered(Err(SendError::Untrusted("self-signed".into())));
    let trace = told(&login(), begun(vec![Told::Locked(Ok(Lock::Held(None))), password(), refused, unlocked()]));
    assert!(matches!(&trace.end.end, Landing::Failed { why } if why.contains("self-signed")), "{:?}", trace.end);
}

fn unlocked() -> Told {
    Told::Unlocked(Err(down(StoreTask::Unlocking)))
}

#[test]
fn anothers_mark_and_a_save_that_fails_in_each_way() {
    let mut newer = record(false);
    newer.record.revision = Revision(2);
    for (error, unsaved) in [
        (SaveError::Conflict(Some(Box::new(newer))), false),
        (SaveError::LeaseGone(Box::new(record(true))), true),
        (SaveError::NotApplied("no space".into()), true),
        (SaveError::Unknown("reset".into()), true),
    ] {
        let rest = vec![held(record(true)), password(), answered(Ok(TOKEN)), Told::Saved(Err(error)), unlocked()];
        let trace = told(&login(), begun(rest));
        assert!(matches!(trace.end.end, Landing::Token { unsaved: told, .. } if told == unsaved), "{:?}", trace.end);
    }
}

#[test]
fn a_lost_lease_and_a_lock_that_could_not_be_given_back() {
    let gone = || Told::Saved(Err(SaveError::LeaseGone(Box::new(record(false)))));
    for given_back in [unlocked(), Told::Unlocked(Ok(()))] {
        let begins_again = vec![held(record(false)), gone(), given_back, Told::Peeked(Ok(None))];
        let alone = [Told::Locked(Err(down(StoreTask::Locking))), password(), answered(Ok(TOKEN))];
        let trace = told(&login(), begun(begins_again.into_iter().chain(alone).collect()));
        assert_eq!(trace.steps.len(), 8);
    }
}

#[test]
fn a_line_that_cannot_be_read_says_what_is_wrong_with_it() {
    let why = |text: &str| match Trace::parse(text) {
        Err(BadTrace::Line { line, why }) => format!("{line}: {why}"),
        other => panic!("{other:?}"),
    };
    assert!(why(r#"{"hallpass_trace":1}"#).starts_with("1: it lacks a member"));
    let trace = told(&login(), first_login());
    let broken = trace.to_string().replace("{\"effect\":{\"effect\":\"lock\"", "{{");
    assert!(why(&broken).starts_with("3: it is no JSON"), "{}", why(&broken));
    let newer = trace.to_string().replace("{\"hallpass_trace\":1", "{\"hallpass_trace\":2");
    assert_eq!(Trace::parse(&newer), Err(BadTrace::Version(2)));
}

#[test]
fn a_name_that_is_not_known_is_a_line_that_cannot_be_read() {
    let script = begun(vec![held(record(true)), password(), answered(Ok(TOKEN)), Told::Saved(Ok(())), unlocked()]);
    let trace = told(&login(), script).to_string();
    for (at, name) in [(3, "\"spending\":[\"refresh_token"), (7, "\"doing\":\"unlocking")] {
        let newer = trace.replace(name, &format!("{name}_and_more"));
        assert!(matches!(Trace::parse(&newer), Err(BadTrace::Line { line, .. }) if line == at), "{newer}");
    }
}

fn first_login() -> Vec<Told> {
    let unlocked = Told::Unlocked(Ok(()));
    let rest = vec![Told::Locked(Ok(Lock::Held(None))), password(), answered(Ok(TOKEN)), Told::Saved(Ok(())), unlocked];
    begun(rest)
}

#[test]
fn a_request_has_placeholders_for_secrets() {
    let trace = told(&login(), first_login());
    let EffectLine::Send { body, .. } = &trace.steps[3].effect else { panic!("it sends") };
    assert!(body.contains("password=password-redacted"), "{body}");
}

#[test]
fn what_is_done_otherwise_is_told_with_its_line() {
    let trace = told(&login(), first_login());
    let mut other = trace.clone();
    other.steps[5].effect = EffectLine::Secret { names: vec!["password".into()] };
    let (line, does) = (7, r#"{"effect":"unlock"}"#.into());
    let said = r#"{"effect":"secret","names":["password"]}"#.into();
    assert_eq!(other.replay(login()), Some(Difference { line, said, does }));
    let mut other = trace;
    other.end.end = Landing::Again;
    let difference = other.replay(login()).expect("it got a token");
    assert_eq!((difference.line, difference.said.as_str()), (8, r#"{"landed":"again"}"#));
}

/// Its profile makes the dialect and the rules; the trace has the rest.
#[test]
fn what_else_the_machine_was_made_of_is_in_the_trace() {
    let made = |dialect: Arc<dyn Dialect>, life, user_key| {
        let mut setup = Setup::new(dialect, life, format!("host-{life}"));
        setup.default_life = Some(Duration::from_secs(life));
        setup.policy.lease_margin = Duration::from_secs(life);
        setup.user_key = user_key;
        setup
    };
    let token = || answered(Ok(r#"{"access_token":"canary-T1"}"#));
    let (saved, unlocked) = (|| Told::Saved(Ok(())), || Told::Unlocked(Ok(())));

    let password: Arc<dyn Dialect> = Arc::new(PasswordForm::new(url(), "me"));
    let script = begun(vec![held(record(false)), saved(), token(), saved(), unlocked()]);
    let trace = told(&made(password.clone(), 60, None), script);
    assert_eq!(trace.replay(made(password, 70, None)), None);

    let keyed: Arc<dyn Dialect> = Arc::new(UserKeyLogin::new(&url(), "alice").expect("a base URL"));
    let secret = Told::Secret(vec!["user_secret".into()], Ok(Secrets::one(secret::USER_SECRET, "canary-us")));
    let script = begun(vec![Told::Locked(Ok(Lock::Held(None))), secret, token(), saved(), unlocked()]);
    let trace = told(&made(keyed.clone(), 60, Some(UserKey::new("canary-uk"))), script);
    assert_eq!(trace.replay(made(keyed.clone(), 70, None)), None);

    let script = begun(vec![Told::Peeked(Ok(None)), Told::Locked(Ok(Lock::Held(None))), unlocked()]);
    let trace = told(&made(keyed, 60, None), script);
    let peek = |record: &str| EffectLine::Peek { record: record.into() };
    assert_eq!((&trace.steps[0].effect, &trace.steps[1].effect), (&peek("login"), &peek("registration")));
}

#[test]
fn a_latch_that_holds_for_the_secret_holds_for_its_placeholder() {
    let secrets = Secrets::one(secret::PASSWORD, "canary-pw");
    let closed = Closed::new(now(), &Policy::default(), &secrets, &Error::Store(down(StoreTask::Reading)), 0, 7);
    let mut found = record(true);
    found.record.closed = Some(closed);
    let trace = told(&login(), begun(vec![held(found), password(), unlocked()]));
    assert!(matches!(trace.end.end, Landing::Failed { .. }), "{:?}", trace.end);
}

#[test]
fn a_secret_that_cannot_be_had_and_requests_without_an_answer() {
    let missing = Misuse::Secret { name: "password".into(), why: "canary".into() };
    let none = Told::Secret(vec!["password".into()], Err(missing));
    let trace = told(&login(), begun(vec![Told::Locked(Ok(Lock::Held(None))), none, unlocked()]));
    assert!(matches!(&trace.end.end, Landing::Failed { why } if why.contains("password")), "{:?}", trace.end);
    for error in [SendError::NotSent("down".into()), SendError::MaybeSent("down".into())] {
        let mut once = login();
        once.policy.sends = 1;
        let script = vec![Told::Locked(Ok(Lock::Held(None))), password(), answered(Err(error)), unlocked()];
        let trace = told(&once, begun(script));
        assert!(matches!(&trace.end.end, Landing::Failed { why } if why.contains("down")), "{:?}", trace.end);
    }
}
