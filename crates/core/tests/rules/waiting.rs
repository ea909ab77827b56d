//! Rules 18 and 19: what may pass, how long to wait, and what a challenge says.

use core::time::Duration;

use hallpass_core::Retry;
use hallpass_core::wire::challenge;
use hallpass_core::wire::date::LONGEST_WAIT;

use crate::world::{World, basic_form, reply};

#[test]
fn rule_18_some_statuses_may_pass_and_the_rest_do_not() {
    for status in 400..600 {
        let passes = matches!(status, 408 | 425 | 429 | 500..=599);
        let run = World::new(&basic_form()).answered(status, &[], r#"{"error":"x"}"#);
        assert_eq!(run.error().retry().can_help(), passes, "{status}");
        assert_eq!(run.error().status().map(|status| status.as_u16()), Some(status));
        assert_eq!(run.error().code(), Some("x"), "{status}");
    }
}

#[test]
fn rule_18_retry_after_is_seconds_or_any_http_date() {
    let longest = LONGEST_WAIT.as_secs();
    // The server's clock says 22:13:20, as ours does.
    let cases = [
        ("0", Some(0)),
        ("2", Some(2)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("007", Some(7)),
        ("86400", Some(longest)),
        ("86401", Some(longest)),
        ("99999999999", Some(longest)),
        ("18446744073709551616", Some(longest)),
        ("99999999999999999999999999999999999999", Some(longest)),
        ("Tue, 14 Nov 2023 22:13:23 GMT", Some(3)),
        ("Tuesday, 14-Nov-23 22:13:23 GMT", Some(3)),
        ("Tue Nov 14 22:13:23 2023", Some(3)),
        ("Tue, 14 Nov 2023 22:13:20 GMT", Some(0)),
        ("Tue, 14 Nov 2023 22:13:19 GMT", Some(0)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Wed, 15 Nov 2023 22:13:20 GMT", Some(longest)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(longest)),
        ("", None),
        ("-1", None),
        ("+5", None),
        ("1.5", None),
        ("1e3", None),
        ("0x10", None),
        ("5s", None),
        ("5, 6", None),
        ("soon", None),
        ("Tue, 14 Nov 2023 22:13:23", None),
        ("Tue, 14 Nov 2023 22:13:23 CET", None),
        ("Tue, 99 Nov 2023 22:13:23 GMT", None),
        ("Tue, 14 Nov 2023 25:61:61 GMT", None),
        ("Tue, 14 Nov 10000 22:13:23 GMT", None),
        ("Tue, 14 Nov 0000 22:13:23 GMT", None),
        ("2023-11-14T22:13:23Z", None),
    ];
    let date = ("date", "Tue, 14 Nov 2023 22:13:20 GMT");
    for (text, wait) in cases {
        for headers in [&[date, ("retry-after", text)][..], &[("retry-after", text)]] {
            let run = World::new(&basic_form()).answered(503, headers, "");
            let wait = Duration::from_secs(wait.unwrap_or_default());
            assert_eq!(run.error().retry(), Retry::After(wait), "{text}");
        }
        let asked = hallpass_core::wire::date::retry_after(&reply(429, &[("retry-after", text)], ""));
        assert_eq!(asked.map(|wait| wait.as_secs()), wait, "{text}");
    }
    assert_eq!(World::new(&basic_form()).answered(429, &[], "").error().retry(), Retry::After(Duration::ZERO));
}

/// A date means a moment on the clock of the server that wrote it, which may differ from ours.
#[test]
fn rule_18_a_date_counts_from_the_servers_own_clock() {
    let wait = |date: &str| {
        let headers = [("date", date), ("retry-after", "Tue, 14 Nov 2023 20:00:30 GMT")];
        World::new(&basic_form()).answered(503, &headers, "").error().retry()
    };
    assert_eq!(wait("Tue, 14 Nov 2023 20:00:00 GMT"), Retry::After(Duration::from_secs(30)));
    assert_eq!(wait("nonsense"), Retry::After(Duration::ZERO), "by our clock it is over");
}

#[test]
fn rule_18_the_wait_is_told_in_words() {
    let run = World::new(&basic_form()).answered(503, &[("retry-after", "7")], "down for maintenance\n");
    let told = run.error().to_string();
    assert!(told.ends_with("503 (down for maintenance). Try again in 7 s"), "{told}");
}

/// A scheme and its parameters.
type Read = (&'static str, &'static [(&'static str, &'static str)]);

#[test]
fn rule_19_challenges_are_told_apart() {
    let cases: [(&str, &[Read]); 22] = [
        (
            r#"Bearer error="insufficient_scope", scope="write""#,
            &[("Bearer", &[("error", "insufficient_scope"), ("scope", "write")])],
        ),
        ("Bearer", &[("Bearer", &[])]),
        ("bearer realm=x", &[("bearer", &[("realm", "x")])]),
        (
            r#"Bearer realm="a, b", error="invalid_token", Basic realm=x"#,
            &[("Bearer", &[("realm", "a, b"), ("error", "invalid_token")]), ("Basic", &[("realm", "x")])],
        ),
        ("Basic, Bearer", &[("Basic", &[]), ("Bearer", &[])]),
        (r#"Bearer ERROR="x""#, &[("Bearer", &[("error", "x")])]),
        (r#"Bearer error = "x""#, &[("Bearer", &[("error", "x")])]),
        (r#"Bearer	error="x""#, &[("Bearer", &[("error", "x")])]),
        (r#"Bearer error="a\"b\\c""#, &[("Bearer", &[("error", "a\"b\\c")])]),
        (r#"Bearer realm="a\", b", error="x""#, &[("Bearer", &[("realm", "a\", b"), ("error", "x")])]),
        // Outside of quotes a backslash escapes nothing.
        (r#"Bearer realm=\"a, b", error="x""#, &[("Bearer", &[("realm", "\\\"a, b\""), ("error", "x")])]),
        (r#"Bearer error="x=y""#, &[("Bearer", &[("error", "x=y")])]),
        (r#"Bearer error="never closed, scope=x"#, &[("Bearer", &[("error", "never closed, scope=x")])]),
        (r#"Bearer error="ends in a backslash\"#, &[("Bearer", &[("error", "ends in a backslash")])]),
        ("Bearer error=", &[("Bearer", &[("error", "")])]),
        (",,, Bearer ,,, error=x ,,", &[("Bearer", &[("error", "x")])]),
        (r#"error="x""#, &[]),
        ("", &[]),
        (" , ", &[]),
        ("=", &[]),
        ("\"", &[]),
        ("B@d x=y", &[]),
    ];
    for (text, expected) in cases {
        let found = challenge::parse(text);
        let found: Vec<_> = found
            .iter()
            .map(|challenge| {
                let params: Vec<_> =
                    challenge.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                (challenge.scheme.as_str(), params)
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(scheme, params)| (*scheme, params.to_vec())).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn rule_19_a_challenge_that_cannot_be_read_hides_no_other() {
    let token68 = challenge::parse("Negotiate YWJj==, Bearer error=invalid_token");
    assert_eq!(token68.last().and_then(|challenge| challenge.param("error")), Some("invalid_token"));
    let found = challenge::of(&reply(401, &[("www-authenticate", "Bearer error=x")], "").headers);
    assert_eq!(found[0].param("error"), Some("x"));
}
