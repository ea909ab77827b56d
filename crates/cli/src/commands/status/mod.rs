//! `hallpass status`: what is held, where, and how long it is good. It changes nothing and shows no secret.

mod holding;

use hallpass_client::clock::Clock;
use hallpass_profile::{ProfileError, Profiles};

use self::holding::Holding;
use crate::args::{Globals, Report, Status};
use crate::failure::Failure;
use crate::{login, output};

pub(super) fn run(globals: &Globals, args: &Status) -> Result<(), Failure> {
    let profiles = globals.profiles()?;
    let Seen { found, unseen, mut failures } = match &args.profile {
        Some(name) => look(globals, &profiles, [name.as_str()]),
        None if profiles.is_here() => look_around(globals, &profiles),
        None => look(globals, &profiles, profiles.names()),
    };
    let texts = || found.iter().map(Holding::text).chain(unseen.iter().map(|name| untold(name)));
    output::print(&match (args.format, &args.profile) {
        (Report::Text, _) => texts().collect::<Vec<_>>().join("\n"),
        (Report::Json, Some(_)) => found.iter().map(output::json).collect::<Result<_, _>>()?,
        (Report::Json, None) => output::json(&found)?,
    })?;
    failures.extend(found.iter().filter_map(Holding::failure));
    if args.profile.is_none() {
        failures.extend(globals.nothing_to_list(&profiles));
    }
    let last = failures.pop();
    for failure in &failures {
        output::note(globals, failure.message());
    }
    last.map_or(Ok(()), Err)
}

#[derive(Default)]
struct Seen {
    found: Vec<Holding>,
    /// The names of profiles that nobody asked to look into.
    unseen: Vec<String>,
    failures: Vec<Failure>,
}

/// Looking into a profile runs the programs that it names for what tells its records apart.
fn look<'n>(globals: &Globals, profiles: &Profiles, names: impl IntoIterator<Item = &'n str>) -> Seen {
    let (mut seen, clock) = (Seen::default(), Clock::start());
    for name in names {
        match holding(globals, profiles, name, clock) {
            Ok(holding) => seen.found.push(holding),
            // One that is wrong does not hide the others.
            Err(failure) => seen.failures.push(failure),
        }
    }
    seen
}

/// Looks into the user's own file. Whoever filled the working folder must not have programs run, or stores opened, because
/// somebody looked around.
fn look_around(globals: &Globals, here: &Profiles) -> Seen {
    let own = Profiles::find_own(None);
    let mut seen = match &own {
        Ok(own) => look(globals, own, own.names()),
        Err(ProfileError::NotFound { .. }) => Seen::default(),
        Err(error) => Seen { failures: vec![error.clone().into()], ..Seen::default() },
    };
    for name in here.names() {
        match here.get(name) {
            // The two are one file then.
            Ok(_) if own.as_ref().is_ok_and(|own| own.names().any(|known| known == name)) => {}
            Ok(_) => seen.unseen.push(name.to_owned()),
            Err(error) => seen.failures.push(error.into()),
        }
    }
    seen
}

fn untold(name: &str) -> String {
    output::plain(&format!("{name}\n  in ./hallpass.toml: name it to look into it\n"))
}

fn holding(globals: &Globals, profiles: &Profiles, name: &str, clock: Clock) -> Result<Holding, Failure> {
    let profile = profiles.get(name)?;
    let store = login::open(globals, &profile)?;
    let config = profile.records_on(store.store())?;
    Ok(Holding::of(&profile, &store, &config, clock.now()))
}
