//! Records with everything in them that a store must give back.

use core::time::Duration;

use hallpass_core::dialect::{Held, Spends};
use hallpass_core::lifecycle::{Closed, KeptGrant, Mark, Record, Revision};
use hallpass_core::{AccessToken, RefreshToken, UserKey, UtcDateTime};

pub(super) fn records() -> Vec<(&'static str, Record)> {
    let bare = Record::new(Revision(0), Held::default());
    let mut all = vec![
        ("nothing held", bare.clone()),
        ("everything at once", full("token")),
        ("long tokens", full(&"0123456789abcdef".repeat(4096))),
        ("letters of every kind", full("\"\\\n\u{0}'${}\u{e4}\u{1f511}")),
        ("a life that nobody knows", Record { grant: Some(grant("token", None)), ..bare.clone() }),
    ];
    for spends in Spends::ALL {
        all.push(("each kind of mark", Record { spending: Some(mark(spends)), ..bare.clone() }));
    }
    all
}

/// A record whose save must still be its writer's to make.
pub(super) fn marked(revision: u64) -> Record {
    let held = Held { refresh_token: Some(RefreshToken::new("spent")), user_key: None };
    Record { spending: Some(mark(Spends::RefreshToken)), ..Record::new(Revision(revision), held) }
}

fn full(text: &str) -> Record {
    let access: String = text.chars().filter(char::is_ascii_graphic).collect();
    Record {
        revision: Revision(u64::MAX),
        held: Held { user_key: Some(UserKey::new(text)), refresh_token: Some(RefreshToken::new(text)) },
        grant: Some(grant(&access, Some(Duration::from_hours(1)))),
        spending: Some(mark(Spends::RefreshToken)),
        closed: Some(Closed {
            since: moment(),
            wait: Duration::from_nanos(1_000_000_007),
            strikes: u32::MAX,
            salt: u64::MAX,
            digest: u32::MAX,
            why: Some("400 invalid_grant".into()),
        }),
    }
}

fn grant(token: &str, life: Option<Duration>) -> KeptGrant {
    let access_token = AccessToken::new(token).expect("plain ASCII that may stand in a header");
    KeptGrant { access_token, issued: moment(), age_when_saved: Duration::from_millis(1234), life }
}

fn mark(spends: Spends) -> Mark {
    Mark { spends, since: moment(), by: "host \"a\", process 7".into() }
}

/// To the nanosecond, as clocks have it.
fn moment() -> UtcDateTime {
    let second = UtcDateTime::from_unix_timestamp(1_700_000_000).expect("a year that there is");
    second.replace_nanosecond(123_456_789).expect("below a thousand million")
}
