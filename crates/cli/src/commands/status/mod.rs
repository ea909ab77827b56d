//! `hallpass status`: what is held, where, and how long it is good. It changes nothing and shows no secret.

mod holding;

use hallpass_client::clock::Clock;
use hallpass_profile::Profiles;

use self::holding::Holding;
use crate::args::{Globals, Report, Status};
use crate::failure::{Failure, Kind};
use crate::output;

pub(super) fn run(globals: &Globals, args: &Status) -> Result<(), Failure> {
    let profiles = super::find(globals)?;
    let names: Vec<_> = match &args.profile {
        Some(name) => vec![name.as_str()],
        None => profiles.names().collect(),
    };
    let clock = Clock::start();
    let mut failures = Vec::new();
    let mut found = Vec::new();
    for name in names {
        match holding(globals, &profiles, name, clock) {
            Ok(holding) => found.push(holding),
            // One that is wrong does not hide the others.
            Err(failure) => failures.push(failure),
        }
    }
    output::print(&match (args.format, &args.profile) {
        (Report::Text, _) => found.iter().map(Holding::text).collect::<Vec<_>>().join("\n"),
        (Report::Json, Some(_)) => found.iter().map(json).collect::<Result<_, _>>()?,
        (Report::Json, None) => json(&found)?,
    })?;
    failures.extend(found.iter().filter_map(Holding::failure));
    let last = failures.pop();
    for failure in &failures {
        super::note(globals, failure.message());
    }
    last.map_or(Ok(()), Err)
}

fn holding(globals: &Globals, profiles: &Profiles, name: &str, clock: Clock) -> Result<Holding, Failure> {
    let profile = profiles.get(name)?;
    let store = super::login::open(globals, &profile)?;
    let config = profile.records_on(store.store())?;
    Ok(Holding::of(&profile, &store, &config, clock.now()))
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    Ok(text + "\n")
}
