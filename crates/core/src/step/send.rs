//! A login that waits for a reply, and what the reply leads to.

use super::save::Then;
use super::{Outcome, Run, Step};
use crate::dialect::{Ambiguity, Exchange, ExchangeKind, Gain, Spends};
use crate::error::Error;
use crate::grant::Grant;
use crate::http::{Egress, Reply, Request, SendError};
use crate::plant::{self, Bug};
use crate::secret::{RefreshToken, Secrets};
use crate::time::Now;
use crate::verdict::{Sent, Verdict};

/// A request waits to be sent.
#[derive(Debug)]
#[must_use = "send it and answer with its reply, or the login ends here"]
pub struct SendStep<'d> {
    pub(super) run: Run<'d>,
    pub(super) exchange: Exchange,
    pub(super) request: Request,
    pub(super) egress: Egress,
    pub(super) secrets: Secrets,
    pub(super) sent: Now,
}

impl<'d> SendStep<'d> {
    /// Which exchange this is.
    pub fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The limits that travel with it.
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// Goes on with what came of it.
    pub fn replied(self, result: Result<Reply, SendError>) -> Step<'d> {
        let sent = Sent {
            dialect: self.run.login.dialect,
            exchange: self.exchange,
            request: &self.request,
            secrets: &self.secrets,
            held: &self.run.held,
            dropped: self.run.dropped.as_ref(),
        };
        match sent.verdict(result) {
            Verdict::Gained(gain) => self.gained(gain),
            Verdict::Denied(error) => self.refused(error),
            Verdict::Barred(error) | Verdict::Doubted(error) | Verdict::Unspent(error) => self.unspent(error),
            Verdict::Lost(error) => self.lost(error),
            Verdict::Rotated(token, error) => self.rotated(token, error),
        }
    }

    /// A gain is merged and handed out before anything else happens.
    fn gained(mut self, gain: Gain) -> Step<'d> {
        let before = self.run.held.clone();
        self.run.held.merge(&gain);
        let cleared = self.run.spending.take().is_some() || self.run.found;
        let outcome = match gain {
            Gain::UserKey(key) => Outcome::UserKey(key),
            Gain::Granted(granted) => Outcome::Grant(Grant::new(granted, self.sent, self.run.login.default_life)),
        };
        if (cleared || self.run.held != before) && !plant::has(Bug::DropsUserKey) {
            return self.run.save(|run| Then::Done(run, outcome));
        }
        Step::Done(outcome)
    }

    /// A refusal clears only what was refused: a refresh token is dropped and the login goes on without it, once,
    /// since an authentication that is refused has nothing left to drop.
    fn refused(mut self, error: Error) -> Step<'d> {
        let cleared = self.run.spending.take().is_some();
        if self.exchange.kind == ExchangeKind::Refresh {
            self.run.drop_refresh_token();
            return match self.run.next() {
                Ok(_) => self.run.save(Then::Advance),
                Err(_) => self.run.save(|run| Then::Fail(run, error)),
            };
        }
        if cleared { self.run.save(|run| Then::Fail(run, error)) } else { Step::Failed(error) }
    }

    /// It is known not to have been acted upon: a mark is taken back.
    fn unspent(mut self, error: Error) -> Step<'d> {
        match self.run.spending.take() {
            Some(_) => self.run.save(|run| Then::Fail(run, error)),
            None => Step::Failed(error),
        }
    }

    /// What follows the refresh token is kept, although the rest of the reply is of no use.
    fn rotated(mut self, token: RefreshToken, error: Error) -> Step<'d> {
        (self.run.held.refresh_token, self.run.spending) = (Some(token), None);
        self.run.save(|run| Then::Fail(run, error))
    }

    /// It may have been acted upon: the exchange's own policy decides.
    fn lost(mut self, error: Error) -> Step<'d> {
        match (self.exchange.spends, self.exchange.ambiguity) {
            (Spends::Nothing, Ambiguity::Repeat | Ambiguity::Authenticate | Ambiguity::Resend) => Step::Failed(error),
            (Spends::Registration, _) if plant::has(Bug::RepeatsRegistration) => self.unspent(error),
            // The mark stays where it was saved, and the next start reports it.
            (Spends::Registration, _) | (_, Ambiguity::Stop) => Step::Failed(error.without_retry()),
            (_, Ambiguity::Resend) => self.unspent(error),
            (_, Ambiguity::Repeat | Ambiguity::Authenticate) => {
                self.run.lose(Ambiguity::Authenticate);
                match self.run.next() {
                    Ok(_) => self.run.save(Then::Advance),
                    Err(_) => Step::Failed(error.without_retry()),
                }
            }
        }
    }
}
