//! Where the second machine does otherwise, the trace says how it really was.

use super::*;

/// Placeholders are no secrets: where that makes a difference, the trace says how it really was.
#[test]
fn a_machine_that_really_landed_otherwise_is_told() {
    for (landed, really) in
        [(Landed::Again, "it did not land"), (Landed::Failed(Error::Store(down(StoreTask::Reading))), "it failed: ")]
    {
        let (recorder, ..) = recorded(&login(), first_login());
        let trace = recorder.finish(&login(), &landed, login(), String::new(), "test".into());
        assert!(trace.end.but_really.as_ref().is_some_and(|told| told.starts_with(really)), "{:?}", trace.end);
    }
    let (recorder, landed, _) = recorded(&login(), first_login());
    let trace = recorder.finish(&login(), &landed, setup(Imported::new(url())), String::new(), "test".into());
    assert_eq!(trace.end.but_really.as_deref(), Some("it got a token"));
}

/// As many answers as questions, and the same end: but what was answered is not what a machine asks for.
#[test]
fn an_answer_to_another_question_is_told() {
    let script = [Told::Peeked(Err(down(StoreTask::Reading))), password(), answered(Ok(TOKEN))];
    let mut life = Lifecycle::new(login());
    let Ticket::Lead(flight, first) = life.get(now(), &Want::default()) else { panic!("nothing is held") };
    let (mut next, mut all) = (Some(first), Vec::new());
    for told in script {
        let (told, then) = tell(&mut life, now(), next.take().expect("it goes on"), told);
        all.push(told);
        next = then;
    }
    all[0] = Told::Locked(Err(down(StoreTask::Reading)));
    let mut recorder = Recorder::new(now());
    for told in all {
        recorder.note(now(), told);
    }
    let landed = life.outcome(now(), flight, &Want::default());
    let trace = recorder.finish(&login(), &landed, login(), String::new(), "test".into());
    assert_eq!(trace.end.but_really.as_deref(), Some("it got a token"));
}
