//! What a profile will say: given as options, or else asked for.

use hallpass_core::dialect::{Auth0Json, BasicForm, PasswordForm, UserKeyLogin};
use hallpass_profile::parse_url;

use super::place::Place;
use crate::args::{Dialect, Init};
use crate::ask::Terminal;
use crate::failure::Failure;

/// Everything that goes into the profile.
pub(super) struct Answers {
    pub(super) name: String,
    pub(super) dialect: Dialect,
    /// Key and text, in the order of the profile.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) source: Source,
    pub(super) api_url: Option<String>,
    pub(super) check_path: Option<String>,
    /// Somebody was asked for something, so that more may be asked.
    pub(super) asked: bool,
}

/// Where the secret is.
pub(super) enum Source {
    Env(String),
    File(String),
    Command(Vec<String>),
    #[cfg(feature = "keyring")]
    Keyring(String),
}

/// What it is called in a profile, and in a question.
const SOURCES: &[&str] = &[
    "env",
    "file",
    "command",
    #[cfg(feature = "keyring")]
    "keyring",
];

/// What a dialect's profile says.
pub(super) struct Shape {
    pub(super) name: &'static str,
    needed: &'static [&'static str],
    optional: &'static [&'static str],
    pub(super) secret: &'static str,
}

impl Dialect {
    fn shape(self) -> Shape {
        let shape = |name, needed, optional, secret| Shape { name, needed, optional, secret };
        match self {
            Self::Auth0Json => {
                shape(Auth0Json::NAME, &["token_url", "audience", "client_id"], &["scope"], "client_secret")
            }
            Self::BasicForm => {
                shape(BasicForm::NAME, &["token_url", "client_id"], &["scope", "audience"], "client_secret")
            }
            Self::UserKey => shape(UserKeyLogin::NAME, &["base_url", "user_id"], &[], "user_secret"),
            Self::PasswordForm => {
                let optional = &["client_id", "grant_type", "scope"];
                shape(PasswordForm::NAME, &["token_url", "username"], optional, "password")
            }
        }
    }
}

/// The keys that an option gives, and what is asked for them.
const KEYS: [(&str, &str); 8] = [
    ("token_url", "Where tokens come from (https://…)"),
    ("base_url", "The URL below which register, authenticate and refresh lie (https://…)"),
    ("audience", "The audience: the API's name at the token server"),
    ("client_id", "The client's id"),
    ("user_id", "The user's id"),
    ("username", "The user's name"),
    (
        "grant_type",
        "The grant_type: `password` where the server follows OAuth 2 (empty: none is sent, as some APIs want it)",
    ),
    ("scope", "Scopes, with blanks between them (empty: none)"),
];

impl Answers {
    pub(super) fn shape(&self) -> Shape {
        self.dialect.shape()
    }

    /// Options count; what is missing is asked for at a terminal, and is an error without one.
    pub(super) fn gather(args: &Init, terminal: Option<&mut Terminal>, place: &Place) -> Result<Self, Failure> {
        if args.secret.stdin && args.secret.file.is_none() {
            return Err(Failure::usage("--secret-stdin: it goes into --secret-file, so name that"));
        }
        let missing = missing(args);
        let asked = !missing.is_empty();
        if asked && terminal.is_none() {
            return Err(Failure::usage(format!(
                "{} missing, and there is no terminal to ask at: see `hallpass init --help`",
                if missing.len() == 1 { format!("{} is", missing[0]) } else { format!("{} are", missing.join(", ")) }
            )));
        }
        let mut terminal = terminal.filter(|_| asked);
        let free = |name: &str| place.free(name, args.force);
        let name = match &args.profile {
            Some(name) => free(name).map(|()| name.clone()).map_err(Failure::usage)?,
            None => needed(terminal.as_deref_mut(), "A name for the profile, such as that of the API", free)?,
        };
        let dialect = args.dialect.map_or_else(|| choose(terminal.as_deref_mut()), Ok)?;
        let shape = dialect.shape();
        foreign(args, &shape)?;
        let mut texts = Vec::new();
        for (key, question) in KEYS {
            let is_needed = shape.needed.contains(&key);
            let wanted = is_needed || shape.optional.contains(&key) && ["grant_type", "scope"].contains(&key);
            let text = match (given(args, key), terminal.as_deref_mut()) {
                (Some(text), _) => Some(text.to_owned()),
                (None, Some(terminal)) if wanted => terminal.line(question, |text| check(key, text, is_needed))?,
                _ => None,
            };
            texts.extend(text.map(|text| (key, text)));
        }
        let source = match Source::given(args)? {
            Some(source) => source,
            None => Source::ask(terminal.as_deref_mut(), &shape, &name, place)?,
        };
        let api_url = match (&args.api_url, terminal.as_deref_mut()) {
            (None, Some(terminal)) => {
                terminal.line("The API's base URL (empty: none)", |text| check("api_url", text, false))?
            }
            (given, _) => given.clone(),
        };
        let check_path = match (&args.check_path, terminal) {
            (None, Some(terminal)) if api_url.is_some() => {
                terminal.line("A path below it that tells whether a token works (empty: none)", |_| Ok(()))?
            }
            (given, _) => given.clone(),
        };
        Ok(Self { name, dialect, texts, source, api_url, check_path, asked })
    }
}

/// The options that nobody gave and that are needed.
fn missing(args: &Init) -> Vec<String> {
    let flag = |key: &str| format!("--{}", key.replace('_', "-"));
    let mut missing = Vec::new();
    missing.extend(args.profile.is_none().then(|| "PROFILE".to_owned()));
    match args.dialect {
        None => missing.push("--dialect".to_owned()),
        Some(dialect) => {
            missing.extend(dialect.shape().needed.iter().filter(|key| given(args, key).is_none()).map(|key| flag(key)));
        }
    }
    if matches!(Source::given(args), Ok(None)) {
        let others: Vec<String> = SOURCES[1..].iter().map(|source| format!("--secret-{source}")).collect();
        missing.push(format!("--secret-env (or {})", others.join(", ")));
    }
    missing
}

fn given<'a>(args: &'a Init, key: &str) -> Option<&'a str> {
    let login = &args.login;
    let text = match key {
        "token_url" => &login.token_url,
        "base_url" => &login.base_url,
        "audience" => &login.audience,
        "client_id" => &login.client_id,
        "user_id" => &login.user_id,
        "username" => &login.username,
        "grant_type" => &login.grant_type,
        _ => &login.scope,
    };
    text.as_deref()
}

/// An option that the dialect does not know was meant for something.
fn foreign(args: &Init, shape: &Shape) -> Result<(), Failure> {
    let known = |key: &str| shape.needed.contains(&key) || shape.optional.contains(&key);
    match KEYS.iter().find(|(key, _)| given(args, key).is_some() && !known(key)) {
        Some((key, _)) => Err(Failure::usage(format!(
            "--{}: {} has no such thing: leave it out, or take another --dialect",
            key.replace('_', "-"),
            shape.name
        ))),
        None => Ok(()),
    }
}

fn check(key: &str, text: &str, is_needed: bool) -> Result<(), String> {
    match text {
        "" if is_needed => Err(format!("{key} is needed.")),
        "" => Ok(()),
        _ if key.ends_with("_url") => parse_url(text).map(drop).map_err(|why| format!("That {why}.")),
        _ => Ok(()),
    }
}

fn choose(terminal: Option<&mut Terminal>) -> Result<Dialect, Failure> {
    let all = [Dialect::Auth0Json, Dialect::BasicForm, Dialect::UserKey, Dialect::PasswordForm];
    let named = |text: &str| all.into_iter().find(|dialect| dialect.shape().name == text);
    let question = "How does the API let one log in: auth0-json (id and secret as JSON), basic-form (OAuth 2 client \
                    credentials), user-key (register, then authenticate), password-form";
    let name = needed(terminal, question, |text| match named(text) {
        Some(_) => Ok(()),
        None => Err("It is one of auth0-json, basic-form, user-key, password-form.".into()),
    })?;
    named(&name).ok_or_else(|| Failure::usage("that is no dialect"))
}

fn needed(
    terminal: Option<&mut Terminal>,
    question: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<String, Failure> {
    let nobody = || Failure::usage("there is no terminal to ask at: see `hallpass init --help`");
    terminal.ok_or_else(nobody)?.line(question, check)?.ok_or_else(nobody)
}

impl Source {
    fn given(args: &Init) -> Result<Option<Self>, Failure> {
        let secret = &args.secret;
        #[cfg(feature = "keyring")]
        if let Some(entry) = &secret.keyring {
            return Ok(Some(Self::Keyring(entry.clone())));
        }
        Ok(match (&secret.env, &secret.file, &secret.command) {
            (Some(name), ..) => Some(Self::Env(name.clone())),
            (_, Some(path), _) => Some(Self::File(path.clone())),
            (.., Some(line)) => Some(Self::Command(words(line).map_err(Failure::usage)?)),
            _ => None,
        })
    }

    fn ask(mut terminal: Option<&mut Terminal>, shape: &Shape, name: &str, place: &Place) -> Result<Self, Failure> {
        let secret = shape.secret;
        let sources = SOURCES.join(", ");
        let question = format!("The {secret} comes from one of: {sources}");
        let kind = needed(terminal.as_deref_mut(), &question, |kind| {
            let known = SOURCES.contains(&kind).then_some(());
            known.ok_or_else(|| format!("It is one of {sources}: name one of them first."))
        })?;
        let some = |text: &str| if text.is_empty() { Err("It must not be empty.".into()) } else { Ok(()) };
        Ok(match kind.as_str() {
            "env" => Self::Env(needed(terminal, "The environment variable's name", some)?),
            "file" => {
                let folder = place.folder().display();
                let question = format!("The file, such as {name}.secret (a relative path begins at {folder})");
                Self::File(needed(terminal, &question, some)?)
            }
            #[cfg(feature = "keyring")]
            "keyring" => {
                let question = format!("Its entry in the keyring, such as {name}/my-client (a service and an account)");
                Self::Keyring(needed(terminal, &question, some)?)
            }
            _ => {
                let question = format!("The command that prints it, such as: pass show {name}");
                let line = needed(terminal, &question, |line| words(line).map(drop))?;
                Self::Command(words(&line).map_err(Failure::usage)?)
            }
        })
    }
}

fn words(line: &str) -> Result<Vec<String>, String> {
    match shlex::split(line) {
        Some(words) if !words.is_empty() => Ok(words),
        Some(_) => Err("--secret-command: it is empty: give the command that prints the secret".into()),
        None => Err("--secret-command: these are no words of a shell: is a quote left open?".into()),
    }
}
