//! An outcome held against what a case expects: every difference, one line each.

use std::time::Duration;

use hallpass_core::error::Oddity;

use crate::case::Case;
use crate::expect::{Life, Refresh, Said, Wait, Wanted};
use crate::outcome::{Outcome, Verdict};
use crate::request;
use crate::settings::Kind;

/// Compares. Beside what the vector says, some things hold for every case: no secret is printed, no server text is
/// longer than an error may carry, and every request keeps to the rules of its class.
pub(crate) fn differences(case: &Case, outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    verdict(case, outcome, &mut found);
    held(case, outcome, &mut found);
    printed(case, outcome, &mut found);
    sends(case, outcome, &mut found);
    if let (Some(wanted), Some(first)) = (&case.request, outcome.seen.first()) {
        found.extend(wanted.differences(first));
    }
    for seen in outcome.seen.iter().filter(|seen| seen.kind(&case.login) != Kind::Api) {
        found.extend(request::broken_rules(seen, &case.login));
    }
    found
}

fn verdict(case: &Case, outcome: &Outcome, found: &mut Vec<String>) {
    let got = &outcome.verdict;
    let about = |got: Duration, seconds: u64| about(got, seconds, outcome.late);
    match (&case.expect.wanted, got) {
        (Wanted::Token { access, life }, Verdict::Token { access: token, life: lives }) => {
            if access.as_ref().is_some_and(|access| access != token) {
                found.push(format!("access token: expected {access:?}, got {}", short(token)));
            }
            let right = match life.resolved(case) {
                Life::Any | Life::Default => true,
                Life::Seconds(seconds) => lives.is_some_and(|lives| about(lives, seconds)),
                Life::Unknown => lives.is_none(),
                Life::Capped => lives.is_some_and(|lives| (YEAR..=100 * YEAR).contains(&lives.as_secs())),
            };
            if !right {
                found.push(format!("life: expected {life:?}, got {lives:?}"));
            }
        }
        (Wanted::Registered(key), Verdict::Registered(got)) if key == got => {}
        (Wanted::Denied(said), Verdict::Denied { status, code, text }) => {
            same_status(case, *status, found);
            same_words(said, code.as_deref(), text.as_deref(), found);
        }
        (Wanted::Passing(wait, said), Verdict::Passing { status, wait: got, code, text }) => {
            same_status(case, Some(*status), found);
            same_words(said, code.as_deref(), text.as_deref(), found);
            let right = match wait {
                Wait::Any => got.is_some(),
                Wait::Seconds(seconds) => got.is_some_and(|got| about(got, *seconds)),
                Wait::Capped => got.is_some_and(|got| (3600..=7 * 86400).contains(&got.as_secs())),
                Wait::Never => got.is_none(),
            };
            if !right {
                found.push(format!("wait: expected {wait:?}, got {got:?}"));
            }
        }
        (Wanted::Malformed { oddities, to }, Verdict::Malformed { status, oddity }) => {
            same_status(case, Some(*status), found);
            let name = name_of(oddity);
            if !oddities.is_empty() && !oddities.contains(&name) {
                found.push(format!("oddity: expected {}, got {name}", oddities.join(" or ")));
            }
            if let (Some(to), Oddity::Redirect(got)) = (to, oddity)
                && got.as_deref().unwrap_or("none") != to
            {
                found.push(format!("redirect: expected {to}, got {got:?}"));
            }
        }
        (Wanted::Unreachable { sent, again }, Verdict::Unreachable { sent: got, again: helps }) => {
            if let Some(sent) = sent
                && sent != got
            {
                found.push(format!("maybe sent: expected {sent}, got {got}"));
            }
            if again != helps {
                found.push(format!("trying again can help: expected {again}, got {helps}"));
            }
        }
        (Wanted::Misuse, Verdict::Misuse) => {}
        (Wanted::Api(status), Verdict::Api(got)) if status == got => {}
        (wanted, got) => found.push(format!("expected {}, got {}", short(wanted), short(got))),
    }
}

const YEAR: u64 = 365 * 86400;

impl Life {
    /// [`Life::Default`] as the case's dialect means it.
    fn resolved(self, case: &Case) -> Self {
        match self {
            Self::Default => case.exchange.dialect.default_life().map_or(Self::Unknown, Self::Seconds),
            life => life,
        }
    }
}

fn about(got: Duration, seconds: u64, late: Duration) -> bool {
    let wanted = Duration::from_secs(seconds);
    got <= wanted && got + late >= wanted
}

fn same_status(case: &Case, status: Option<u16>, found: &mut Vec<String>) {
    if status.is_some_and(|status| status != case.reply.status) {
        found.push(format!("status: expected {}, got {status:?}", case.reply.status));
    }
}

fn same_words(said: &Said, code: Option<&str>, text: Option<&str>, found: &mut Vec<String>) {
    for (what, wanted, got) in [("code", &said.code, code), ("text", &said.text, text)] {
        if wanted.as_ref().is_some_and(|wanted| wanted.as_deref() != got) {
            found.push(format!(
                "{what}: expected {}, got {}",
                short(&wanted.as_ref().and_then(|it| it.as_ref())),
                short(&got)
            ));
        }
        // 256 characters, and a sign that there were more.
        let Some(got) = got else { continue };
        if got.chars().count() > 260 || got.chars().any(char::is_control) {
            found.push(format!("{what}: too long or not in one line: {}", short(&got)));
        }
    }
}

fn held(case: &Case, outcome: &Outcome, found: &mut Vec<String>) {
    let wanted = match &case.expect.refresh {
        Refresh::Unchanged => case.login.held.refresh_token.as_deref(),
        Refresh::Gone => None,
        Refresh::Any => return,
        Refresh::Is(token) => Some(token.as_str()),
    };
    if outcome.refresh.as_deref() != wanted {
        found.push(format!("refresh token: expected {wanted:?}, got {}", short(&outcome.refresh)));
    }
}

fn printed(case: &Case, outcome: &Outcome, found: &mut Vec<String>) {
    for hidden in case.login.hidden().chain(case.hides.iter().map(String::as_str)) {
        if outcome.printed.contains(hidden) {
            found.push(format!("it prints {hidden:?}: {}", short(&outcome.printed)));
        }
    }
    for shown in case.shows.iter().filter(|shown| !outcome.printed.contains(shown.as_str())) {
        found.push(format!("it does not say {shown:?}: {}", short(&outcome.printed)));
    }
}

fn sends(case: &Case, outcome: &Outcome, found: &mut Vec<String>) {
    let nothing = case.expect.wanted == Wanted::Misuse;
    let usual = if nothing { Vec::new() } else { vec![case.exchange.kind] };
    let wanted = case.expect.sends.as_ref().unwrap_or(&usual);
    let got: Vec<Kind> = outcome.seen.iter().map(|seen| seen.kind(&case.login)).collect();
    if got != *wanted {
        found.push(format!("sends: expected {wanted:?}, got {got:?}"));
    }
}

/// An oddity, as vectors name it.
pub fn name_of(oddity: &Oddity) -> String {
    match oddity {
        Oddity::Empty => "empty".into(),
        Oddity::Html => "html".into(),
        Oddity::NotJson => "not-json".into(),
        Oddity::Truncated => "truncated".into(),
        Oddity::TrailingText => "trailing-text".into(),
        Oddity::NotAnObject => "not-an-object".into(),
        Oddity::TooDeep => "too-deep".into(),
        Oddity::Twice(member) => format!("twice:{member}"),
        Oddity::Missing(member) => format!("missing:{member}"),
        Oddity::IdTokenOnly => "id-token-only".into(),
        Oddity::BadCharacters(member) => format!("bad-characters:{member}"),
        Oddity::TokenType(_) => "token-type".into(),
        Oddity::Redirect(_) => "redirect".into(),
        Oddity::TooLarge => "too-large".into(),
        Oddity::Encoded(_) => "encoded".into(),
        Oddity::Status => "status".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn short(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
