//! The suite can fail: an outcome that is not what it was is found out.

use std::sync::LazyLock;
use std::time::Duration;

use hallpass_conformance::{Case, CoreMount, Mount, Outcome, Verdict, cases};

/// Every case that the core passes, with its outcome.
static RUN: LazyLock<Vec<(Case, Outcome)>> = LazyLock::new(|| {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}")).into_iter();
    let ran = cases.filter(|case| CoreMount.skips(case).is_none() && case.disputed.is_none());
    ran.map(|case| (case.clone(), CoreMount.login(&case))).collect()
});

/// How many cases notice it when their outcome is bent.
fn noticed_by(lie: fn(&mut Outcome)) -> usize {
    let notices = |(case, outcome): &&(Case, Outcome)| {
        let mut bent = outcome.clone();
        lie(&mut bent);
        !case.differences(&bent).is_empty()
    };
    RUN.iter().filter(notices).count()
}

const SECRET: &str = "s3cr3t-Plain_09.~";

type Lie = fn(&mut Outcome);

/// Each lie, and how many cases must notice it.
const LIES: [(&str, usize, Lie); 12] = [
    ("a longer life", 300, |it| {
        if let Verdict::Token { life: Some(life), .. } = &mut it.verdict {
            *life += Duration::from_secs(1);
        }
    }),
    ("a life out of nowhere", 50, |it| {
        if let Verdict::Token { life: life @ None, .. } = &mut it.verdict {
            *life = Some(Duration::from_hours(1));
        }
    }),
    ("another token", 300, |it| {
        if let Verdict::Token { access, .. } = &mut it.verdict {
            access.push('x');
        }
    }),
    ("no wait", 50, |it| {
        if let Verdict::Passing { wait: Some(wait), .. } = &mut it.verdict {
            *wait = Duration::ZERO;
        }
    }),
    ("never again", 150, |it| {
        if let Verdict::Passing { wait, .. } = &mut it.verdict {
            *wait = None;
        }
    }),
    ("a passing refusal", 300, |it| {
        if let Verdict::Denied { status: Some(status), .. } = it.verdict {
            it.verdict = Verdict::Passing { status, wait: Some(Duration::ZERO), code: None, text: None };
        }
    }),
    ("no code", 100, |it| {
        if let Verdict::Denied { code, .. } = &mut it.verdict {
            *code = None;
        }
    }),
    ("a refused malformed reply", 300, |it| {
        if let Verdict::Malformed { status, .. } = it.verdict {
            it.verdict = Verdict::Denied { status: Some(status), code: None, text: None };
        }
    }),
    ("a lost refresh token", 40, |it| it.refresh = None),
    ("a refresh token out of nowhere", 900, |it| it.refresh = it.refresh.take().or(Some("ref-9".into()))),
    ("a printed secret", 900, |it| it.printed.push_str(SECRET)),
    ("a request too many", 900, |it| {
        if let Some(first) = it.seen.first().cloned() {
            it.seen.push(first);
        }
    }),
];

#[test]
fn every_lie_is_found_out() {
    assert_eq!(noticed_by(|_| {}), 0, "the truth");
    for (name, least, lie) in LIES {
        let found = noticed_by(lie);
        assert!(found >= least, "{name}: noticed by {found} cases, {least} must");
    }
}

/// What a request must not do, whichever vector it belongs to.
#[test]
fn requests_that_break_a_rule_are_found_out() {
    let lies: [Lie; 5] = [
        |it| it.seen.iter_mut().for_each(|seen| seen.method = "GET".into()),
        |it| it.seen.iter_mut().for_each(|seen| seen.target.push_str(SECRET)),
        |it| it.seen.iter_mut().for_each(|seen| seen.headers.retain(|(name, _)| name != "accept")),
        |it| it.seen.iter_mut().for_each(|seen| seen.body.extend(b"&grant_type=x")),
        |it| it.seen.iter_mut().for_each(|seen| seen.body.extend(b"&client_secret=x")),
    ];
    for (index, lie) in lies.into_iter().enumerate() {
        let found = noticed_by(lie);
        assert!(found >= 200, "lie {index} was noticed by {found} cases only");
    }
}
