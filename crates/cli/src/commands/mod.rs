//! One file a subcommand.

mod check;
mod demo;
mod doctor;
mod forget;
mod import;
mod login;
mod profiles;
mod register;
mod request;
mod serve;
mod status;
mod token;
mod trace;
mod world;

use hallpass_profile::Profiles;

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
        Command::Doctor(doctor) => doctor::run(globals, doctor),
        Command::Trace(trace) => trace::run(globals, trace),
        Command::Register { profile } => register::run(globals, profile),
        Command::Request(request) => request::run(globals, request),
        Command::Serve(serve) => serve::run(serve),
        Command::Profiles => profiles::run(globals),
        Command::Status(status) => status::run(globals, status),
        Command::Forget(forget) => forget::run(globals, forget),
        Command::Import(import) => import::run(globals, import),
    }
}

fn find(globals: &Globals) -> Result<Profiles, Failure> {
    Ok(Profiles::find(globals.config.as_deref())?)
}

/// Something to know beside the result. Programs that read errors as JSON want nothing else on stderr.
fn note(globals: &Globals, what: &str) {
    note_in(globals.errors, what);
}

fn note_in(style: ErrorStyle, what: &str) {
    if style == ErrorStyle::Text {
        output::note(&format!("hallpass: {what}"));
    }
}

/// Something that only who asked for it wants to know.
fn verbose(globals: &Globals, what: &str) {
    if globals.verbose {
        note(globals, what);
    }
}
