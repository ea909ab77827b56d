//! Two outcomes of one case, held against each other: a driver does what the bare core does, where vectors leave room too.

use std::time::Duration;

use crate::outcome::{Outcome, Seen, Verdict};

/// What every HTTP library adds to a request.
const ADDED: [&str; 3] = ["host", "user-agent", "content-length"];

/// How `outcome` differs from that of the reference: in the verdict but for its times, which may fall short by what a
/// real clock went on; in what is held; in the requests. Access tokens may say when they were made.
pub(crate) fn differences(outcome: &Outcome, reference: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    let mut same = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("not as on the bare core: {what}"));
        }
    };
    let (got, wanted) = (timeless(&outcome.verdict), timeless(&reference.verdict));
    same(got == wanted, &format!("{got:?} instead of {wanted:?}"));
    let (got, wanted) = (time(&outcome.verdict), time(&reference.verdict));
    same(got <= wanted && got + outcome.late >= wanted, &format!("{got:?} instead of {wanted:?}"));
    same(outcome.refresh == reference.refresh, "the refresh token");
    same(outcome.seen.len() == reference.seen.len(), "the number of requests");
    for (got, wanted) in outcome.seen.iter().zip(&reference.seen) {
        let what = |seen: &Seen| (seen.method.clone(), seen.target.clone(), seen.body.clone());
        same(what(got) == what(wanted), &format!("{} {}", got.method, got.target));
        let mut headers: Vec<_> = got.headers.iter().filter(|(name, _)| !ADDED.contains(&name.as_str())).collect();
        let mut expected: Vec<_> = wanted.headers.iter().collect();
        headers.sort();
        expected.sort();
        same(headers == expected, &format!("headers {headers:?} instead of {expected:?}"));
    }
    found
}

/// The verdict without what depends on the moment or on the mount.
fn timeless(verdict: &Verdict) -> Verdict {
    let known = |time: &Option<Duration>| time.map(|_| Duration::ZERO);
    match verdict.clone() {
        Verdict::Token { life, .. } => Verdict::Token { access: String::new(), life: known(&life) },
        Verdict::Passing { status, wait, code, text } => Verdict::Passing { status, wait: known(&wait), code, text },
        other => other,
    }
}

fn time(verdict: &Verdict) -> Duration {
    match verdict {
        Verdict::Token { life: Some(time), .. } | Verdict::Passing { wait: Some(time), .. } => *time,
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CoreMount, Mount as _, cases};

    #[test]
    fn what_a_vector_leaves_open_is_compared_too() {
        let lies: [fn(&mut Outcome); 5] = [
            |it| it.verdict = Verdict::Denied { status: Some(400), code: None, text: Some("made up".into()) },
            |it| it.refresh = Some("made up".into()),
            |it| it.seen.clear(),
            |it| it.seen[0].headers.push(("cookie".into(), "a=b".into())),
            |it| it.seen[0].headers.retain(|(name, _)| name != "content-type"),
        ];
        let case = cases().expect("they are right").into_iter().find(|case| case.class == "refusal").expect("a case");
        let truth = CoreMount.login(&case);
        assert_eq!(differences(&truth, &truth), Vec::<String>::new());
        for (index, lie) in lies.into_iter().enumerate() {
            let mut bent = truth.clone();
            lie(&mut bent);
            assert_eq!(differences(&bent, &truth).len(), 1, "lie {index}");
        }
        let mut added = truth.clone();
        added.seen[0].headers.push(("host".into(), "auth.example".into()));
        assert!(differences(&added, &truth).is_empty());
    }

    #[test]
    fn a_time_may_fall_short_by_what_went_by_and_never_be_longer() {
        let with = |seconds, late| Outcome {
            late: Duration::from_secs(late),
            ..Outcome::of(Verdict::Token { access: "tok".into(), life: Some(Duration::from_secs(seconds)) })
        };
        assert!(differences(&with(58, 2), &with(60, 0)).is_empty());
        assert_eq!(differences(&with(58, 1), &with(60, 0)).len(), 1);
        assert_eq!(differences(&with(61, 2), &with(60, 0)).len(), 1);
    }
}
