//! The bare core: [`hallpass_core::step`], with replies as values and one fixed moment.

use std::time::Duration;

use hallpass_core::dialect::Held;
use hallpass_core::step::{self, SendStep, Step};
use hallpass_core::{EgressRules, Error, Now, RefreshToken, Reply, UtcDateTime};

use crate::case::Case;
use crate::login::Login;
use crate::mount::Mount;
use crate::outcome::{Outcome, Seen, Verdict};
use crate::reply::Wire;
use crate::settings::Kind;

/// The bare core.
pub struct CoreMount;

/// More steps than any login takes; a machine that goes in circles fails instead of hanging.
const MOST_STEPS: usize = 32;

/// The moment at which everything happens here.
pub fn now() -> Now {
    let epoch = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
    Now { mono: Duration::from_secs(5_000), ..epoch.after(Duration::from_hours(500_000)) }
}

impl Mount for CoreMount {
    fn name(&self) -> &'static str {
        "core"
    }

    fn skips(&self, case: &Case) -> Option<&'static str> {
        match (case.reply.wire, case.exchange.kind) {
            (_, Kind::Api) => Some("the core calls no API"),
            (Wire::Plain, _) => None,
            _ => Some("it exists on a socket only"),
        }
    }

    fn login(&self, case: &Case) -> Outcome {
        let rules = EgressRules::default();
        let dialect = match case.login.settings.dialect("https://auth.example") {
            Ok(dialect) => dialect,
            Err(misuse) => return Outcome::failed(&Error::from(misuse), case.login.held.refresh_token.clone(), vec![]),
        };
        let mut run = Run { case, held: case.login.held(), seen: Vec::new() };
        let login = step::Login::new(&*dialect, &rules);
        let mut step = login.start(now(), case.login.goal(), case.login.held(), None);
        for _ in 0..MOST_STEPS {
            step = match run.answer(step, &case.login) {
                Ok(step) => step,
                Err(outcome) => return *outcome,
            };
        }
        run.other("it goes round in circles".into())
    }
}

struct Run<'c> {
    case: &'c Case,
    held: Held,
    seen: Vec<Seen>,
}

impl Run<'_> {
    /// The next step, or what came of it all.
    fn answer<'d>(&mut self, step: Step<'d>, login: &Login) -> Result<Step<'d>, Box<Outcome>> {
        Ok(match step {
            Step::Ask(ask) => ask.answer(now(), login.secrets()),
            Step::Save(save) => {
                self.held = save.held().clone();
                save.saved(now())
            }
            Step::Send(send) => match self.reply(&send) {
                Ok(reply) => send.replied(Ok(reply)),
                Err(why) => return Err(Box::new(self.other(why))),
            },
            Step::Done(step::Outcome::Grant(grant)) => {
                return Err(Box::new(Outcome::granted(&grant, now(), self.refresh(), self.seen.clone())));
            }
            Step::Done(step::Outcome::UserKey(key)) => {
                let verdict = Verdict::Registered(key.expose().to_owned());
                let (refresh, seen, printed) = (self.refresh(), self.seen.clone(), format!("{key:?}"));
                return Err(Box::new(Outcome { refresh, seen, printed, ..Outcome::of(verdict) }));
            }
            Step::Failed(error) => return Err(Box::new(Outcome::failed(&error, self.refresh(), self.seen.clone()))),
        })
    }

    fn reply(&mut self, send: &SendStep<'_>) -> Result<Reply, String> {
        let request = send.request();
        let header = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let seen = Seen {
            method: request.method.to_string(),
            target: request.endpoint.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: request.headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect(),
            body: request.body.expose().to_vec(),
        };
        let canned = self.case.answer(self.seen.len(), now())?;
        self.seen.push(seen);
        canned.reply(now(), send.egress().reply_cap())
    }

    fn refresh(&self) -> Option<String> {
        self.held.refresh_token.as_ref().map(RefreshToken::expose).map(str::to_owned)
    }

    fn other(&self, why: String) -> Outcome {
        let (refresh, seen) = (self.refresh(), self.seen.clone());
        Outcome { refresh, seen, ..Outcome::of(Verdict::Other(why)) }
    }
}
