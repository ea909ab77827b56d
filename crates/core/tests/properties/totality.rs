//! Whatever comes, a value comes of it (invariant 9).

use hallpass_core::dialect::{Ambiguity, Spends};
use hallpass_core::wire::life::LONGEST_LIFE;
use hallpass_core::wire::{challenge, date, json, jwt, life};
use hallpass_core::{AccessToken, Deadline, Endpoint, Now, Origin, SendError, UtcDateTime};
use proptest::prelude::*;

use crate::generate::{replies, situations};
use crate::world::{World, start};

proptest! {
    #![proptest_config(crate::cases(96))]

    #[test]
    fn any_reply_to_any_exchange_ends_the_login(first in replies(), second in replies()) {
        for situation in situations("K", "R1") {
            let world = World::new(&*situation.dialect).holding(situation.held);
            let world = if situation.goal == hallpass_core::dialect::Goal::Register { world.registering() } else { world };
            // At most two requests: a refresh that falls back authenticates once.
            let run = world.answers([Ok(first.clone()), Ok(second.clone())]);
            if let Err(error) = &run.end {
                prop_assert!(!error.to_string().contains(char::is_control), "{}", situation.name);
            }
        }
    }

    #[test]
    fn any_loss_in_any_situation_ends_the_login(cause: String, maybe: bool, second in replies(), marked: bool) {
        for situation in situations("K", "R1") {
            let lost = if maybe { SendError::MaybeSent(cause.clone()) } else { SendError::NotSent(cause.clone()) };
            let world = World::new(&*situation.dialect).holding(situation.held);
            let world = if situation.goal == hallpass_core::dialect::Goal::Register { world.registering() } else { world };
            let world = if marked { world.marked(Spends::RefreshToken) } else { world };
            world.answers([Err(lost), Ok(second.clone())]);
        }
    }

    /// A rotating refresh token is sent at most once, and after a mark, whatever is answered (invariant 1).
    #[test]
    fn a_refresh_token_is_sent_once_and_under_a_mark(first in replies(), resend: bool) {
        let ambiguity = if resend { Ambiguity::Resend } else { Ambiguity::Authenticate };
        let dialect = crate::world::password_form().on_lost_refresh(ambiguity);
        let run = World::new(&dialect).holding(crate::world::held("", "R1")).run(|_| Ok(first.clone()));
        prop_assert_eq!(&run.trace[..2], ["save R1 marked RefreshToken", "send refresh"]);
        prop_assert_eq!(run.trace.iter().filter(|word| *word == "send refresh").count(), 1);
        // What follows is kept without the mark.
        prop_assert!(run.trace[2..].iter().all(|word| !word.contains("marked")));
    }
}

proptest! {
    #![proptest_config(crate::cases(512))]

    #[test]
    fn readers_of_text_are_total(text: String) {
        let _ = (challenge::parse(&text), date::http_date(&text), Origin::parse(&text), Endpoint::parse(&text));
        let _ = (AccessToken::new(&text), jwt::life(&text, start().wall), json::as_text(&text));
        prop_assert!(life::seconds(&text).is_none_or(|life| life <= LONGEST_LIFE));
        if let Ok(object) = json::Object::parse(&text) {
            let bare = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            prop_assert!(bare.starts_with('{') && bare.ends_with('}'), "{}", text);
            let _ = (object.text("a"), object.number("a"), object.raw("a"));
        }
    }

    #[test]
    fn readers_of_their_own_alphabets_are_total(
        number in "[-+.eE0-9]{0,40}",
        challenge in r#"[a-z=",\\ ]{0,60}"#,
        json in r#"[\[\]{}:,"\\u0-9a-f. -]{0,60}"#,
        date in "[A-Za-z]{0,9},? [-0-9A-Za-z: ]{0,25}",
        url in r"[a-z]{0,5}:?/{0,3}[a-z0-9@:.\[\]%/?#\\-]{0,40}",
        base in "https://[a-z]{1,9}/[a-z/?]{0,9}",
    ) {
        // The standard library's reader of floats is the oracle, where it does not read words.
        let oracle = number.parse::<f64>().ok().map(|seconds| seconds.max(0.0).floor());
        prop_assert_eq!(life::seconds(&number).is_some(), oracle.is_some());
        let _ = (challenge::parse(&challenge), json::Object::parse(&json), date::http_date(&date));
        if let (Ok(endpoint), Ok(base)) = (Endpoint::parse(&url), Endpoint::parse(&base)) {
            prop_assert_eq!(Endpoint::parse(&endpoint.to_url()), Ok(endpoint));
            if let Ok(joined) = base.join(&url) {
                prop_assert_eq!(joined.origin(), base.origin());
            }
        }
    }

    /// An object that we read is one that `serde_json` reads, and a string member has the same content.
    #[test]
    fn an_object_is_read_as_serde_reads_it(names in proptest::collection::btree_set("[a-c]{1,2}", 0..5), seed: u64) {
        let value: serde_json::Map<_, _> = names.iter().enumerate().map(|(n, name)| {
            let value = match (seed >> n) % 4 {
                0 => serde_json::json!(name),
                1 => serde_json::json!(seed),
                2 => serde_json::json!(null),
                _ => serde_json::json!([{ "a": name }]),
            };
            (name.clone(), value)
        }).collect();
        let text = serde_json::to_string_pretty(&value).expect("JSON");
        let object = json::Object::parse(&text).expect("an object");
        for name in ["a", "b", "c", "aa"] {
            let expected = value.get(name).and_then(|value| value.as_str()).map(str::to_owned);
            prop_assert_eq!(object.text(name).expect("once").map(std::borrow::Cow::into_owned), expected);
        }
    }

    /// Any life on any clock: no arithmetic overflows, and nothing outlives what was granted.
    #[test]
    fn clocks_of_any_time_are_total(mono: u64, wall in -377_705_116_800..=253_402_300_799_i64, by: u64, claims in any::<(f64, f64)>()) {
        let moment = UtcDateTime::from_unix_timestamp(wall).expect("within the calendar");
        let now = Now { mono: core::time::Duration::from_secs(mono), wall: moment };
        let later = now.after(core::time::Duration::from_secs(by));
        prop_assert!(later.mono >= now.mono && later.wall >= now.wall);
        prop_assert!(!Deadline::after(now, core::time::Duration::from_secs(1)).passed(now) || now.mono == core::time::Duration::MAX);
        let claims = format!(r#"{{"iat":{},"exp":{}}}"#, claims.0, claims.1);
        let token = format!("e30.{}.x", base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims));
        prop_assert!(jwt::life(&token, moment).is_none_or(|life| life <= LONGEST_LIFE && !life.is_zero()));
    }
}
