//! One file a subcommand.

mod check;
mod demo;
mod profiles;
mod register;
mod request;
mod serve;
mod token;
mod world;

use hallpass_blocking::{Body, Client, Payload};
use hallpass_client::Ahead;
use hallpass_core::{AccessToken, Error, Grant, Misuse};
use hallpass_profile::{Profile, Profiles};
use http::Response;

use crate::args::{Args, Command, Globals};
use crate::failure::{ErrorStyle, Failure};
use crate::output;

/// Does what the command line asks for.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let globals = &args.globals;
    match &args.command {
        Command::Demo => demo::run(),
        Command::Token(token) => token::run(globals, token),
        Command::Check { profile } => check::run(globals, profile),
        Command::Register { profile } => register::run(globals, profile),
        Command::Request(request) => request::run(globals, request),
        Command::Serve(serve) => serve::run(serve),
        Command::Profiles => profiles::run(globals),
    }
}

/// A profile, ready to be used.
struct Login {
    profile: Profile,
    client: Client,
}

impl Login {
    /// Finds the profile. Nothing is sent and no secret is fetched yet.
    fn open(globals: &Globals, name: &str) -> Result<Self, Failure> {
        let profiles = find(globals)?;
        let profile = profiles.get(name)?;
        for warning in profile.warnings() {
            verbose(globals, &format!("warning: {warning}"));
        }
        let client = Client::new(profile.config()?.ahead(Ahead::Inline))?;
        verbose(globals, &format!("profile {name} of {}", profiles.path().display()));
        Ok(Self { profile, client })
    }

    /// Sends a call with the token.
    fn send<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<(Response<Body>, AccessToken), Failure> {
        let response = self.client.send(request).map_err(|error| self.explain(error))?;
        let token = response.extensions().get::<Grant>().map(|grant| grant.access_token().clone());
        Ok((response, token.expect("every call that was sent says with what")))
    }

    /// Says what to do about a failed login in the words of the command.
    fn explain(&self, error: Error) -> Failure {
        let name = self.profile.name();
        match error {
            Error::Misuse(Misuse::NotRegistered) => Failure::usage(format!(
                "profile `{name}` has no user_key: run `hallpass register {name}` once and put the `user_key = …` that \
                 it prints into the profile"
            )),
            Error::Misuse(Misuse::AlreadyRegistered) => Failure::usage(format!(
                "profile `{name}` has a user_key, so its user is registered and nothing was sent: run \
                 `hallpass token {name}`, or take the user_key out of the profile to register another user"
            )),
            Error::Misuse(Misuse::NoRegistration { dialect }) => Failure::usage(format!(
                "profile `{name}` speaks {dialect}, which needs no registration: run `hallpass token {name}`"
            )),
            other => other.into(),
        }
    }
}

fn find(globals: &Globals) -> Result<Profiles, Failure> {
    Ok(Profiles::find(globals.config.as_deref())?)
}

/// Something to know beside the result. Programs that read errors as JSON want nothing else on stderr.
fn note(globals: &Globals, what: &str) {
    if globals.errors == ErrorStyle::Text {
        output::note(&format!("hallpass: {what}"));
    }
}

/// Something that only who asked for it wants to know.
fn verbose(globals: &Globals, what: &str) {
    if globals.verbose {
        note(globals, what);
    }
}
