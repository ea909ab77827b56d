//! Any text for a profile file.

use std::fmt::Write;

use hallpass_profile::{ProfileError, Profiles};
use hallpass_testkit::canary::Canaries;

/// What stands for a secret in the corpus.
const CANARY: &str = "canary-7f3a";

/// The keys whose values are secrets, wherever else their names may stand.
const SECRETS: [&str; 4] = ["client_secret = ", "user_secret = ", "user_key = ", "password = "];

/// Reads the text, and never runs, opens or connects to anything that it names.
pub fn profiles(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let said = said(text);
    assert_eq!(said, self::said(text), "the same text says the same");
    let secret = |line: &str| SECRETS.iter().any(|key| line.starts_with(key)) && !is_named(line);
    let canaries = Canaries::new([CANARY]);
    if text.lines().filter(|line| canaries.seen_in(line).is_some()).all(secret) {
        canaries.assert_unseen("a profile", &said);
    }
}

/// Whether the canary, in whatever case, is part of a key, which is no secret.
fn is_named(line: &str) -> bool {
    let of_a_key = |letter: char| letter.is_alphanumeric() || "_-\"' ".contains(letter);
    let line = line.to_ascii_lowercase();
    line.match_indices(CANARY)
        .any(|(at, canary)| line[at + canary.len()..].trim_start_matches(of_a_key).starts_with(['=', '.']))
}

/// Everything that can be said without looking anywhere else.
fn said(text: &str) -> String {
    let lines = text.lines().count() + 1;
    let profiles = match Profiles::parse(text, "p.toml") {
        Ok(profiles) => profiles,
        Err(error) => {
            if let ProfileError::Syntax { line, column, .. } = &error {
                assert!((1..=lines).contains(line) && *column >= 1, "line {line}, column {column} of {lines}");
            }
            return format!("{error} {error:?}");
        }
    };
    let mut said = format!("{profiles:?}");
    let mut before = 0;
    for problem in profiles.problems() {
        assert!((before..=lines).contains(&problem.line), "{problem} comes after line {before}, of {lines}");
        before = problem.line;
        let _ = write!(said, " {problem} {problem:?}");
    }
    let names: Vec<_> = profiles.names().map(str::to_owned).collect();
    for name in names {
        let _ = match profiles.get(&name) {
            Err(error) => write!(said, " {error} {error:?}"),
            Ok(it) => {
                let urls = (it.token_url(), it.api_url(), it.origins());
                write!(said, " {it:?} {urls:?} {:?} {}", it.check_path(), it.has_user_key())
            }
        };
    }
    said
}
