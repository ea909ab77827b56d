//! Where the text of an id or a secret comes from.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use hallpass_core::Secret;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::access::{NOT_REGULAR, open_regular, words};
use crate::error::shown;
use crate::keys::nearest;
use crate::reader::{text, wanted};
use crate::wiped::{self, MOST_OF_FILE};
use crate::{Environment, ProfileError, command};

/// The most bytes that a file or a command may give.
pub(crate) const MOST: usize = 64 * 1024;

const WANTED: &str = "a string, { env = \"NAME\" }, { file = \"path\" }, { command = [\"program\", \"argument\"] } or \
                      { keyring = \"service/account\" }";

/// A text, or how to get it.
#[derive(Clone)]
pub(crate) enum Value {
    Literal(Secret),
    Env(String),
    File(PathBuf),
    /// A program and its arguments; never empty.
    Command(Vec<String>),
    /// Service and account.
    Keyring(String, String),
}

impl Value {
    pub(crate) fn read(value: &DeValue<'_>) -> Result<Self, String> {
        match value {
            DeValue::String(_) => text(value).map(|text| Self::Literal(Secret::new(text))),
            DeValue::Table(table) => Self::source(table),
            other => Err(wanted(WANTED, other)),
        }
    }

    /// A key that is not known is not shown either: this is where a secret may have slipped into the wrong place.
    fn source(table: &DeTable<'_>) -> Result<Self, String> {
        let mut entries = table.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            return Err(format!("must have exactly one source: {WANTED}"));
        };
        let value = value.get_ref();
        match key.get_ref().as_ref() {
            "env" => text(value).map(Self::Env).map_err(|why| format!("has an `env` that {why}")),
            "file" => text(value)
                .map(|path| Self::File(PathBuf::from(path)))
                .map_err(|why| format!("has a `file` that {why}")),
            "command" => argv(value).map(Self::Command),
            "keyring" => entry(value),
            other => Err(match nearest(other, ["env", "file", "command", "keyring"]) {
                Some((near, true)) => format!("has an unknown source: did you mean `{near}`?"),
                _ => format!("has an unknown source: it must be {WANTED}"),
            }),
        }
    }

    /// The text, which is never empty, or why there is none and what to do.
    pub(crate) fn resolve(&self, folder: &Path, environment: &Environment) -> Result<Secret, String> {
        match self {
            Self::Literal(secret) => Ok(secret.clone()),
            Self::Env(name) => variable(name, environment),
            Self::File(path) => file(&environment.place(folder, path)),
            Self::Command(argv) => command::run(argv, folder, environment),
            Self::Keyring(service, account) => keyring(service, account),
        }
    }
}

/// What comes before the last slash is the service: an account has none.
fn entry(value: &DeValue<'_>) -> Result<Value, String> {
    let name = text(value).map_err(|why| format!("has a `keyring` that {why}"))?;
    match name.rsplit_once('/') {
        Some((service, account)) if !service.is_empty() && !account.is_empty() => {
            Ok(Value::Keyring(service.to_owned(), account.to_owned()))
        }
        _ => Err("has a `keyring` that must be a service and an account, as \"ducky/my-client\"".into()),
    }
}

#[cfg(feature = "keyring")]
fn keyring(service: &str, account: &str) -> Result<Secret, String> {
    let found = hallpass_store::keyring::Entry::new(service, account).read().map_err(|why| why.to_string())?;
    secret(found.expose().as_bytes(), "the keyring")
}

#[cfg(not(feature = "keyring"))]
fn keyring(_: &str, _: &str) -> Result<Secret, String> {
    Err("this build knows no keyring: enable the feature `keyring`".into())
}

fn argv(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let what = "a list of strings, the program first, as [\"pass\", \"show\", \"x\"]";
    let wrong = |why: String| format!("has a `command` that {why}");
    let array = value.as_array().ok_or_else(|| wrong(wanted(what, value)))?;
    let word = |word: &DeValue<'_>| word.as_str().map(str::to_owned).ok_or_else(|| wrong(format!("must be {what}")));
    let words = array.iter().map(|item| word(item.get_ref())).collect::<Result<Vec<_>, _>>()?;
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err(wrong(format!("has no program: it must be {what}"))),
    }
}

fn variable(name: &str, environment: &Environment) -> Result<Secret, String> {
    // Who writes the secret itself where its variable's name belongs must not find it in a log.
    let usual = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') && name.len() <= 60;
    let which =
        if usual { format!("the environment variable {name}") } else { "the environment variable named there".into() };
    let value = environment.variable(name).ok_or_else(|| format!("{which} is not set: set it, or correct its name"))?;
    let value = value.into_string().map_err(|_| format!("{which} is not UTF-8: set it anew"))?;
    if value.is_empty() {
        return Err(format!("{which} is empty: give it a value"));
    }
    Ok(Secret::new(value))
}

fn file(path: &Path) -> Result<Secret, String> {
    secret_from(open(path)?, &format!("the file {}", path.display()))
}

/// Reads a secret to its end, under the rules of a profile's: UTF-8, not empty, at most 64 KiB, without one line end at its
/// end. `from` is what an error names.
///
/// ```
/// let secret = hallpass_profile::read_secret(&b"s3cret\n"[..], "stdin")?;
/// assert_eq!(secret.expose(), "s3cret");
/// assert!(hallpass_profile::read_secret(&b"\n"[..], "stdin").is_err());
/// # Ok::<(), hallpass_profile::ProfileError>(())
/// ```
pub fn read_secret(reader: impl Read, from: &str) -> Result<Secret, ProfileError> {
    secret_from(reader, from).map_err(|why| ProfileError::Value { why })
}

fn secret_from(reader: impl Read, from: &str) -> Result<Secret, String> {
    let bytes = wiped::read(reader, MOST, MOST).map_err(|error| format!("cannot read {from}: {}", words(&error)))?;
    secret(&bytes, from)
}

/// Opens a file that a profile refers to.
fn open(path: &Path) -> Result<File, String> {
    open_regular(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => missing(path),
        ErrorKind::Other => format!("cannot open {}: {NOT_REGULAR}", path.display()),
        ErrorKind::PermissionDenied => format!("cannot open the file {}: {}", path.display(), words(&error)),
        // It may be no path at all, but a secret in the wrong place.
        _ => format!("cannot open the file named there: {}", words(&error)),
    })
}

/// The certificates that a profile refers to, perhaps with a private key among them.
pub(crate) fn pem(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let bytes = wiped::read_file(open(path)?, MOST_OF_FILE);
    let bytes = bytes.map_err(|error| format!("cannot read {}: {}", path.display(), words(&error)))?;
    if bytes.len() > MOST_OF_FILE {
        return Err(format!("{} has more than 1 MiB: name a file that holds certificates only", path.display()));
    }
    Ok(bytes)
}

/// Says how far the path leads, which shows a wrong folder, and shows nothing of what may not be a path at all.
fn missing(path: &Path) -> String {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = folder.map_or_else(String::new, |folder| format!(" (its path leads as far as {})", folder.display()));
    format!("the file named there does not exist{folder}: a relative path begins at the folder of the profile file")
}

/// What a file or a command gave, without the one line end that editors and programs put after it.
pub(crate) fn secret(bytes: &[u8], from: &str) -> Result<Secret, String> {
    if bytes.len() > MOST {
        return Err(format!("{from} gives more than 64 KiB: that is no id or secret"));
    }
    let text = str::from_utf8(bytes).map_err(|_| format!("{from} gives no UTF-8 text"))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(format!("{from} gives nothing: put the value there"));
    }
    Ok(Secret::new(text))
}

/// A program as an error may name it.
pub(crate) fn program(argv: &[String]) -> String {
    format!("the program `{}`", shown(argv.first().map_or("", String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_cut_and_no_more() {
        let of = |bytes: &[u8]| secret(bytes, "it").map(|secret| secret.expose().to_owned());
        assert_eq!(of(b"a"), Ok("a".into()));
        assert_eq!(of(b"a\n"), Ok("a".into()));
        assert_eq!(of(b"a\r\n"), Ok("a".into()));
        assert_eq!(of(b" a \n\n"), Ok(" a \n".into()));
        assert_eq!(of(b"a\r"), Ok("a\r".into()), "no line end of any system");
        let many = vec![b'x'; 64 * 1024 + 1];
        for bytes in [&b""[..], b"\n", b"\r\n", b"\xff\xfe", &many] {
            assert!(of(bytes).is_err());
        }
        assert!(of(&many[1..]).is_ok());
    }

    #[test]
    fn a_name_that_is_not_like_a_variable_is_not_repeated() {
        let empty = Environment::empty();
        let plain = variable("SENSORS_SECRET", &empty).expect_err("not set");
        assert!(plain.contains("SENSORS_SECRET is not set"), "{plain}");
        let odd = variable("canary-7", &empty.set("canary-7", "")).expect_err("empty");
        assert!(!odd.contains("canary-7"), "{odd}");
    }
}
