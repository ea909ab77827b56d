//! One file a subcommand.

mod check;
pub(crate) mod complete;
mod demo;
mod doctor;
mod exec;
mod forget;
mod helper;
mod import;
mod init;
mod manual;
mod profiles;
mod register;
mod request;
mod serve;
mod status;
mod token;
mod trace;

use std::process::ExitCode;

use crate::args::{Args, Command, Helper};
use crate::failure::Failure;

/// Does what the command line asks for, and says how to exit.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let globals = &args.globals;
    match &args.command {
        Command::Exec(exec) => return exec::run(globals, exec),
        Command::Helper(Helper::Docker(docker)) => return helper::docker::run(globals, docker),
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
        Command::Helper(Helper::Git(git)) => helper::git::run(globals, git),
        Command::Helper(Helper::Kubernetes { profile, print_config }) => {
            helper::kubernetes::run(globals, profile, *print_config)
        }
        Command::Init(init) => init::run(globals, init),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { out } => manual::man(out.as_deref()),
    }?;
    Ok(ExitCode::SUCCESS)
}
