//! How many bad inputs there are of each class, beside how many there should be.

use std::fmt;

use super::{clocks, urls};
use crate::case::Case;

/// A class of bad inputs: what it is called, how many there should be, and the classes of cases that belong to it.
const CLASSES: [(&str, usize, &[&str]); 9] = [
    ("expires_in", 60, &["life"]),
    (
        "JSON shapes",
        250,
        &["json", "error-in-200", "refusal", "html", "empty", "type", "bytes", "refresh-token", "user-key"],
    ),
    ("status x content type", 150, &["bad-status-type", "content-type"]),
    ("Retry-After", 60, &["retry-after", "bad-retry-after"]),
    ("WWW-Authenticate", 80, &["challenge", "bad-challenge"]),
    ("token bytes, three places", 768, &["bad-token-byte"]),
    ("Basic id and secret", 60, &["basic"]),
    ("redirects, 5 x 6", 30, &["redirect"]),
    ("decompression bombs", 12, &["bad-coding", "size"]),
];

/// The lines of the table: class, how many there should be, how many there are.
pub struct Volume(pub Vec<(&'static str, usize, usize)>);

impl Volume {
    /// Counts vectors; the three encodings of one pair of id and secret are three.
    pub fn of(cases: &[Case]) -> Self {
        let count = |classes: &[&str]| {
            let mut names: Vec<_> = cases
                .iter()
                .filter(|case| classes.contains(&case.class.as_str()))
                .map(|case| {
                    (
                        &case.class,
                        &case.vector,
                        (case.class == "basic").then(|| format!("{:?}", case.login.settings.auth)),
                    )
                })
                .collect();
            names.sort();
            names.dedup();
            names.len()
        };
        let counted = CLASSES.iter().map(|(name, goal, classes)| match *name {
            // Five codes to seven places, at the token endpoint and at the API: `suite::redirects`.
            "redirects, 5 x 6" => (*name, *goal, count(classes) + crate::suite::redirects::CASES),
            _ => (*name, *goal, count(classes)),
        });
        let others = [("URL and host pairs", 100, urls::count()), ("clocks", 40, clocks::count())];
        Self(counted.chain(others).collect())
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<27}{:>6}{:>8}", "bad inputs", "goal", "there")?;
        for (name, goal, there) in &self.0 {
            writeln!(f, "{name:<27}{goal:>6}{there:>8}")?;
        }
        let sum = |of: fn(&(&str, usize, usize)) -> usize| self.0.iter().map(of).sum::<usize>();
        writeln!(f, "{:<27}{:>6}{:>8}", "all", sum(|line| line.1), sum(|line| line.2))
    }
}
