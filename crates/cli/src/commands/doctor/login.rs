//! The secrets, the one login, and what came of it.

use core::time::Duration;

use hallpass_blocking::Client;
use hallpass_client::clock::Clock;
use hallpass_client::{Config, secrets};
use hallpass_core::dialect::declared::Source;
use hallpass_core::dialect::{Ambiguity, Exchange, ExchangeKind, Goal, Held};
use hallpass_core::error::{Denied, Misuse};
use hallpass_core::lifecycle::Mark;
use hallpass_core::step::{Login, Outcome, Step as Turn};
use hallpass_core::wire::date;
use hallpass_core::{Error, Grant, Now, Reply, Request, Secrets, SendError};
use hallpass_profile::Profile;

use super::holding::Holding;
use super::report::{Cause, Step};
use super::sent::Sent;
use super::settings::Settings;
use super::{Patient, causes, flaws, proofs, variants};
use crate::answer::is_html;
use crate::failure::Failure;

/// Further apart, and dates in tokens are read wrongly.
const SKEW: Duration = Duration::from_mins(1);

/// Shorter lives make nearly every call a login.
const SHORT: Duration = Duration::from_mins(1);

/// A login, ready to be sent.
pub(super) struct Prepared {
    exchange: Exchange,
    pub(super) request: Request,
    held: Held,
    pub(super) secrets: Secrets,
    flaws: Vec<Cause>,
}

/// How far the server's clock is ahead of this machine's (negative: behind), in seconds.
pub(super) type Skew = Option<i64>;

impl Patient<'_> {
    /// Asks for the secrets and makes the request. A refresh token is not the doctor's to spend: a login that has nothing else
    /// is not made.
    pub(super) fn secret(&mut self, profile: &Profile, config: &Config, holding: &Holding) -> Option<Prepared> {
        let dialect = config.dialect();
        let held = Held { refresh_token: None, ..holding.held.clone() };
        let next = dialect.next(&held, Goal::Token).or_else(|_| dialect.next(&holding.held, Goal::Token));
        let exchange = match next {
            Ok(exchange) => exchange,
            Err(misuse) => return self.no_secret(profile, misuse, Vec::new()),
        };
        let names = dialect.needs(exchange);
        let secrets = match secrets::gather(&**config.secret_source(), names) {
            Ok(secrets) => secrets,
            Err(misuse) => return self.no_secret(profile, misuse, Vec::new()),
        };
        let flaws: Vec<_> =
            names.iter().filter_map(|name| Some(flaws::of(name, secrets.get(name)?))).flatten().collect();
        let seen = if names.is_empty() { "none is needed".into() } else { format!("{} at hand", names.join(", ")) };
        if exchange.kind == ExchangeKind::Refresh {
            let lost = holding.mark.as_ref().filter(|_| exchange.ambiguity != Ambiguity::Resend);
            self.refresh_token(profile, lost, &seen, flaws);
            return None;
        }
        let request = match dialect.request(exchange, &held, &secrets, Clock::start().now()) {
            Ok(request) => request,
            Err(misuse) => return self.no_secret(profile, misuse, flaws),
        };
        self.steps.push(Step::seen("secret", seen, flaws.clone()));
        Some(Prepared { exchange, request, held, secrets, flaws })
    }

    /// A refresh token is held; `lost` says that it may be spent.
    fn refresh_token(&mut self, profile: &Profile, lost: Option<&Mark>, seen: &str, flaws: Vec<Cause>) {
        let step = match lost {
            None => {
                let seen =
                    format!("{seen}; a refresh token is held, and is not tried: it may be good for one use only");
                Step::seen("secret", seen, flaws)
            }
            Some(Mark { since, by, .. }) => {
                let lost = Denied::LostRefresh { since: Some(*since), by: Some(by.clone()), cause: None };
                let cause = no_refresh_token("refresh-token-lost", "the refresh token may be spent", profile);
                Step::failed("secret", Error::from(lost).into(), flaws.into_iter().chain([cause]).collect())
            }
        };
        self.steps.push(step);
    }

    fn no_secret(&mut self, profile: &Profile, misuse: Misuse, flaws: Vec<Cause>) -> Option<Prepared> {
        let cause = match &misuse {
            Misuse::NotRegistered => Cause::new(
                "not-registered",
                "no user_key is held, so nobody can log in yet",
                format!("run `hallpass register {0}` once, or `hallpass import {0}` if you have one", profile.name()),
            ),
            Misuse::Secret { name, .. } if *name == Source::RefreshToken.name() => {
                no_refresh_token("refresh-token-missing", "no refresh token is held", profile)
            }
            Misuse::Secret { .. } => Cause::new(
                "secret-missing",
                "the secret's source gives nothing",
                "run it by hand: set the variable, correct the path, unlock the password store",
            ),
            _ => Cause::new("secret-unfit", "an id or secret cannot be sent as it is", "correct it where it is kept"),
        };
        let causes = flaws.into_iter().chain([cause]).collect();
        self.steps.push(Step::failed("secret", misuse.into(), causes));
        None
    }

    /// Sends the login, once.
    pub(super) fn login(&mut self, profile: &Profile, client: &Client, ready: &Prepared) -> Option<(Grant, Skew)> {
        let (clock, config) = (Clock::start(), client.config());
        let mut login = Login::new(config.dialect(), config.egress_rules());
        login.default_life = config.get_default_life();
        let mut turn = login.start(clock.now(), Goal::Token, ready.held.clone(), None);
        let (mut exchanged, mut kept_out): (Option<(Now, Option<Reply>)>, bool) = (None, false);
        let error = loop {
            turn = match turn {
                Turn::Ask(ask) => ask.answer(clock.now(), ready.secrets.clone()),
                Turn::Save(save) => save.saved(clock.now()),
                Turn::Send(send) if self.logins == 0 => {
                    self.logins += 1;
                    let at = clock.now();
                    let reply = client.exchange(send.request(), send.egress());
                    exchanged = Some((at, reply.as_ref().ok().cloned()));
                    kept_out = matches!(reply, Err(SendError::Untrusted(_)));
                    send.replied(reply)
                }
                Turn::Send(_) => {
                    self.steps.push(Step::skipped("reply", "the login takes more than one request; only one is sent"));
                    return None;
                }
                Turn::Done(Outcome::Grant(grant)) => {
                    let (at, Some(reply)) = exchanged? else { return None };
                    self.answered(ready, &reply);
                    self.granted(&grant, causes::narrowed(&ready.request, &reply));
                    return Some((grant, self.clock(at, &reply)));
                }
                Turn::Done(Outcome::UserKey(_)) => return None,
                Turn::Failed(error) => break error,
            };
        };
        if let Some((at, Some(reply))) = exchanged {
            self.answered(ready, &reply);
            self.refused(profile, client, ready, (at, &reply), error);
            self.clock(at, &reply);
        } else {
            // The server's own certificate was good a moment ago, so it is the client's that is not.
            let cause =
                if kept_out { proofs::certificate(config.get_client_certificate().is_some()) } else { silence() };
            self.steps.push(Step::failed("token endpoint", error.into(), vec![cause]));
        }
        None
    }

    fn answered(&mut self, ready: &Prepared, reply: &Reply) {
        let kind = match reply.header(http::header::CONTENT_TYPE).map(str::to_ascii_lowercase) {
            Some(text) if text.contains("json") => "JSON",
            Some(_) if is_html(&reply.headers) => "HTML",
            Some(_) => "another content type",
            None => "no content type",
        };
        let (request, status) = (&ready.request, reply.status.as_u16());
        let length = reply.body.expose().len();
        let seen = format!("{} {} answered {status}, {kind}, {length} bytes", request.method, request.endpoint);
        self.steps.push(Step::seen("token endpoint", seen, Vec::new()));
    }

    fn granted(&mut self, grant: &Grant, narrowed: Option<Cause>) {
        let (seen, mut causes) = match grant.life() {
            Some(life) if life < SHORT => (
                format!("a token that lives {} s", life.as_secs()),
                vec![Cause::new(
                    "short-life",
                    "the token lives so shortly that nearly every call needs a login",
                    "ask for longer lives, or check the server's clock",
                )],
            ),
            Some(life) => (format!("a token that lives {} s", life.as_secs()), Vec::new()),
            None => (
                "a token".to_owned(),
                vec![Cause::new(
                    "no-life",
                    "nobody says how long the token lives, so it is used until the API refuses it",
                    "set `default_life`, such as \"1h\", if the API's documentation says it",
                )],
            ),
        };
        causes.extend(narrowed);
        self.steps.push(Step::seen("reply", seen, causes));
    }

    fn refused(
        &mut self,
        profile: &Profile,
        client: &Client,
        ready: &Prepared,
        (at, reply): (Now, &Reply),
        error: Error,
    ) {
        let encodings: Vec<_> =
            variants::encodings(&ready.request, &ready.secrets).iter().map(|(encoding, _)| encoding.name()).collect();
        let (request, flaws) = (&ready.request, ready.flaws.as_slice());
        let (certified, ahead) = (client.config().get_client_certificate().is_some(), ahead(at, reply));
        let sent = Sent { dialect: profile.dialect(), request, flaws, encodings: &encodings, certified, ahead };
        let mut causes = causes::of(&sent, reply, &error);
        let may_help = matches!(reply.status.as_u16(), 400 | 401 | 403 | 406 | 415);
        if self.args.tries && may_help {
            match self.other_spelling(profile, client, ready) {
                Some(works) => {
                    causes.retain(|cause| cause.id != works.id);
                    causes.insert(0, works);
                }
                None => causes.retain(|cause| !matches!(cause.id, "basic-encoding" | "client-auth")),
            }
        }
        self.steps.push(Step::failed("reply", Failure::from(error), causes));
    }

    /// Sends the other spellings until one is answered with a token.
    fn other_spelling(&mut self, profile: &Profile, client: &Client, ready: &Prepared) -> Option<Cause> {
        let egress = client.config().egress_rules().egress(&ready.request.endpoint).ok()?;
        let dialect = client.config().dialect();
        let settings = Settings(profile.dialect());
        let found = variants::of(&ready.request, &ready.secrets, settings).into_iter().find(|variant| {
            self.logins += 1;
            let reply = client.exchange(&variant.request, &egress);
            reply.is_ok_and(|reply| dialect.read(ready.exchange, &reply).is_ok())
        });
        found.map(|variant| Cause { what: format!("{} (tried: a token came)", variant.cause.what), ..variant.cause })
    }

    fn clock(&mut self, sent: Now, reply: &Reply) -> Skew {
        let Some(ahead) = ahead(sent, reply) else {
            self.steps.push(Step::skipped("clock", "the reply has no Date"));
            return None;
        };
        let apart = ahead.unsigned_abs();
        let wrong = (apart > SKEW.as_secs()).then(|| clock_off(ahead));
        let seen = if apart <= 2 { "as the server's".to_owned() } else { format!("{apart} s from the server's") };
        self.steps.push(Step::seen("clock", seen, wrong.into_iter().collect()));
        Some(ahead)
    }
}

/// Compares the clocks, by the middle of the time that the exchange took.
fn ahead(sent: Now, reply: &Reply) -> Skew {
    let theirs = reply.header(http::header::DATE).and_then(date::http_date)?;
    let ours = (sent.wall.unix_timestamp() + reply.received.wall.unix_timestamp()).div_euclid(2);
    Some(theirs.unix_timestamp().saturating_sub(ours))
}

/// One of the clocks is wrong.
pub(super) fn clock_off(ahead: i64) -> Cause {
    let side = if ahead > 0 { "behind" } else { "ahead of" };
    Cause::new(
        "clock",
        format!("this machine's clock is {} s {side} the server's", ahead.unsigned_abs()),
        "set it by NTP (timedatectl set-ntp true); if it is right, the server's is wrong",
    )
}

fn no_refresh_token(id: &'static str, what: &str, profile: &Profile) -> Cause {
    let what = format!("{what}, and this login has no other way to a token");
    Cause::new(id, what, format!("get a new one, and hand it to `hallpass import {}`", profile.name()))
}

fn silence() -> Cause {
    Cause::new(
        "no-reply",
        "the connection was made, and no whole reply came: the server hangs, another service has the port, or it wants https",
        "check port and scheme of the URL, then raise `timeout`",
    )
}
