//! What was seen at each step, and how it is printed.

use core::fmt::Write;

use serde::Serialize;

use crate::failure::Failure;

/// Why something is wrong, as far as can be told, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    /// Its name, which programs may rely on.
    pub(super) id: &'static str,
    #[serde(rename = "cause")]
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Cause {
    pub(super) fn new(id: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, what: what.into(), remedy: remedy.into() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warning,
    Failed,
    Skipped,
}

/// One step.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    #[serde(rename = "step")]
    name: &'static str,
    state: State,
    seen: String,
    causes: Vec<Cause>,
    #[serde(skip)]
    failure: Option<Failure>,
}

impl Step {
    /// It works; `causes` are warnings.
    pub(super) fn seen(name: &'static str, seen: impl Into<String>, causes: Vec<Cause>) -> Self {
        let state = if causes.is_empty() { State::Ok } else { State::Warning };
        Self { name, state, seen: seen.into(), causes, failure: None }
    }

    /// It does not work.
    pub(super) fn failed(name: &'static str, failure: Failure, causes: Vec<Cause>) -> Self {
        Self { name, state: State::Failed, seen: failure.message().to_owned(), causes, failure: Some(failure) }
    }

    /// The warning of that name does not hold any more, if it is one of these.
    pub(super) fn settle(&mut self, id: &str, since: &str) {
        let warnings = self.causes.len();
        self.causes.retain(|cause| cause.id != id);
        if self.causes.len() < warnings {
            self.seen.push_str(since);
        }
        if self.causes.is_empty() && self.state == State::Warning {
            self.state = State::Ok;
        }
    }

    /// It was not tried.
    pub(super) fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, state: State::Skipped, seen: why.into(), causes: Vec::new(), failure: None }
    }

    pub(super) fn is_failed(&self) -> bool {
        self.state == State::Failed
    }
}

/// What every report has a row for, in the order in which it is tried. A `proxy` is a row where there is one.
const STEPS: [&str; 10] =
    ["profile", "store", "secret", "dns", "connect", "tls", "token endpoint", "reply", "clock", "api"];

/// All steps of a profile.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    profile: String,
    fine: bool,
    /// How many logins were sent.
    logins: usize,
    steps: Vec<Step>,
}

impl Findings {
    pub(super) fn of(profile: &str, logins: usize, mut steps: Vec<Step>) -> Self {
        for (nth, name) in STEPS.into_iter().enumerate() {
            if steps.iter().all(|step| step.name != name) {
                let later = steps.iter().position(|step| STEPS[nth..].contains(&step.name));
                steps.insert(later.unwrap_or(steps.len()), Step::skipped(name, "not tried"));
            }
        }
        let fine = !steps.iter().any(Step::is_failed);
        Self { profile: profile.to_owned(), fine, logins, steps }
    }

    /// The failure of the first step that has one, with its likeliest cause.
    pub(super) fn failure(self) -> Option<Failure> {
        let step = self.steps.into_iter().find(Step::is_failed)?;
        let likely = step.causes.first().map(|first| format!(" Likely: {}", first.what)).unwrap_or_default();
        step.failure.map(|failure| {
            let ended = likely.is_empty() || failure.message().ends_with(['.', '?', '!']);
            failure.with(if ended { "" } else { "." }).with(&likely)
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}: {}\n\n", self.profile, self.verdict());
        for Step { name, state, seen, causes, .. } in &self.steps {
            let mark = match state {
                State::Ok => "ok",
                State::Warning => "warn",
                State::Failed => "FAIL",
                State::Skipped => "-",
            };
            let _ = writeln!(text, "  {mark:<5} {name:<15} {seen}");
            for (number, Cause { id, what, remedy }) in causes.iter().enumerate() {
                let word = if number == 0 { "likely" } else { "or" };
                let _ = writeln!(text, "          {word:<7} {what} [{id}]\n          {:<7} {remedy}", "do");
            }
        }
        let sent = match self.logins {
            0 => "No login was sent",
            1 => "One login was sent, in memory",
            _ => "Several logins were sent, in memory",
        };
        let _ = writeln!(text, "\n{sent}; nothing was kept or registered, and no refresh token was used.");
        text
    }

    fn verdict(&self) -> String {
        let warned = self.steps.iter().filter(|step| step.state == State::Warning).count();
        match (self.steps.iter().find(|step| step.is_failed()), warned) {
            (Some(failed), _) => format!("it fails at the step `{}`", failed.name),
            (None, 0) if self.logins == 0 => "nothing is wrong, as far as can be seen without a login".into(),
            (None, _) if self.logins == 0 => {
                "nothing fails, as far as can be seen without a login; see the warnings".into()
            }
            (None, 0) => "fine".into(),
            (None, 1) => "it works, with one warning".into(),
            (None, warned) => format!("it works, with {warned} warnings"),
        }
    }
}
