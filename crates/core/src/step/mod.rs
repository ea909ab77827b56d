//! One dialect run to its end, for those who want no lifecycle.
//!
//! Every arm of [`Step`] consumes itself and returns the next one, so effects cannot be answered twice or in the wrong
//! order. Nothing is repeated and nothing sleeps: a step that fails says whether trying again can help.

mod ask;
mod save;
mod send;

use core::fmt;
use core::time::Duration;

pub use ask::AskStep;
pub use save::SaveStep;
pub use send::SendStep;

use save::Then;

use crate::dialect::{Ambiguity, Dialect, Exchange, ExchangeKind, Goal, Held, Spends};
use crate::error::{Denied, Error, Misuse};
use crate::grant::Grant;
use crate::http::EgressRules;
use crate::plant::{self, Bug};
use crate::secret::{RefreshToken, Secrets, UserKey};
use crate::time::Now;

/// What a login needs next.
#[derive(Debug)]
#[must_use = "a login goes on only if its step is answered"]
pub enum Step<'d> {
    /// Secrets, named by [`AskStep::names`].
    Ask(AskStep<'d>),
    /// To keep what is held, before anything else happens.
    Save(SaveStep<'d>),
    /// To send a request and answer with its reply.
    Send(Box<SendStep<'d>>),
    /// Nothing: it has what it was run for.
    Done(Outcome),
    /// Nothing: it cannot go on.
    Failed(Error),
}

/// What a login was run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An access token ([`Goal::Token`]).
    Grant(Grant),
    /// A registered user's key ([`Goal::Register`]).
    UserKey(UserKey),
}

impl Outcome {
    /// The grant of a login.
    pub fn into_grant(self) -> Result<Grant, Error> {
        match self {
            Self::Grant(grant) => Ok(grant),
            Self::UserKey(_) => Err(Misuse::no_token().into()),
        }
    }

    /// The key of a registration.
    pub fn into_user_key(self) -> Result<UserKey, Error> {
        match self {
            Self::UserKey(key) => Ok(key),
            Self::Grant(_) => Err(Misuse::astray("a token came where a registration was asked for").into()),
        }
    }
}

/// What a login is run with.
#[derive(Clone, Copy)]
pub struct Login<'d> {
    /// The dialect.
    pub dialect: &'d dyn Dialect,
    /// Where its requests may go.
    pub rules: &'d EgressRules,
    /// The life of a token whose life nobody states.
    pub default_life: Option<Duration>,
}

impl<'d> Login<'d> {
    /// A login under these egress rules; a token whose life nobody states has none.
    pub fn new(dialect: &'d dyn Dialect, rules: &'d EgressRules) -> Self {
        Self { dialect, rules, default_life: None }
    }

    /// Starts from what is held. `spending` is the mark that an earlier run saved and did not take back: its exchange
    /// was sent, or may have been, and nobody knows its answer.
    ///
    /// The crate's front page shows the loop around it.
    pub fn start(self, now: Now, goal: Goal, held: Held, spending: Option<Spends>) -> Step<'d> {
        let mut run = Run { login: self, goal, held, spending: None, found: spending.is_some(), dropped: None };
        match spending {
            // Also before a token login, which would be told to register first. A key that was given since settles it.
            Some(Spends::Registration) if run.held.user_key.is_none() && !plant::has(Bug::RegistersAgain) => {
                return Step::Failed(Denied::LostRegistration.into());
            }
            Some(Spends::RefreshToken) => match run.next() {
                Ok(lost) if lost.kind == ExchangeKind::Refresh && lost.ambiguity == Ambiguity::Stop => {
                    return Step::Failed(Denied::LostRefresh { since: None, by: None, cause: None }.into());
                }
                Ok(lost) => {
                    run.lose(lost.ambiguity);
                    if run.next().is_err() {
                        return Step::Failed(Denied::LostRefresh { since: None, by: None, cause: None }.into());
                    }
                }
                Err(error) => return Step::Failed(error),
            },
            _ => {}
        }
        run.advance(now)
    }
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Login");
        out.field("key", &self.dialect.key())
            .field("rules", self.rules)
            .field("default_life", &self.default_life)
            .finish()
    }
}

/// A login under way: all of its state.
#[derive(Debug)]
struct Run<'d> {
    login: Login<'d>,
    goal: Goal,
    held: Held,
    /// The mark that this run has set and not taken back.
    spending: Option<Spends>,
    /// Whether it started from somebody else's mark, which only a gain removes.
    found: bool,
    /// The refresh token that it let go of: no longer a means, still a secret.
    dropped: Option<RefreshToken>,
}

impl<'d> Run<'d> {
    fn next(&self) -> Result<Exchange, Error> {
        Ok(self.login.dialect.next(&self.held, self.goal)?)
    }

    /// The next exchange, up to the point where secrets are needed.
    fn advance(self, now: Now) -> Step<'d> {
        match self.next() {
            Ok(exchange) if self.login.dialect.needs(exchange).is_empty() => {
                self.prepare(now, exchange, Secrets::new())
            }
            Ok(exchange) => Step::Ask(AskStep { run: self, exchange }),
            Err(error) => Step::Failed(error),
        }
    }

    /// The request; marked first if it spends something.
    fn prepare(mut self, now: Now, exchange: Exchange, secrets: Secrets) -> Step<'d> {
        let request = match self.login.dialect.request(exchange, &self.held, &secrets, now) {
            Ok(request) => request,
            Err(misuse) => return Step::Failed(misuse.into()),
        };
        let egress = match self.login.rules.egress(&request.endpoint) {
            Ok(egress) => egress,
            Err(misuse) => return Step::Failed(misuse.into()),
        };
        let marks = exchange.spends != Spends::Nothing && !plant::has(Bug::RegistersUnmarked);
        if marks {
            self.spending = Some(exchange.spends);
        }
        let sending = Box::new(SendStep { run: self, exchange, request, egress, secrets, sent: now });
        if marks { Step::Save(SaveStep(Then::Send(sending))) } else { Step::Send(sending) }
    }

    /// Whoever sent it is not here to say how it ended.
    fn lose(&mut self, ambiguity: Ambiguity) {
        self.spending = None;
        if ambiguity != Ambiguity::Resend {
            self.drop_refresh_token();
        }
    }

    fn drop_refresh_token(&mut self) {
        self.dropped = self.held.refresh_token.take().or(self.dropped.take());
    }

    fn save(self, then: impl FnOnce(Self) -> Then<'d>) -> Step<'d> {
        Step::Save(SaveStep(then(self)))
    }
}
