//! Requests on their way, and what comes back (invariants 1, 2, 6, 7, 11, 12, 14 and 20).

use hallpass_core::dialect::{Ambiguity, ExchangeKind};
use hallpass_core::lifecycle::{Landed, Sending, Slot, Want};
use hallpass_core::{Now, Reply, SendError};

use super::befall::REFUSING;
use super::clock::{At, MILLI, SECOND, micros};
use super::queue::{Answer, Event, Odd, Way, Who};
use super::server::{self, ORIGIN};
use super::{Fault, World};

/// Shortest latch of the default policy.
const LATCH: At = 60 * SECOND;

/// The most requests that one instance may send in a minute, whatever happens.
const BUDGET: usize = 120;

/// What a reply proves about the flight that gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Nothing,
    /// A refresh was sent, and its answer is lost.
    LostRefresh,
    /// The credentials were refused, and the record can say so.
    Refused,
}

impl World {
    pub(super) fn send(&mut self, who: Who, slot: Slot<Sending>) {
        let (i, flight) = (who.instance, slot.flight());
        self.may_be_sent(who, &slot);
        let kind = slot.exchange().kind;
        let token = server::carries(slot.request());
        let timeout = micros(slot.egress().timeout());
        self.note(30, i as u64, kind as u64, |_| {
            let body = core::str::from_utf8(slot.request().body.expose()).unwrap_or_default();
            let token = body.find("rt-").map_or("", |at| &body[at..at + 9]);
            format!("i{i} {flight:?} SEND {} {token}", kind.name())
        });
        let cut_off = self.at < self.hosts[self.instances[i].host].no_server_until;
        if cut_off || self.strikes(Fault::NotSent) {
            let soon = self.chance.below(SECOND);
            let refused = Err(SendError::NotSent("connection refused".into()));
            self.queue.plan(self.at + soon, Event::Done(who, Answer::Replied(slot, refused)));
            return;
        }
        if let Some(token) = token {
            self.server.refresh.entry(token).or_default().sent += 1;
        }
        let flown = self.instances[i].flown(flight);
        flown.sending = Some(self.at);
        let hop = self.hop();
        if self.strikes(Fault::RequestLost) {
            let lost = Err(SendError::MaybeSent("no reply in time".into()));
            self.queue.plan(self.at + timeout, Event::Done(who, Answer::Replied(slot, lost)));
            return;
        }
        if self.strikes(Fault::Duplicate) {
            let copy = server::carried(slot.request());
            let later = self.hop();
            self.queue.plan(self.at + hop + later, Event::Copy(copy));
        }
        let way = self.way(hop, timeout);
        if self.strikes(Fault::Reset) && self.chance.below(2) == 0 {
            let reset = Err(SendError::MaybeSent("connection reset".into()));
            self.queue.plan(self.at + hop, Event::Done(who, Answer::Replied(slot, reset)));
            return;
        }
        self.queue.plan(self.at + hop, Event::Arrive(who, slot, way));
    }

    /// How long one way takes.
    pub(super) fn hop(&mut self) -> At {
        let most = self.plan.hop;
        if self.strikes(Fault::Slow) {
            return self.chance.magnitude(most, 40 * SECOND);
        }
        self.chance.between(most / 4, most)
    }

    pub(super) fn way(&mut self, there: At, timeout: At) -> Way {
        let left = timeout.saturating_sub(there);
        if left == 0 {
            return Way::ReplyLost(0);
        }
        if self.strikes(Fault::ReplyLost) {
            return Way::ReplyLost(left);
        }
        if self.strikes(Fault::Reset) {
            return Way::ReplyLost(MILLI);
        }
        let back = self.hop();
        if back > left {
            return Way::ReplyLost(left);
        }
        let odd = if self.strikes(Fault::ServerError) {
            Some(Odd::Status(self.chance.pick(&[500, 500, 502, 504])))
        } else if self.strikes(Fault::Unavailable) {
            Some(Odd::Status(503))
        } else if self.strikes(Fault::TooMany) {
            let after = Odd::RetryAfter;
            Some(self.chance.pick(&[after(0), after(1), after(5), after(30), after(120), after(600), Odd::TooOften]))
        } else if self.strikes(Fault::Html) {
            Some(Odd::Html)
        } else if self.strikes(Fault::Garbled) {
            Some(Odd::Cut)
        } else {
            None
        };
        odd.map_or(Way::Good(back), |odd| Way::Garbled(back, odd))
    }

    /// The request is at the server, whatever has become of its sender.
    pub(super) fn arrive(&mut self, who: Who, slot: Slot<Sending>, way: Way) {
        let received = self.now(who.instance);
        let (later, result) = self.server_answers(way, &server::carried(slot.request()), received);
        self.queue.plan(self.at + later, Event::Done(who, Answer::Replied(slot, result)));
    }

    /// What the server does, and what comes back of it and when.
    pub(super) fn server_answers(
        &mut self,
        way: Way,
        request: &http::Request<Vec<u8>>,
        received: Now,
    ) -> (At, Result<Reply, SendError>) {
        let acted = match way {
            Way::Good(_) | Way::ReplyLost(_) | Way::Garbled(_, Odd::Cut) => true,
            Way::Garbled(_, Odd::Status(500..=502) | Odd::Html) => self.chance.below(2) == 0,
            Way::Garbled(..) => false,
        };
        let response = acted.then(|| self.server.handle(self.at, request));
        let status = response.as_ref().map_or(0, |response| response.status().as_u16());
        self.note(31, u64::from(status), 0, |_| match status {
            0 => "    server: not processed".into(),
            status => format!("    server: {status}"),
        });
        let back = match way {
            Way::Good(later) | Way::Garbled(later, _) | Way::ReplyLost(later) => later,
        };
        let response = match (way, response) {
            (Way::Good(_), Some(response)) => response,
            (Way::Garbled(_, odd), response) => {
                let body = response.map(http::Response::into_body).unwrap_or_default();
                server::odd(odd, &body, request.body())
            }
            _ => return (back, Err(SendError::MaybeSent("no reply in time".into()))),
        };
        (back, Ok(server::delivered(response, received)))
    }

    /// The same request again, as some proxies do it.
    pub(super) fn copy(&mut self, request: &http::Request<Vec<u8>>) {
        let status = self.server.handle(self.at, request).status().as_u16();
        self.note(32, u64::from(status), 0, |_| format!("    server: {status} to a copy"));
    }

    /// What must hold when a request is handed out.
    fn may_be_sent(&mut self, who: Who, slot: &Slot<Sending>) {
        let i = who.instance;
        let mono = micros(self.now(i).mono);
        let secret = self.instances[i].secret;
        let kind = slot.exchange().kind;
        let origin = slot.egress().origin().to_string();
        let same = slot.request().endpoint.origin().to_string() == origin && origin == ORIGIN;
        self.ledger.check(7, same, || format!("a request goes to {origin}"));

        let others = self.instances.iter().enumerate().filter(|(other, _)| *other != i);
        let others = others.flat_map(|(_, other)| &other.flights).filter_map(|flown| flown.holding.zip(flown.sending));
        let rivals = others.filter(|(holding, _)| self.store.good_until(self.at, *holding).is_some()).count();
        let flown = self.instances[i].flown(slot.flight());
        flown.sends += 1;
        let (sends, alone, holding, base) = (flown.sends, flown.store_failed, flown.holding, flown.base);
        let (marked, given, order) = (flown.marked.take(), flown.secret, flown.order);
        let good = holding.and_then(|holding| self.store.good_until(self.at, holding));
        self.ledger.check(6, alone || holding.is_some(), || {
            format!("i{i} sends without the lock, though the store did not fail")
        });
        self.ledger
            .check(6, good.is_none() || rivals == 0, || format!("i{i} sends while another holder of the lock does"));
        self.ledger.check(12, sends <= self.policy.sends, || format!("i{i} sends {sends} requests in one flight"));

        if kind == ExchangeKind::Refresh && self.plan.ambiguity != Ambiguity::Resend {
            let token = server::carries(slot.request());
            let refresh = token.and_then(|token| self.server.refresh.get(&token)).copied().unwrap_or_default();
            self.ledger.check(20, !alone, || format!("i{i} spends a refresh token although the store is down"));
            self.ledger.check(1, refresh.excused || refresh.sent <= refresh.freed, || {
                format!("i{i} sends a refresh token again")
            });
            let ours = marked.is_some() && marked == token;
            self.ledger.check(2, ours, || format!("i{i} sends a refresh token without a mark in the store"));
        }
        if kind == ExchangeKind::Refresh {
            self.ledger.check(20, holding.is_some(), || format!("i{i} spends a refresh token without the lock"));
        }
        let seen = &mut self.instances[i].seen;
        let knew = order > seen.told;
        self.ledger.check(12, !knew || mono >= seen.not_before, || {
            format!("i{i} sends {} ms before the server wants to be asked again", (seen.not_before - mono) / MILLI)
        });
        seen.sends.retain(|sent| mono.saturating_sub(*sent) < 60 * SECOND);
        seen.sends.push(mono);
        let count = seen.sends.len();
        // A token without a life costs a request for each caller.
        let most = if self.plan.life == 0 { 4 * BUDGET } else { BUDGET };
        self.ledger.check(12, count <= most, || format!("i{i} sends {count} requests in a minute"));
        if kind == ExchangeKind::Authenticate || matches!(self.plan.kind, super::Kind::BasicForm) {
            let latched = seen.refused.is_some_and(|(version, until)| version == given && mono < until);
            self.ledger.check(11, !knew || !latched, || format!("i{i} sends a credential again that was just refused"));
            let shared = self.latched.is_some_and(|(version, until)| version == given && self.at < until);
            // Somebody without the lock may have written it after this one has looked.
            let seen = self.store.record().map(|record| record.revision) == base;
            self.ledger.check(11, alone || good.is_none() || !seen || !shared, || {
                format!("i{i} sends a credential (version {given}, now {secret}) that the record says was refused")
            });
        }
    }

    /// Invariant 14, for a token that was given while the API refuses all, unless drivers have failed in that time.
    fn refused_again(&mut self, i: usize) {
        let until = self.server.refuses_until;
        if self.at >= until {
            return;
        }
        let instance = &mut self.instances[i];
        instance.seen.while_refusing += 1;
        let count = instance.seen.while_refusing;
        let most = 12 + REFUSING / (self.plan.life * 7 / 10).max(1);
        let counts = self.plan.life >= 20 * SECOND && instance.disturbed + REFUSING <= until;
        self.ledger.check(14, !counts || count <= most, || {
            format!("i{i} was given {count} tokens by a login whose API refuses them all, {most} are enough")
        });
    }

    /// Notes what a reply proves, before the machine sees it.
    pub(super) fn reply_seen(&mut self, who: Who, slot: &Slot<Sending>, result: &Result<Reply, SendError>) -> Proof {
        let i = who.instance;
        let now = self.now(i);
        let mono = micros(now.mono);
        let Some(machine) = &self.instances[i].machine else { return Proof::Nothing };
        let flies = machine.outcome(now, slot.flight(), &Want::default()) == Landed::Flying;
        let flown = self.instances[i].flown(slot.flight());
        let was_sent = flown.sending.take().is_some();
        let given = flown.secret;
        let shared = flown.holding.is_some() && !flown.store_failed;
        let base = flown.holding.and(flown.base);
        let token = server::carries(slot.request());
        let Ok(reply) = result else {
            let lost = was_sent && token.is_some() && flies && self.plan.ambiguity != Ambiguity::Resend;
            return if lost { Proof::LostRefresh } else { Proof::Nothing };
        };
        let text = core::str::from_utf8(reply.body.expose()).unwrap_or_default();
        let whole = text.trim_end().ends_with('}') && text.contains("access_token");
        let gained = reply.status.is_success() && whole;
        let too_often = server::is_too_often(reply);
        let refused = matches!(reply.status.as_u16(), 400 | 401 | 403) && !too_often;
        let client_refused = refused && text.contains("invalid_client");
        let unprocessed = matches!(reply.status.as_u16(), 408 | 425 | 429 | 503) || too_often;
        if let Some(token) = token
            && (unprocessed || client_refused || gained && !text.contains("refresh_token"))
        {
            self.server.refresh.entry(token).or_default().freed += 1;
        }
        let seen = &mut self.instances[i].seen;
        if unprocessed {
            let seconds = reply.header(http::header::RETRY_AFTER).and_then(|text| text.parse::<u64>().ok());
            // A longer wait that was asked for before still holds.
            let seconds = seconds.unwrap_or(if too_often { 60 } else { 0 });
            seen.not_before = seen.not_before.max(mono + seconds * SECOND);
            seen.told = self.queue.order();
        }
        let known = seen.refused.is_some_and(|(_, until)| mono < until);
        if (flies || !known) && token.is_none() && refused || flies && client_refused {
            (seen.refused, seen.told) = (Some((given, mono + LATCH - MILLI)), self.queue.order());
        }
        if gained {
            self.gain_seen(i, text, base);
            let seen = &mut self.instances[i].seen;
            seen.refused = seen.refused.filter(|_| token.is_some());
            if flies {
                seen.not_before = 0;
            }
            self.refused_again(i);
        }
        let odd = reply.status.is_success() && !whole || matches!(reply.status.as_u16(), 500..=502 | 504);
        let latches = flies && (token.is_none() && refused || client_refused);
        let lost = was_sent && token.is_some() && flies && odd && self.plan.ambiguity != Ambiguity::Resend;
        match (latches, lost) {
            (true, _) if shared => Proof::Refused,
            (_, true) => Proof::LostRefresh,
            _ => Proof::Nothing,
        }
    }
}
