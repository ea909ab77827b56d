//! A profile and its store, ready to be used.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use hallpass_blocking::{Body, Call, Client, Payload, Want};
use hallpass_client::clock::Clock;
use hallpass_client::pilot::Pilot;
use hallpass_client::trace::Effect;
use hallpass_client::{Ahead, Config, call, guarded};
use hallpass_core::error::Denied;
use hallpass_core::lifecycle::{Landed, Ticket, Todo, TokenId};
use hallpass_core::{AccessToken, Error, Grant, Misuse};
use hallpass_profile::{OpenStore, Profile, ProfileError, Profiles, StoreSetting};
use http::{Method, Response, Uri};

use crate::args::Globals;
use crate::failure::{Failure, Kind};
use crate::watched::Watched;
use crate::{instance, lost, output, spending, spinner};

/// A login. Nothing is sent, read or asked for until a client is made of it.
pub(crate) struct Login<'g> {
    pub(crate) globals: &'g Globals,
    pub(crate) profile: Profile,
    pub(crate) store: OpenStore,
    watched: Watched,
    /// What became of the store was said.
    warned: AtomicBool,
}

/// A token of the store, and whether nothing need be done about it.
pub(crate) struct Kept {
    pub(crate) grant: Grant,
    pub(crate) fresh: bool,
}

impl<'g> Login<'g> {
    /// Finds the profile, opens its store, does the work, and says what became of the store.
    pub(crate) fn with<T>(
        globals: &'g Globals,
        name: &str,
        work: impl FnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        Self::of(globals, Profiles::find_one(globals.config.as_deref(), name)?, work)
    }

    /// The same with this profile.
    pub(crate) fn of<T>(
        globals: &'g Globals,
        profile: Profile,
        work: impl FnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for warning in profile.warnings() {
            output::verbose(globals, &format!("warning: {warning}"));
        }
        let store = open(globals, &profile)?;
        output::verbose(
            globals,
            &format!("profile {} of {}; store: {store}", profile.name(), profile.path().display()),
        );
        let watched = Watched::new(store.store());
        let login = Self { globals, profile, store, watched, warned: AtomicBool::new(false) };
        let result = work(&login);
        login.tell_of_store(&result);
        spending::end();
        result
    }

    /// A client. The store's own trouble is told when the work is done.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.client_with(|config| config)
    }

    /// The same with a change to what it is built from.
    pub(crate) fn client_with(&self, change: impl FnOnce(Config) -> Config) -> Result<Client, Failure> {
        Ok(Client::new(change(self.config()?))?)
    }

    /// What a client is built from.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        Ok(named(self.profile.config_on(self.watched.clone())?))
    }

    /// A client for the records alone: it asks for no secret, and cannot log in.
    pub(crate) fn records_client(&self) -> Result<Client, Failure> {
        Ok(Client::new(self.records()?)?)
    }

    /// What names the records, and where the token may go. No secret is asked for.
    pub(crate) fn records(&self) -> Result<Config, Failure> {
        Ok(named(self.profile.records_on(self.watched.clone())?))
    }

    /// The token that the store has for `want`. No connection is prepared for it, and no secret asked.
    pub(crate) fn kept(&self, want: &Want) -> Result<Option<Kept>, Failure> {
        let pilot = Arc::new(Pilot::new(self.records()?));
        let Ticket::Lead(flight, todo) = pilot.ask(want) else { return Ok(None) };
        let effect = Effect::begin(&todo);
        let Todo::Peek(slot) = todo else { return Ok(None) };
        let found = guarded::peek(pilot.config(), slot.key());
        // What follows a peek that does not land is for a client to do, from the start.
        drop(pilot.answer(effect, |life, now| life.peeked(now, slot, found)));
        let Landed::Ok(grant) = pilot.outcome(flight, want) else { return Ok(None) };
        Ok(Some(Kept { fresh: grant.is_fresh(pilot.clock().now()), grant }))
    }

    /// A token: the kept one while nothing need be done about it, or else one of a login.
    pub(crate) fn grant(&self, min_life: Option<Duration>, force: bool) -> Result<Grant, Failure> {
        let want = Want { min_life: min_life.unwrap_or_default(), not: None };
        let any = if force { Want::default() } else { want };
        let grant = match self.kept(&any)? {
            Some(kept) if force => self.token(&self.client()?, &Want { not: Some(kept.grant.id()), ..want }),
            Some(kept) if kept.fresh => Ok(kept.grant),
            _ => self.token(&self.client()?, &want),
        }?;
        self.tell_of_life(&grant, min_life);
        Ok(grant)
    }

    /// Says so if the token lives shorter than was asked for.
    pub(crate) fn tell_of_life(&self, grant: &Grant, min_life: Option<Duration>) {
        let lives = grant.expires_in(Clock::start().now());
        if let (Some(lives), Some(asked)) = (lives, min_life)
            && lives < asked
        {
            let lives = lives.as_secs();
            output::note(
                self.globals,
                &format!("the token lives {lives} s, less than --min-life: new ones live no longer"),
            );
        }
    }

    /// A token. One from the store that is due to be renewed is renewed now, since this process ends before anybody else
    /// would ask it; if that fails, it is still good.
    pub(crate) fn token(&self, client: &Client, want: &Want) -> Result<Grant, Failure> {
        let had = client.token_with(want);
        let had = had.and_then(|grant| if is_due(&grant) { client.token_with(want) } else { Ok(grant) });
        had.map_err(|error| self.explain(error))
    }

    /// A call with such a token, if it may have one.
    fn admit(&self, client: &Client, method: &Method, uri: &Uri) -> Result<Call, Failure> {
        let call = client.admit(method, uri);
        let call = call.and_then(|call| if is_due(call.grant()) { client.admit(method, uri) } else { Ok(call) });
        call.map_err(|error| self.explain(error))
    }

    /// Whether the token came out of the store.
    pub(crate) fn gave(&self, token: &AccessToken) -> bool {
        self.watched.gave(TokenId::of(token))
    }

    /// Says what was gained and is not kept; nothing more is said of the store then.
    pub(crate) fn warn(&self, what: &str) {
        self.warned.store(true, Ordering::Relaxed);
        output::warn(self.globals, what);
    }

    /// Sends a call with the token; and each token that it was sent with, the last of them last.
    pub(crate) fn send<B: Into<Payload>>(
        &self,
        client: &Client,
        request: http::Request<B>,
    ) -> Result<(Response<Body>, Vec<AccessToken>), Failure> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let mut call = self.admit(client, &method, &uri)?;
        let _waiting = spinner::start("waiting for the API");
        let mut sent = Vec::new();
        loop {
            sent.push(call.grant().access_token().clone());
            call.attach(request.headers_mut());
            // What fails here is the call alone: a login that failed sent nothing of it.
            let response = client.send_plain(request.clone()).map_err(|error| lost::explain(&method, error))?;
            let again = call.settle(response.status(), response.headers(), Some(()));
            if again.map_err(|error| self.explain(error))?.is_none() {
                return Ok((response, sent));
            }
        }
    }

    /// Says what to do about a failed login in the words of the command.
    pub(crate) fn explain(&self, error: Error) -> Failure {
        let name = self.profile.name();
        match error {
            Error::Misuse(Misuse::NotRegistered) => Failure::usage(format!(
                "no user_key is held for profile `{name}`: run `hallpass register {name}` once, or \
                 `hallpass import {name}` if you have one"
            )),
            Error::Misuse(Misuse::AlreadyRegistered) => Failure::usage(format!(
                "profile `{name}` has a user_key, so its user is registered and nothing was sent: run \
                 `hallpass token {name}`, or change the user_id to register another user"
            )),
            Error::Misuse(Misuse::NoRegistration { dialect }) => Failure::usage(format!(
                "profile `{name}` speaks {dialect}, which needs no registration: run `hallpass token {name}`"
            )),
            lost @ Error::Denied(Denied::LostRegistration | Denied::LostRefresh { .. }) => {
                Failure::from(lost).with(&format!("; `hallpass import {name}` takes it"))
            }
            other => other.into(),
        }
    }

    /// A store that failed is a warning as long as there is a result without it.
    pub(crate) fn tell_of_store<T>(&self, result: &Result<T, Failure>) {
        let told =
            self.warned.load(Ordering::Relaxed) || result.as_ref().is_err_and(|failure| failure.kind() == Kind::Store);
        if let Some(failure) = self.watched.failure().filter(|_| !told) {
            output::warn(self.globals, &format!("{failure}. What was gained may not be kept"));
        }
    }
}

/// Whether it is the store's, and to be renewed before it ends.
fn is_due(grant: &Grant) -> bool {
    grant.is_kept() && !grant.is_fresh(Clock::start().now())
}

fn named(config: Config) -> Config {
    // Somebody may be typing a password, and nothing is left behind.
    config.ahead(Ahead::Inline).wait(Duration::MAX).name(instance::name())
}

/// The store that the command line names, or the profile, or else the user's own folder.
pub(crate) fn open(globals: &Globals, profile: &Profile) -> Result<OpenStore, Failure> {
    let setting = match globals.store.as_deref().map(str::parse::<StoreSetting>) {
        Some(Ok(setting)) => setting,
        Some(Err(why)) => return Err(Failure::usage(format!("--store: {why}"))),
        None => profile.store_setting().unwrap_or_else(StoreSetting::file),
    };
    let (style, told) = (globals.errors, Mutex::new(BTreeSet::new()));
    let tell = move |what: &str| {
        let first = told.lock().is_ok_and(|mut told| told.insert(what.to_owned()));
        if first {
            output::warn_in(style, what);
        }
    };
    match setting.open(tell) {
        // Nobody asked for files, so being unable to keep any is no reason to fail.
        Err(ProfileError::Store { why }) if globals.store.is_none() => {
            output::warn(globals, &format!("nothing is kept: {why}"));
            Ok(StoreSetting::memory().open(|_| {})?)
        }
        opened => Ok(opened?),
    }
}
