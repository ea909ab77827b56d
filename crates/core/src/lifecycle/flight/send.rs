//! Send: what a reply, or none, leads to.

use core::time::Duration;

use super::super::memory::{Given, Unsaved};
use super::super::run::{LetGo, Run};
use super::super::slot::{PeekFor, Peeking, SaveFor, Sending};
use super::super::{Closed, Lifecycle, Record, Slot, Todo, credential_digest};
use super::lost_refresh;
use crate::dialect::{Ambiguity, Exchange, ExchangeKind, Gain, Goal, Held, Spends};
use crate::error::{Error, Misuse, Retry};
use crate::grant::Grant;
use crate::http::{Reply, SendError};
use crate::plant::{self, Bug};
use crate::secret::{RefreshToken, Secrets};
use crate::time::{Deadline, Now};
use crate::verdict::{Sent, Verdict};

impl Lifecycle {
    pub(super) fn send(&mut self, now: Now, mut run: Box<Run>, sending: Sending) -> Todo {
        run.sends += 1;
        run.hurries = true;
        run.sent = Some(now);
        if let Some(active) = self.active.as_mut().filter(|active| active.flight == run.flight) {
            active.sent_until =
                Some(Deadline::after(now, sending.egress.timeout().saturating_add(Duration::from_secs(1))));
        }
        Todo::Send(Slot { run, effect: sending })
    }

    /// The reply is here, or there is none.
    pub fn replied(&mut self, now: Now, slot: Slot<Sending>, result: Result<Reply, SendError>) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        let verdict = self.verdict(&run, &effect, result);
        if let Verdict::Unspent(error) | Verdict::Lost(error) = &verdict {
            self.told_to_wait(now, error);
        }
        if !self.flies(&run) {
            self.keep_what_is_proved(now, &run, &effect, verdict);
            return Self::let_go(run);
        }
        if let Some(active) = &mut self.active {
            active.sent_until = None;
        }
        match (verdict, effect.exchange.kind) {
            (Verdict::Gained(gain), _) => self.gained(now, run, &effect, gain),
            (Verdict::Denied(error), ExchangeKind::Refresh) if plant::has(Bug::DeletesBlindly) => {
                run.last = Some(error);
                Some(self.refused_for_good(now, run))
            }
            (Verdict::Doubted(error), _) => {
                let token = run.held.refresh_token.as_ref();
                let what = token.map_or_else(|| run.secrets.clone(), |token| run.secrets.with_refresh_token(token));
                self.refused(now, run, &what, error)
            }
            (Verdict::Denied(error), ExchangeKind::Refresh) => Some(self.look_again(now, run, error)),
            (Verdict::Denied(error) | Verdict::Barred(error), _) => {
                let what = run.secrets.clone();
                self.refused(now, run, &what, error)
            }
            (Verdict::Unspent(error), _) => self.unspent(now, run, error),
            (Verdict::Lost(error), _) => self.lost(now, run, &effect, error),
            (Verdict::Rotated(token, error), _) => Some(self.rotated(now, run, token, error)),
        }
    }

    /// Somebody may have rotated the refresh token that was refused.
    fn look_again(&self, now: Now, mut run: Box<Run>, error: Error) -> Todo {
        (run.last, run.asked) = (Some(error), Some(now));
        Todo::Peek(Slot { run, effect: Peeking { key: self.key.clone(), what: PeekFor::Refused } })
    }

    fn verdict(&self, run: &Run, effect: &Sending, result: Result<Reply, SendError>) -> Verdict {
        Sent {
            dialect: &*self.setup.dialect,
            exchange: effect.exchange,
            request: &effect.request,
            secrets: &run.secrets,
            held: &run.held,
            dropped: run.dropped(),
        }
        .verdict(result)
    }

    /// The server's own word holds for whoever sends next, whatever becomes of this flight.
    fn told_to_wait(&mut self, now: Now, error: &Error) {
        if let Retry::After(asked) = error.retry()
            && !asked.is_zero()
        {
            let strikes = self.pause.as_ref().map_or(0, |pause| pause.strikes);
            self.pause_for(now, asked, strikes, error);
        }
    }

    /// A gain is on its way to be saved before anybody sees it.
    fn gained(&mut self, now: Now, mut run: Box<Run>, effect: &Sending, gain: Gain) -> Option<Todo> {
        let Some(unsaved) = self.make_unsaved(now, &run, effect, gain) else {
            return self.fail(now, run, Misuse::no_token().into());
        };
        self.latch = self.latch.take().filter(|latch| !self.opens(&run, effect.exchange, latch.salt, latch.digest));
        let unsaved = match self.unsaved.take() {
            Some(earlier) if run.alone => earlier.with(unsaved),
            _ => Unsaved { saving: !run.alone, ..unsaved },
        };
        let (record, grant) = (unsaved.record.clone(), unsaved.grant.clone());
        self.unsaved = Some(unsaved);
        if run.alone || plant::has(Bug::PublishesFirst) {
            let unsaved = run.alone;
            return self.land_new(now, run, grant.with_unsaved(unsaved));
        }
        run.held = record.held.clone();
        Some(Self::save(now, run, record, SaveFor::Gain))
    }

    fn make_unsaved(&mut self, now: Now, run: &Run, effect: &Sending, gain: Gain) -> Option<Unsaved> {
        // A user key that the record has stays; one from elsewhere is none of its.
        let user_key = run.found.as_ref().and_then(|found| found.held.user_key.clone());
        let mut held = Held { user_key, ..run.held.clone() };
        if run.alone {
            // One that was left out of this only because the store failed is kept, unless it may be spent.
            let found = run.found.as_ref().filter(|found| found.spending.is_none());
            held.refresh_token = found.and_then(|found| found.held.refresh_token.clone());
        }
        held.merge(&gain);
        let Gain::Granted(granted) = gain else { return None };
        let given = match granted.refresh_token {
            None => Given::Before,
            Some(_) if run.alone => Given::Alone,
            Some(_) => Given::Locked,
        };
        let grant = Grant::new(granted, run.sent.unwrap_or(now), self.setup.default_life);
        let grant = self.timed(grant);
        let kept = Some(grant.to_kept(now));
        let closed = run.found.as_ref().and_then(|found| found.closed.as_ref());
        let closed = closed.filter(|closed| !self.opens(run, effect.exchange, closed.salt, closed.digest));
        let closed = closed.map(|closed| closed.clone().aged(run.age(now).unwrap_or_default()));
        let record = Record { revision: self.seed.revision(), held, grant: kept, spending: None, closed };
        let base = run.found.as_ref().map(|found| found.revision);
        Some(Unsaved { grant, record, base, mark: run.mark, given, ambiguous: false, saving: false })
    }

    /// Whether a success opens a latch: it proves the credentials that it was had with, and no others.
    fn opens(&self, run: &Run, exchange: Exchange, salt: u64, digest: u32) -> bool {
        !self.setup.dialect.needs(exchange).is_empty() || run.is_latched_by(salt, digest)
    }

    /// The credentials were refused: they are left alone for a while.
    fn close(&mut self, now: Now, run: &Run, what: &Secrets, error: Error) -> Closed {
        let stored = run.found.as_ref().and_then(|found| found.closed.as_ref());
        let stored = stored.filter(|closed| closed.is_of(what)).map(|closed| closed.strikes);
        let known = self.latch.as_ref().filter(|latch| credential_digest(latch.salt, what) == latch.digest);
        let known = known.map(|latch| latch.strikes);
        let strikes = known.max(stored).map_or(0, |strikes| strikes.saturating_add(1));
        let closed = Closed::new(now, &self.setup.policy, what, &error, strikes, self.seed.draw());
        self.latch(now, &closed, closed.wait, error);
        closed
    }

    /// The same wherever the record is shared.
    fn refused(&mut self, now: Now, run: Box<Run>, what: &Secrets, error: Error) -> Option<Todo> {
        let closed = self.close(now, &run, what, error.clone());
        if run.alone {
            return self.fail(now, run, error);
        }
        let closed = Some(closed).filter(|_| !plant::has(Bug::HidesLatch));
        let mut record = Record { closed, ..self.record(now, &run) };
        if plant::has(Bug::ClearsOnAnyRefusal) {
            (record.held.refresh_token, record.spending) = (None, None);
        }
        let void = run.found.as_ref().map(|found| found.revision).filter(|found| self.void.has(*found));
        let unmarks = run.mark.filter(|_| run.marks_what_it_holds()).or(void);
        if unmarks.is_some() {
            // The refresh token was not looked at, or nobody knows whether it was.
            record.spending = None;
        }
        Some(Self::save(now, run, record, SaveFor::Setback { unmarks, error }))
    }

    /// Nobody rotated the refused refresh token: it leaves the record, before anybody takes it for one that may be good.
    pub(super) fn refused_for_good(&mut self, now: Now, mut run: Box<Run>) -> Todo {
        run.drop_refresh_token(LetGo::Sent);
        let mut record = self.record(now, &run);
        (record.held.refresh_token, record.spending) = (None, None);
        Self::save(now, run, record, SaveFor::Clear)
    }

    /// The flight goes on without it.
    pub(super) fn without_refused(&mut self, now: Now, mut run: Box<Run>) -> Option<Todo> {
        match self.setup.dialect.next(&run.held, Goal::Token) {
            Ok(exchange) => self.ask_or_prepare(now, run, exchange),
            Err(misuse) => {
                let error = run.last.take().unwrap_or(misuse.into());
                self.fail(now, run, error)
            }
        }
    }

    /// A mark is taken back, since nothing was spent.
    pub(super) fn unspent(&mut self, now: Now, run: Box<Run>, error: Error) -> Option<Todo> {
        let Some(mark) = run.mark.filter(|_| run.marks_what_it_holds()) else {
            return self.retry_or_fail(now, run, error);
        };
        let record = Record { spending: None, ..self.record(now, &run) };
        Some(Self::save(now, run, record, SaveFor::Setback { unmarks: Some(mark), error }))
    }

    /// The exchange's own policy decides.
    fn lost(&mut self, now: Now, mut run: Box<Run>, effect: &Sending, error: Error) -> Option<Todo> {
        if plant::has(Bug::RetriesLost) {
            return self.unspent(now, run, error);
        }
        match (effect.exchange.spends, effect.exchange.ambiguity) {
            (Spends::Nothing, Ambiguity::Stop) => self.fail(now, run, error.without_retry()),
            (Spends::Nothing, _) | (_, Ambiguity::Resend) => self.retry_or_fail(now, run, error),
            (_, Ambiguity::Stop) => self.lost_for_good(now, run, error),
            (_, Ambiguity::Repeat | Ambiguity::Authenticate) => {
                run.drop_refresh_token(LetGo::Sent);
                match self.setup.dialect.next(&run.held, Goal::Token) {
                    Ok(exchange) => {
                        run.last = Some(error);
                        self.ask_or_prepare(now, run, exchange)
                    }
                    Err(_) => self.lost_for_good(now, run, error),
                }
            }
        }
    }

    /// The login goes on from what the reply brought, once somebody has mended what is wrong with the rest of it.
    fn rotated(&mut self, now: Now, run: Box<Run>, token: RefreshToken, error: Error) -> Todo {
        let mut record = self.record(now, &run);
        (record.held.refresh_token, record.spending) = (Some(token), None);
        Self::save(now, run, record, SaveFor::Successor(error))
    }

    /// The mark stays, for whoever finds it.
    pub(super) fn lost_for_good(&mut self, now: Now, run: Box<Run>, cause: Error) -> Option<Todo> {
        let mark = run.found.as_ref().and_then(|found| found.spending.as_ref());
        let error = lost_refresh(mark, Some(cause.without_retry()));
        self.fail(now, run, error)
    }

    /// Another try after a wait, if the flight's budget has room for both.
    pub(super) fn retry_or_fail(&mut self, now: Now, mut run: Box<Run>, error: Error) -> Option<Todo> {
        let Retry::After(asked) = error.retry() else { return self.fail(now, run, error) };
        let wait = self.seed.up_to(self.setup.policy.backoff(run.sends.saturating_sub(1))).max(asked);
        let spent = run.sends >= self.setup.policy.sends && !plant::has(Bug::SendsForEver);
        if spent || !self.has_room(now, wait) {
            return self.fail(now, run, error);
        }
        run.last = Some(error);
        self.again(now, run, Some(wait))
    }

    /// A late answer changes no flight, but a grant is a grant, and a mark under which nothing was sent is remembered.
    fn keep_what_is_proved(&mut self, now: Now, run: &Run, effect: &Sending, verdict: Verdict) {
        match verdict {
            Verdict::Gained(gain) => {
                let Some(unsaved) = self.make_unsaved(now, run, effect, gain) else { return };
                if let Some(later) = self.unsaved.take() {
                    // What a later flight has gained is newer, and goes where this was to be saved if it has no place of its own.
                    let tried = later.saving || later.ambiguous;
                    let has_place = tried || later.base.is_some_and(|base| Some(base) != unsaved.base);
                    let goes_here = !has_place && later.mark.is_none() && unsaved.mark.is_some();
                    self.unsaved = Some(if goes_here { unsaved.with(later) } else { later });
                    return;
                }
                if self.current.as_ref().is_none_or(|grant| !grant.is_fresh(now)) {
                    self.take_in_hand(unsaved.grant.clone().with_unsaved(true));
                }
                self.unsaved = Some(unsaved);
            }
            Verdict::Unspent(_) | Verdict::Barred(_) | Verdict::Doubted(_)
                if effect.exchange.spends != Spends::Nothing =>
            {
                if let Some(mark) = run.mark {
                    self.void.push(mark);
                }
            }
            // Where others are latched already, these may be older.
            Verdict::Denied(error)
                if effect.exchange.kind == ExchangeKind::Authenticate
                    && self
                        .latch
                        .as_ref()
                        .is_none_or(|latch| latch.until.passed(now) || run.is_latched_by(latch.salt, latch.digest)) =>
            {
                self.close(now, run, &run.secrets, error);
            }
            _ => {}
        }
    }
}
