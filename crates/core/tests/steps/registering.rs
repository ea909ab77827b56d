//! Registration: only when asked for, once, and never lost without a word.

use hallpass_core::dialect::Spends;
use hallpass_core::error::Denied;
use hallpass_core::step::Outcome;
use hallpass_core::{Error, Misuse, Retry, SendError};

use crate::world::{ROTATED, TOKEN, World, held, user_key};

const KEY: &str = r#"{"user_key":"K","user_id":"alice"}"#;

#[test]
fn only_an_explicit_registration_registers() {
    let run = World::new(&user_key()).answered(200, &[], KEY);
    assert!(run.trace.is_empty());
    assert_eq!(run.error(), &Error::Misuse(Misuse::NotRegistered));
}

#[test]
fn a_registration_is_marked_and_its_key_saved_before_it_is_handed_out() {
    let run = World::new(&user_key()).registering().answered(201, &[], KEY);
    assert_eq!(run.trace, ["ask user_secret", "save marked Registration", "send register", "save K"]);
    assert!(matches!(&run.end, Ok(Outcome::UserKey(key)) if key.expose() == "K"));
}

#[test]
fn a_held_key_is_never_overwritten() {
    let run = World::new(&user_key()).registering().holding(held("K", "")).answered(200, &[], r#"{"user_key":"X"}"#);
    assert!(run.trace.is_empty());
    assert_eq!(run.error(), &Error::Misuse(Misuse::AlreadyRegistered));
    // Nor by a token reply that has one in it.
    let sneaky = r#"{"access_token":"T1","refresh_token":"R2","user_key":"X"}"#;
    let run = World::new(&user_key()).holding(held("K", "R1")).answered(200, &[], sneaky);
    assert_eq!(run.trace.last().expect("a save"), "save K R2");
}

#[test]
fn a_registration_that_was_not_sent_or_turned_away_may_be_tried_again() {
    for reply in [Err(SendError::NotSent("refused".into())), Ok(crate::world::reply(429, &[], ""))] {
        let run = World::new(&user_key()).registering().answers([reply]);
        assert_eq!(run.trace, ["ask user_secret", "save marked Registration", "send register", "save"]);
        assert!(run.error().retry().can_help());
    }
}

#[test]
fn a_refused_registration_takes_its_mark_back() {
    let taken = r#"{"user_id":["A user with that username already exists."]}"#;
    let run = World::new(&user_key()).registering().answered(400, &[], taken);
    assert_eq!(run.trace, ["ask user_secret", "save marked Registration", "send register", "save"]);
    assert_eq!(run.refused().text.as_deref(), Some("user_id: A user with that username already exists."));
}

#[test]
fn a_registration_whose_answer_is_lost_keeps_its_mark_and_is_not_repeated() {
    let replies = [
        Err(SendError::MaybeSent("reset".into())),
        Ok(crate::world::reply(500, &[], "")),
        Ok(crate::world::reply(503, &[], "")),
        Ok(crate::world::reply(200, &[], "")),
    ];
    for reply in replies {
        let run = World::new(&user_key()).registering().answers([reply]);
        assert_eq!(run.trace, ["ask user_secret", "save marked Registration", "send register"]);
        assert_eq!(run.error().retry(), Retry::Never, "{}", run.error());
    }
}

#[test]
fn the_next_start_reports_a_lost_registration_and_sends_nothing() {
    let run = World::new(&user_key()).registering().marked(Spends::Registration).answered(200, &[], KEY);
    assert!(run.trace.is_empty());
    assert_eq!(run.error(), &Error::Denied(Denied::LostRegistration));
}

/// "Register first" would send a reader in a circle, and a refresh in between would write over the mark.
#[test]
fn a_token_login_that_finds_a_lost_registration_reports_it_too() {
    let dialect = user_key();
    for refresh_token in ["", "R1"] {
        let world = World::new(&dialect).holding(held("", refresh_token)).marked(Spends::Registration);
        let run = world.answered(200, &[], TOKEN);
        assert!(run.trace.is_empty(), "{:?}", run.trace);
        assert_eq!(run.error(), &Error::Denied(Denied::LostRegistration));
    }
}

/// Whoever gives the key has answered the question that the mark asks.
#[test]
fn a_key_that_was_given_since_settles_a_lost_registration() {
    let run = World::new(&user_key()).holding(held("K", "")).marked(Spends::Registration).answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["ask user_secret", "send authenticate", "save K R2"]);
    let run = World::new(&user_key()).registering().holding(held("K", "")).marked(Spends::Registration).answered(
        200,
        &[],
        KEY,
    );
    assert_eq!(run.error(), &Error::Misuse(Misuse::AlreadyRegistered));
}
