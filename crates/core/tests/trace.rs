//! Logins that are told and done again, whatever they were told on the way.

use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Exchange, Held, PasswordForm, Spends};
use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{
    Landed, Lifecycle, Loaded, Lock, Mark, Record, Revision, SaveError, Setup, Ticket, Todo, Want,
};
use hallpass_core::trace::{BadTrace, Effect, Landing, Recorder, Told, Trace};
use hallpass_core::{Body, Endpoint, Now, RefreshToken, Reply, Request, Secrets, SendError, UtcDateTime, secret};
use hallpass_testkit::dialects::Imported;
use http::{HeaderMap, StatusCode};

fn url() -> Endpoint {
    Endpoint::parse("https://auth.example/token").expect("a URL")
}

fn now() -> Now {
    Now { mono: core::time::Duration::from_secs(1), wall: UtcDateTime::UNIX_EPOCH }
}

fn setup(dialect: impl Dialect + 'static) -> Setup {
    Setup::new(Arc::new(dialect), 7, "host")
}

fn login() -> Setup {
    setup(PasswordForm::new(url(), "me"))
}

fn down(doing: &'static str) -> StoreFailure {
    StoreFailure { doing, why: "down".into() }
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

/// Tells a machine all of this, and lets a second one do it again: its trace.
#[track_caller]
fn told(setup: &Setup, script: Vec<Told>) -> Trace {
    let mut life = Lifecycle::new(setup.clone());
    let Ticket::Lead(flight, first) = life.get(now(), &Want::default()) else { panic!("nothing is held") };
    let (mut next, mut now, mut recorder) = (Some(first), now(), Recorder::new(now()));
    for told in script {
        let todo = next.take().expect("it goes on");
        if let Todo::Sleep(slot) = &todo {
            now = now.after(slot.until().remaining(now));
        }
        let (told, then) = tell(&mut life, now, todo, told);
        recorder.note(now, told);
        next = then;
    }
    assert!(next.is_none(), "it asks for no more");
    let landed = life.outcome(now, flight, &Want::default());
    assert!(!matches!(landed, Landed::Flying));
    let trace = recorder.finish(setup, &landed, setup.clone(), String::new(), "test".into());
    let text = trace.to_string();
    assert!(!text.contains("canary") && !text.contains("another"), "{text}");
    assert_eq!((Trace::parse(&text).as_ref(), trace.replay(setup.clone())), (Ok(&trace), None));
    assert_eq!((&trace.end.but_really, &trace.end.then), (&None, &None));
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
    let after = vec![Told::Woke, Told::Peeked(Ok(None)), Told::Locked(Err(down("locking"))), password()];
    let script = [Told::Locked(Ok(Lock::Busy))].into_iter().chain(after).chain([answered(Ok(TOKEN))]).collect();
    let trace = told(&login(), begun(script));
    assert!(matches!(trace.end.end, Landing::Token { unsaved: true, .. }), "{:?}", trace.end);
    let Effect::Sleep { until_ns } = trace.steps[2].effect else { panic!("it does not wait") };
    assert!(until_ns > 1_000_000_000, "{until_ns}");

    let imported = setup(Imported::new(url()));
    for (script, doing) in [
        (vec![Told::Peeked(Err(down("reading")))], "reading"),
        (begun(vec![Told::Locked(Err(down("locking")))]), "locking"),
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
    Told::Unlocked(Err(down("unlocking")))
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
    let begins_again = vec![held(record(false)), gone(), unlocked(), Told::Peeked(Ok(None))];
    let rest = begins_again.into_iter().chain([Told::Locked(Err(down("locking"))), password(), answered(Ok(TOKEN))]);
    let trace = told(&login(), begun(rest.collect()));
    assert_eq!(trace.steps.len(), 8);
}

#[test]
fn a_line_that_cannot_be_read_says_what_is_wrong_with_it() {
    let why = |text: &str| match Trace::parse(text) {
        Err(BadTrace::Line { line, why }) => format!("{line}: {why}"),
        other => panic!("{other:?}"),
    };
    assert!(why(r#"{"hallpass_trace":1}"#).starts_with("1: it lacks a member"));
    let trace = told(
        &login(),
        begun(vec![
            Told::Locked(Ok(Lock::Held(None))),
            password(),
            answered(Ok(TOKEN)),
            Told::Saved(Ok(())),
            unlocked(),
        ]),
    );
    let broken = trace.to_string().replace("{\"effect\":{\"effect\":\"lock\"", "{{");
    assert!(why(&broken).starts_with("3: it is no JSON"), "{}", why(&broken));
}
