//! `hallpass init`: a profile, from options or by asking. Nothing is written before all of it is known to be sound.

mod answers;
mod place;
mod text;

use std::fs;

use hallpass_core::Secret;
use hallpass_profile::Profiles;

use self::answers::{Answers, Source};
use self::place::Place;
use crate::args::{Dialect, Globals, Init};
use crate::ask::{self, Terminal};
use crate::failure::Failure;
use crate::login::Login;
use crate::{output, private};

pub(super) fn run(globals: &Globals, args: &Init) -> Result<(), Failure> {
    let mut terminal = Terminal::open();
    let mut place = Place::find(globals)?;
    let answers = Answers::gather(args, terminal.as_mut(), &place)?;
    let name = &answers.name;
    if args.test && answers.dialect == Dialect::UserKey {
        return Err(Failure::usage(format!(
            "--test: a user-key login has to be registered first: `hallpass register {name}`"
        )));
    }
    sound(&place, &answers)?;

    let typed = secret(args, &answers, terminal.as_mut(), &place)?;
    place.make_folder()?;
    // What was written since the first look counts, and whoever else writes now waits.
    let lock = place.lock()?;
    place.look_again()?;
    place.free(name, args.force).map_err(Failure::usage)?;
    let text = sound(&place, &answers)?;
    if let Some((path, secret)) = &typed {
        let made = private::create(path, secret.expose().as_bytes());
        made.map_err(|error| private::failed(&format!("--secret-file {}", path.display()), &error))?;
    }
    place.write(&text).inspect_err(|_| {
        // Nothing refers to it, and it would be in the way of the next try.
        let _ = typed.as_ref().map(|(path, _)| fs::remove_file(path));
    })?;
    drop(lock);
    if let Some((path, _)) = typed {
        output::print(&format!("wrote the {} to {}\n", answers.shape().secret, path.display()))?;
    }
    output::print(&format!("wrote profile `{name}` to {}\n", place.path.display()))?;
    next(globals, args, &answers, terminal.as_mut(), &place)
}

/// The file's text with the profile, which can be used.
fn sound(place: &Place, answers: &Answers) -> Result<String, Failure> {
    let text = text::with_profile(place, answers)?;
    Profiles::parse(&text, &place.path)?.get(&answers.name)?;
    Ok(text)
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
        return Ok(Some((path, ask::secret_of_stdin(answers.shape().secret)?)));
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
        return output::print(&format!("next: {}\n", command(globals, "register", name)?));
    }
    let asked = answers.asked.then_some(terminal).flatten();
    let test = args.test || asked.map_or(Ok(false), |terminal| terminal.yes("Try it now?"))?;
    let checks = answers.api_url.is_some() && answers.check_path.is_some();
    if !test {
        let next = command(globals, if checks { "check" } else { "token" }, name)?;
        return output::print(&format!("next: {next}\n"));
    }
    // In memory, a kept token or refresh token answers for no credentials, and none is lost if they are wrong.
    let globals = Globals { config: Some(place.path.clone()), store: Some("memory".into()), ..globals.clone() };
    if checks {
        return crate::commands::check::run(&globals, name);
    }
    Login::with(&globals, name, |login| login.grant(None, false))?;
    output::print(&format!("{name}: fine. The login worked.\n"))
}

/// As a shell reads it, from the same folder.
fn command(globals: &Globals, what: &str, name: &str) -> Result<String, Failure> {
    let config = globals.config.as_ref().map(|path| path.display().to_string());
    let file = config.iter().flat_map(|path| ["--config", path.as_str()]);
    let words = ["hallpass", what, name].into_iter().chain(file);
    shlex::try_join(words).map_err(|error| Failure::usage(error.to_string()))
}
