//! `hallpass init`: a profile, from options or by asking. Nothing is written before all of it is known to be sound.

mod answers;
mod ask;
mod place;
mod text;

use hallpass_core::Secret;
use hallpass_profile::Profiles;

use self::answers::{Answers, Source};
use self::ask::Terminal;
use self::place::Place;
use crate::args::{Dialect, Globals, Init};
use crate::failure::Failure;
use crate::{output, private};

pub(super) fn run(globals: &Globals, args: &Init) -> Result<(), Failure> {
    let mut terminal = Terminal::open();
    let place = Place::find(globals)?;
    let answers = Answers::gather(args, terminal.as_mut(), &place)?;
    let name = &answers.name;
    let text = text::with_profile(&place, &answers)?;
    let profiles = Profiles::parse(&text, &place.path)?;
    profiles.get(name)?;

    let typed = secret(args, &answers, terminal.as_mut(), &place)?;
    place.make_folder()?;
    if let Some((path, secret)) = typed {
        let made = private::create(&path, secret.expose().as_bytes());
        made.map_err(|error| Failure::usage(format!("--secret-file {}: {error}", path.display())))?;
        output::print(&format!("wrote the {} to {}\n", answers.shape().secret, path.display()))?;
    }
    place.write(&text)?;
    output::print(&format!("wrote profile `{name}` to {}\n", place.path.display()))?;
    next(globals, args, &answers, terminal.as_mut(), &place)
}

/// A secret to be written into a file of its own, and which.
fn secret(
    args: &Init,
    answers: &Answers,
    terminal: Option<&mut Terminal>,
    place: &Place,
) -> Result<Option<(std::path::PathBuf, Secret)>, Failure> {
    let Source::File(path) = &answers.source else { return Ok(None) };
    let path = place.below(path);
    if args.secret.stdin {
        if path.exists() {
            return Err(Failure::usage(format!("--secret-file {}: it is there already", path.display())));
        }
        return Ok(Some((
            path,
            hallpass_profile::read_secret(std::io::stdin().lock(), "stdin").map_err(Failure::usage)?,
        )));
    }
    match terminal {
        Some(terminal) if !path.exists() => {
            let what = answers.shape().secret;
            terminal.say(&format!("{} is not there yet.", path.display()));
            Ok(terminal
                .secret(&format!("{what}, to be written there (not shown; empty: you write it yourself)"))?
                .map(|secret| (path, secret)))
        }
        _ => Ok(None),
    }
}

/// Tries it, or says how to.
fn next(
    globals: &Globals,
    args: &Init,
    answers: &Answers,
    terminal: Option<&mut Terminal>,
    place: &Place,
) -> Result<(), Failure> {
    let name = &answers.name;
    if answers.dialect == Dialect::UserKey {
        return output::print(&format!("next: hallpass register {name}\n"));
    }
    let asked = answers.asked.then_some(terminal).flatten();
    let test = args.test || asked.map_or(Ok(false), |terminal| terminal.yes("Try it now?"))?;
    let checks = answers.api_url.is_some() && answers.check_path.is_some();
    if !test {
        return output::print(&format!("next: hallpass {} {name}\n", if checks { "check" } else { "token" }));
    }
    let globals = Globals { config: Some(place.path.clone()), ..globals.clone() };
    if checks {
        return crate::commands::check::run(&globals, name);
    }
    crate::commands::login::Login::with(&globals, name, |login| login.grant(None, true))?;
    output::print(&format!("{name}: fine. The login worked.\n"))
}
