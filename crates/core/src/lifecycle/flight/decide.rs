//! Between lock and send: which exchange comes next, what it needs, whether it may be sent.

use core::time::Duration;

use super::super::run::{Aim, LetGo, Run};
use super::super::slot::{Asking, SaveFor, Sending};
use super::super::{Lifecycle, Mark, Record, Slot, Todo};
use super::lost_refresh;
use crate::dialect::{Ambiguity, Exchange, Goal, Held, Spends};
use crate::error::{Denied, Error, Place, Purpose, StoreFailure, Unreachable};
use crate::http::SendError;
use crate::plant::{self, Bug};
use crate::secret::is_one_time;
use crate::time::{Deadline, Now, wall_between};

impl Lifecycle {
    /// What is held decides.
    pub(super) fn decide(&mut self, now: Now, mut run: Box<Run>) -> Option<Todo> {
        if run.aim == Aim::Settle {
            return self.take_back_or_end(now, run);
        }
        if let Some(error) = self.paused(now).filter(|_| run.aim == Aim::Look) {
            return self.fail_as_before(run, error);
        }
        let mark = run.found.as_ref().and_then(|found| found.spending.clone().map(|mark| (found.revision, mark)));
        let spent = mark.filter(|(revision, mark)| mark.spends == Spends::RefreshToken && !self.void.has(*revision));
        if spent.is_none() {
            // Whoever has taken a mark back sent nothing under it.
            run.dropped = run.dropped.filter(|(_, why)| *why != LetGo::Marked);
        }
        run.held = self.holdings(&run);
        if let (Some((_, mark)), Some(_)) = (&spent, &run.held.refresh_token) {
            let lost = match self.setup.dialect.next(&run.held, Goal::Token) {
                Ok(exchange) => exchange.ambiguity,
                Err(misuse) => return self.fail(now, run, misuse.into()),
            };
            if lost != Ambiguity::Resend && !plant::has(Bug::SendsMarked) {
                run.drop_refresh_token(LetGo::Marked);
                if lost == Ambiguity::Stop || self.setup.dialect.next(&run.held, Goal::Token).is_err() {
                    return self.fail(now, run, lost_refresh(Some(mark), None));
                }
            }
        }
        match self.setup.dialect.next(&run.held, Goal::Token) {
            Ok(exchange) => self.ask_or_prepare(now, run, exchange),
            Err(misuse) => {
                // Alone, it is the store that is missing, and of what was refused the refusal that counts: not the caller's
                // doing.
                let error = match run.last.take().filter(|_| run.alone || run.dropped.is_some()) {
                    Some(error) => error,
                    None if self.has_lost_registration(now, &run) && run.held.user_key.is_none() => {
                        Denied::LostRegistration.into()
                    }
                    None => misuse.into(),
                };
                self.fail(now, run, error)
            }
        }
    }

    /// Whether a registration was sent so long ago that its answer must be lost.
    fn has_lost_registration(&self, now: Now, run: &Run) -> bool {
        let mark = run.registration.as_ref().and_then(|record| record.spending.as_ref());
        let longest = self.setup.rules.timeout.saturating_mul(2);
        mark.is_some_and(|mark| mark.spends == Spends::Registration && wall_between(mark.since, now.wall) > longest)
    }

    /// What the record holds, without what must not be used, and the user key that was brought along. A refresh token is
    /// the record's alone: one from elsewhere would come back after it was spent.
    fn holdings(&self, run: &Run) -> Held {
        let stored = run.found.as_ref().map(|found| found.held.clone()).unwrap_or_default();
        let brought = self.setup.user_key.clone();
        let refresh_token = stored.refresh_token;
        // Where it was not looked for, what the store last said of the registration still holds.
        let registered = run.user_key().cloned().or_else(|| self.registered.clone());
        Held {
            user_key: brought.or(registered).or(stored.user_key),
            refresh_token: refresh_token.filter(|token| !run.alone && Some(token) != run.dropped()),
        }
    }

    /// Secrets are asked for only now, and only those that are not in hand or are good for one send.
    pub(super) fn ask_or_prepare(&mut self, now: Now, mut run: Box<Run>, exchange: Exchange) -> Option<Todo> {
        if run.hurries && !self.has_room(now, Duration::ZERO) {
            let latched = self.why_no_send(now, &run, exchange);
            let error = latched.unwrap_or_else(|| out_of_time(run.last.take()));
            return self.fail(now, run, error);
        }
        let mut names = self.setup.dialect.needs(exchange).to_vec();
        names.retain(|name| is_one_time(name) || run.secrets.get(name).is_none());
        if names.is_empty() {
            return self.prepare(now, run, exchange);
        }
        let unavailable = self.unavailable.as_ref().filter(|asked| asked.names == names && !asked.until.passed(now));
        if let Some(misuse) = unavailable.map(|asked| asked.error.clone()) {
            return self.fail(now, run, misuse.into());
        }
        if self.lease_ends_soon(now, &run) {
            return self.again(now, run, None);
        }
        Some(Todo::Secret(Slot { run, effect: Asking { names } }))
    }

    /// The request; marked first if it spends something.
    pub(super) fn prepare(&mut self, now: Now, mut run: Box<Run>, exchange: Exchange) -> Option<Todo> {
        if let Some(error) = self.why_no_send(now, &run, exchange) {
            return self.retry_or_fail(now, run, error);
        }
        // A lost or refused refresh token is followed by an authentication even where nothing is tried twice.
        let fewest = if run.dropped.is_some() { 2 } else { 1 };
        if run.sends >= self.setup.policy.sends.max(fewest) && !plant::has(Bug::SendsForEver) {
            let error = run.last.take().unwrap_or_else(|| lost_refresh(None, None));
            return self.fail(now, run, error);
        }
        let sending = match self.sending(now, &run, exchange) {
            Ok(sending) => sending,
            Err(error) => return self.fail(now, run, error),
        };
        if self.lease_ends_soon(now, &run) {
            return self.again(now, run, None);
        }
        let marked = run.found.as_ref().is_some_and(|found| found.spending.is_some());
        let unmarked = plant::spares_mark(marked);
        if exchange.spends == Spends::Nothing || exchange.ambiguity == Ambiguity::Resend || unmarked {
            return Some(self.send(now, run, sending));
        }
        let mark = Mark { spends: exchange.spends, since: now.wall, by: self.setup.name.clone() };
        let record = Record { spending: Some(mark), ..self.record(now, &run) };
        run.mark = Some(record.revision);
        Some(Self::save(now, run, record, SaveFor::Mark(Box::new(sending))))
    }

    /// Mark, send and save must fit into the lease; nobody renews it.
    pub(super) fn lease_ends_soon(&self, now: Now, run: &Run) -> bool {
        let needed = self.setup.rules.timeout.saturating_add(self.setup.policy.lease_margin / 3);
        let ends_soon = |lease: Deadline| lease.remaining(now) < needed && !plant::has(Bug::IgnoresLease);
        !run.alone && run.lease.is_some_and(ends_soon)
    }

    /// Whether the flight's budget has room for a request after so long.
    pub(super) fn has_room(&self, now: Now, wait: Duration) -> bool {
        let room = wait.saturating_add(self.setup.rules.timeout.min(self.setup.policy.flight / 3));
        self.active.as_ref().is_some_and(|active| active.deadline.remaining(now) > room)
    }

    fn sending(&self, now: Now, run: &Run, exchange: Exchange) -> Result<Sending, Error> {
        let mut request = self.setup.dialect.request(exchange, &run.held, &run.secrets, now)?;
        plant::lead_astray(&mut request);
        let egress = self.setup.rules.egress(&request.endpoint)?;
        Ok(Sending { exchange, request, egress })
    }

    /// The record as it stands, under a new revision.
    pub(super) fn record(&mut self, now: Now, run: &Run) -> Record {
        let revision = self.seed.revision();
        if let Some(found) = &run.found {
            let revision = if plant::has(Bug::KeepsRevision) { found.revision } else { revision };
            let record = Record { revision, ..found.clone() };
            return match run.age(now) {
                Some(age) => record.aged(age),
                None => record.aged_by_ours(now),
            };
        }
        let held = Held { user_key: None, ..run.held.clone() };
        Record { revision, held, grant: None, spending: None, closed: None }
    }

    /// What the answer to another flight's request has told in the meantime, or a record: nothing is sent then.
    pub(super) fn why_no_send(&mut self, now: Now, run: &Run, exchange: Exchange) -> Option<Error> {
        let asked = !self.setup.dialect.needs(exchange).is_empty();
        if (asked || exchange.spends == Spends::RefreshToken)
            && let Some(error) = self.still_latched(now, run, asked)
        {
            return Some(error);
        }
        self.paused(now)
    }

    /// The refusal that this very credential met, if its time is not over: nothing is sent then. Another one that was
    /// `asked` for opens the latch.
    fn still_latched(&mut self, now: Now, run: &Run, asked: bool) -> Option<Error> {
        if plant::has(Bug::ForgetsLatch) {
            return None;
        }
        if let Some(latch) = self.latch.as_mut().filter(|latch| !latch.until.passed(now)) {
            if run.is_latched_by(latch.salt, latch.digest) {
                latch.look = Deadline::after(now, self.setup.policy.look.min(latch.until.remaining(now)));
                return Some(latch.error.clone());
            }
            if asked {
                self.latch = None;
            }
        }
        let closed = run.found.as_ref()?.closed.clone()?;
        let left = closed.remaining(now, run.age(now).map(|age| age.least))?;
        if !run.is_latched_by(closed.salt, closed.digest) {
            return None;
        }
        let error = closed.error(now, left);
        self.latch(now, &closed, left, error.clone());
        Some(error)
    }
}

/// Why nothing more is sent at a flight's end: the lock that it waited for, or a server that did not answer. All else that it
/// has met is over, and not why.
fn out_of_time(last: Option<Error>) -> Error {
    match last {
        None => StoreFailure::busy().into(),
        Some(error @ Error::Unreachable(_)) => error,
        Some(_) => {
            let why = "the login's time was over before the next request";
            let place = Place::new(Purpose::LogIn, "the token endpoint");
            Box::new(Unreachable::unanswered(place, SendError::NotSent(why.into()))).into()
        }
    }
}
