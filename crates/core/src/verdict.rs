//! What an exchange came to, judged the same for the one-shot step and for the lifecycle.

use crate::dialect::{Ambiguity, Blame, Dialect, Exchange, ExchangeKind, Gain, Goal, Held};
use crate::error::{Error, Place, Unreachable};
use crate::http::{Reply, Request, SendError};
use crate::scrub::Scrub;
use crate::secret::{RefreshToken, Secrets};

/// A request that was sent, and what no error about it may repeat.
pub(crate) struct Sent<'a> {
    pub(crate) dialect: &'a dyn Dialect,
    pub(crate) exchange: Exchange,
    pub(crate) request: &'a Request,
    pub(crate) secrets: &'a Secrets,
    pub(crate) held: &'a Held,
    pub(crate) dropped: Option<&'a RefreshToken>,
}

/// What came of it.
pub(crate) enum Verdict {
    /// Something was gained.
    Gained(Gain),
    /// The server refused what it was given.
    Denied(Error),
    /// The client itself was refused (RFC 6749 section 5.2, `invalid_client`): the refresh token that it sent was not
    /// looked at.
    Barred(Error),
    /// It refused a refresh in words that need not mean the refresh token, which nothing else could replace.
    Doubted(Error),
    /// It is known not to have been acted upon.
    Unspent(Error),
    /// It may have been acted upon.
    Lost(Error),
    /// The reply is of no use but for this: what follows a refresh token that is spent, and that nothing else could replace.
    Rotated(RefreshToken, Error),
}

impl Sent<'_> {
    /// Judges the reply, or why there is none.
    pub(crate) fn verdict(&self, result: Result<Reply, SendError>) -> Verdict {
        let place = || Place::new(self.exchange.kind.into(), self.request.endpoint.to_string());
        let scrub = || Scrub::new(self.secrets, self.held, self.request).and(self.dropped.map(RefreshToken::expose));
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => {
                let verdict = match error {
                    SendError::NotSent(_) | SendError::Untrusted(_) => Verdict::Unspent,
                    SendError::MaybeSent(_) => Verdict::Lost,
                };
                return verdict(unanswered(place(), error, &scrub()));
            }
        };
        let refusal = match self.dialect.read(self.exchange, &reply) {
            Ok(gain) => return Verdict::Gained(gain),
            Err(refusal) => refusal,
        };
        let (denied, ambiguous) = (refusal.is_denied(), refusal.is_ambiguous());
        let refresh = self.exchange.kind == ExchangeKind::Refresh;
        let (barred, blame) = (refusal.is_of_the_client(), refusal.blames());
        let irreplaceable = refresh && denied && self.is_the_only_way();
        let rotated = refusal.refresh_token().filter(|_| refresh && ambiguous && self.is_not_replaced()).cloned();
        let advice = match (irreplaceable, blame) {
            (true, Blame::Token) => Some(IMPORT.to_owned()),
            (true, Blame::Perhaps) => Some(IMPORT_OR_MEND.to_owned()),
            _ => self.dialect.advice(self.exchange, reply.status, self.secrets),
        };
        let error = refusal.into_error(place(), advice, &scrub().and_tokens_of(&reply));
        match (denied, ambiguous) {
            (true, _) if refresh && barred => Verdict::Barred(error),
            (true, _) if irreplaceable && blame != Blame::Token => Verdict::Doubted(error),
            (true, _) => Verdict::Denied(error),
            (_, true) => match rotated {
                Some(token) => Verdict::Rotated(token, error),
                None => Verdict::Lost(error),
            },
            _ => Verdict::Unspent(error),
        }
    }

    /// Whether a refresh token whose answer is lost leaves the login without one.
    fn is_not_replaced(&self) -> bool {
        self.exchange.ambiguity == Ambiguity::Stop || self.is_the_only_way()
    }

    /// Whether nothing but the refresh token leads to a token.
    fn is_the_only_way(&self) -> bool {
        let without = Held { refresh_token: None, ..self.held.clone() };
        self.dialect.next(&without, Goal::Token).is_err()
    }
}

/// Why there is no reply, in a transport's own words, which may repeat a secret.
pub(crate) fn unanswered(place: Place, error: SendError, scrub: &Scrub<'_>) -> Error {
    let unreachable = Unreachable::unanswered(place, error);
    let cause = scrub.clean(&unreachable.cause).unwrap_or_else(|| "the transport failed".into());
    Box::new(Unreachable { cause, ..unreachable }).into()
}

const IMPORT_OR_MEND: &str = "Check the rest of the login's settings. If they are right, the refresh token may have ended: \
                              import a new one in its place, which has to be forced";

const IMPORT: &str =
    "Import a new refresh token: this one is good for nothing any more, and nothing else leads to a token";
