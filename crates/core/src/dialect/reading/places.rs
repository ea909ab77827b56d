//! Values read from where they stand.

use core::time::Duration;
use std::borrow::Cow;

use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use super::no::{denied, packed, redirect, says_no, says_none};
use super::said::{said, said_in, scalar, text_of};
use super::{Gain, Granted, Refusal};
use crate::access_token::{AccessToken, SendAs};
use crate::error::Oddity;
use crate::http::Reply;
use crate::secret::{RefreshToken, UserKey};
use crate::time::wall_between;
use crate::wire::json::{Object, member_text};
use crate::wire::pointer::Pointer;
use crate::wire::{date, jwt, life};

/// Where a reply has what. By default where RFC 6749 section 5 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The access token.
    pub access_token: Pointer,
    /// The refresh token, if there are any.
    pub refresh_token: Option<Pointer>,
    /// What a registration gave.
    pub user_key: Pointer,
    /// The type of the token; it must suit the way in which the token is sent.
    pub token_type: Option<Pointer>,
    /// How long the access token lives, and how that is said.
    pub life: Option<(Pointer, LifeFormat)>,
    /// The code of a refusal, also where the status says that all is well. `None`: wherever servers usually put it.
    pub error: Option<Pointer>,
    /// The text of a refusal. `None`: wherever servers usually put it.
    pub error_text: Option<Pointer>,
}

impl Default for Places {
    fn default() -> Self {
        super::STANDARD
    }
}

/// How a reply says how long a token lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifeFormat {
    /// A number of seconds, as `expires_in` is (RFC 6749 section 5.1).
    Seconds,
    /// A number of milliseconds.
    Milliseconds,
    /// The moment it ends, in seconds since 1970; or in milliseconds, as a number that large must be.
    Unix,
    /// The moment it ends, as text (RFC 3339).
    Rfc3339,
}

impl LifeFormat {
    /// Moments count from the server's own clock. What cannot be read is an unknown life, which spoils no token.
    fn read(self, raw: &str, reply: &Reply) -> Option<Duration> {
        let text = member_text(raw);
        let text = text.as_deref().unwrap_or(raw);
        let until = |end: UtcDateTime| wall_between(date::reply_date(reply), end).min(life::LONGEST_LIFE);
        match self {
            Self::Seconds => life::seconds(text),
            Self::Milliseconds => life::number(text).map(|number| life::whole_seconds(number / 1000.0)),
            Self::Unix => life::number(text).map(|number| {
                let seconds = if number < MILLISECONDS { number } else { number / 1000.0 };
                moment(seconds).map_or(life::LONGEST_LIFE, until)
            }),
            Self::Rfc3339 => UtcDateTime::parse(text.trim(), &Rfc3339).ok().map(until),
        }
    }
}

/// A moment that is not smaller counts milliseconds, from the year 2001 on. As seconds it would lie beyond the year 33658; the end
/// of the year 9999 is what some servers say of a token that does not end.
const MILLISECONDS: f64 = 1e12;

/// `None` for what lies beyond the years that the clock knows.
#[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates")]
fn moment(seconds: f64) -> Option<UtcDateTime> {
    UtcDateTime::from_unix_timestamp(seconds.max(0.0) as i64).ok()
}

impl Places {
    /// Reads a token reply whose values stand at these places.
    pub(in super::super) fn token(
        &self,
        reply: &Reply,
        send_as: &SendAs,
        default_life: Option<Duration>,
    ) -> Result<Gain, Refusal> {
        let (mut brought, mut declined) = (None, false);
        let gained = self.succeeded(reply, |object| {
            // One with bytes that are no text would come back to the server as something else.
            let whole = |token: &Cow<'_, str>| !token.is_empty() && !token.contains(char::REPLACEMENT_CHARACTER);
            let refresh_token = find(self.refresh_token.as_ref(), object)?.and_then(member_text).filter(whole);
            brought = refresh_token.map(RefreshToken::new);
            if let Some(raw) = find(self.token_type.as_ref(), object)? {
                let kind = member_text(raw).unwrap_or(Cow::Borrowed("no string"));
                if !kind.trim().is_empty() && !send_as.suits(kind.trim()) {
                    return Err(Oddity::TokenType(kind.trim().to_owned()));
                }
            }
            let text = self.access_token.find(object)?.and_then(member_text).filter(|text| !text.is_empty());
            let Some(text) = text else {
                // What comes after a token that was spent is no refusal's.
                declined = brought.is_none() && says_no(object);
                return Err(match absent("access_token", &self.access_token) {
                    Oddity::Missing(_) if object.raw("id_token").is_ok_and(|raw| raw.is_some()) => Oddity::IdTokenOnly,
                    absent => absent,
                });
            };
            let access_token = AccessToken::new(&text).ok_or(Oddity::BadCharacters("access_token"))?;
            let stated = match &self.life {
                Some((place, format)) => place.find(object)?.and_then(|raw| format.read(raw, reply)),
                None => None,
            };
            let claimed = if jwt::is_one(&text) { jwt::life(&text, date::reply_date(reply)) } else { None };
            let life = match (stated, claimed) {
                (Some(stated), Some(claimed)) => Some(stated.min(claimed)),
                (stated, claimed) => stated.or(claimed).or(default_life),
            };
            let (access_token, refresh_token) = (access_token.with_send_as(send_as), brought.take());
            Ok(Gain::Granted(Granted { access_token, refresh_token, life }))
        });
        match gained {
            Err(_) if declined => Err(denied(reply, said(self, reply))),
            gained => gained.map_err(|refusal| refusal.with_refresh_token(brought)),
        }
    }

    /// Reads a registration's reply whose key stands at its place.
    pub(in super::super) fn user_key(&self, reply: &Reply) -> Result<Gain, Refusal> {
        self.succeeded(reply, |object| {
            // It comes only once, so a key that is a number is better kept than lost.
            let raw = self.user_key.find(object)?.filter(|raw| !matches!(*raw, "true" | "false"));
            let key = raw.and_then(scalar).ok_or_else(|| absent("user_key", &self.user_key))?;
            Ok(Gain::UserKey(UserKey::new(key)))
        })
    }

    /// Refuses every reply but a 2xx for what it is.
    fn refused(&self, reply: &Reply) -> Result<(), Refusal> {
        match reply.status.as_u16() {
            200..=299 => Ok(()),
            300..=399 => Err(Refusal::malformed(reply.status, redirect(reply))),
            408 | 425 | 429 | 500..=599 => {
                let (code, text) = said(self, reply);
                Err(Refusal::passing(reply.status, date::retry_after(reply), code, text))
            }
            400..=499 => Err(denied(reply, said(self, reply))),
            _ => Err(Refusal::malformed(reply.status, Oddity::Status)),
        }
    }

    /// Reads the object of a 2xx reply, and refuses every other reply for what it is.
    fn succeeded(
        &self,
        reply: &Reply,
        read: impl FnOnce(&Object<'_>) -> Result<Gain, Oddity>,
    ) -> Result<Gain, Refusal> {
        self.refused(reply)?;
        let malformed = |oddity| Refusal::malformed(reply.status, oddity);
        if reply.cut {
            return Err(malformed(Oddity::TooLarge));
        }
        let text = text_of(reply);
        let object = Object::parse(&text).map_err(|oddity| malformed(packed(reply).unwrap_or(oddity)))?;
        if self.failed(&object).map_err(malformed)? {
            return Err(denied(reply, said_in(self, reply.status, &object)));
        }
        read(&object).map_err(malformed)
    }

    /// Whether it is a refusal whatever its status is: GitHub answers them with 200.
    fn failed(&self, object: &Object<'_>) -> Result<bool, Oddity> {
        let error = match &self.error {
            Some(place) => place.find(object),
            None => object.raw("error"),
        };
        Ok(error?.is_some_and(|raw| !says_none(raw)))
    }

    /// Refuses a reply whose success has nothing to say: every one but a 2xx, and a 2xx that is a refusal all the same, or a
    /// page of something in front of the server. What else a 2xx says is ignored (RFC 7009 section 2.2).
    pub(super) fn done(&self, reply: &Reply) -> Result<(), Refusal> {
        self.refused(reply)?;
        match Object::parse(&text_of(reply)) {
            Err(Oddity::Html) => Err(Refusal::malformed(reply.status, Oddity::Html)),
            Ok(object) if self.failed(&object) == Ok(true) || says_no(&object) => {
                Err(denied(reply, said_in(self, reply.status, &object)))
            }
            _ => Ok(()),
        }
    }
}

fn find<'a>(place: Option<&Pointer>, object: &Object<'a>) -> Result<Option<&'a str>, Oddity> {
    place.map_or(Ok(None), |place| place.find(object))
}

fn absent(what: &'static str, place: &Pointer) -> Oddity {
    if *place == Pointer::member(what) {
        Oddity::Missing(what)
    } else {
        Oddity::NotThere { what, pointer: place.to_string() }
    }
}
