//! `hallpass trace`: one login, told effect by effect and without a secret, and done again by a machine.
//!
//! | module | what it holds |
//! |---|---|
//! | `drive` | the login itself |
//! | `picture` | a trace as text and as a diagram |
//! | `replay` | a trace, done again |

mod drive;
mod picture;
mod replay;

use hallpass_client::USER_AGENT;
use hallpass_core::lifecycle::{Landed, Setup};
use hallpass_core::trace;
use hallpass_core::{Error, Grant, Misuse};
use hallpass_profile::{Profiles, REDACTED};

use crate::args::{Globals, Picture, Trace};
use crate::failure::{Failure, Kind};
use crate::login::Login;
use crate::output;
use crate::written::Written;

pub(super) fn run(globals: &Globals, args: &Trace) -> Result<(), Failure> {
    if let Some(file) = &args.replay {
        return replay::run(file, args.format);
    }
    let Some(name) = &args.profile else {
        return Err(Failure::usage(
            "trace what? Name the profile whose login is to be told, or a trace to be done again: --replay FILE",
        ));
    };
    let profiles = globals.profiles()?;
    let profile = profiles.get(name)?;
    let masked = profiles.redacted(name).expect("the text has every profile that can be had");
    let setup_of_masked = masked_setup(&masked)?;
    // Whoever names a store means it.
    let kept = args.kept || globals.store.is_some();
    let in_memory = Globals { store: Some("memory".into()), ..globals.clone() };
    Login::of(if kept { globals } else { &in_memory }, profile, |login| {
        let config = login.config()?;
        let mut file = args.save.as_deref().map(|path| Written::open("--save", path)).transpose()?;
        let driven = drive::login(config, setup_of_masked, masked, USER_AGENT.into())?;
        // Where one of them fails there is still the other: the login may have spent what cannot be spent again.
        let saved = file.as_mut().map_or(Ok(()), |file| save(file, &driven.trace));
        let printed = output::print(&drawn(&driven.trace, args.format));
        let landed = driven.landed.clone();
        if driven.settle() {
            output::note(
                globals,
                "what the login could not save was put right after it, which the trace does not tell",
            );
        }
        saved.and(printed)?;
        came_to(landed, name).map(drop)
    })
}

fn save(file: &mut Written, trace: &trace::Trace) -> Result<(), Failure> {
    file.begin()?;
    file.write(trace.to_string().as_bytes())
}

fn drawn(trace: &trace::Trace, format: Picture) -> String {
    match format {
        Picture::Text => output::plain(&picture::text(trace)),
        Picture::Mermaid => output::plain(&picture::mermaid(trace)),
        Picture::Json => trace.to_string(),
    }
}

/// What a machine is made of that logs in with placeholders.
fn masked_setup(masked: &str) -> Result<Setup, Failure> {
    let profile = Profiles::parse(masked, "trace").and_then(|profiles| profiles.get(REDACTED));
    let config = profile.and_then(|profile| profile.unbound());
    let cannot = |error| Failure::usage(format!("this profile makes no sense with placeholders for secrets: {error}"));
    Ok(config.map_err(cannot)?.setup())
}

fn came_to(landed: Landed, name: &str) -> Result<Grant, Failure> {
    match landed {
        Landed::Failed(Error::Misuse(Misuse::NotRegistered)) => Err(Failure::usage(format!(
            "no user_key is at hand: a trace begins with one that the store holds by --kept; if it holds none, run \
             `hallpass register {name}` first"
        ))),
        Landed::Ok(grant) => Ok(grant),
        Landed::Failed(error) => Err(error.into()),
        Landed::Flying | Landed::Again => Err(Failure::new(Kind::Other, "the login did not come to an end")),
    }
}
