//! What can be wrong with a profile. No text here repeats an id or a secret.

use core::fmt;
use std::path::PathBuf;

/// Why there is no profile, or none that can be used. Trying again does not help; something has to be edited or set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// There is no profile file.
    #[error(
        "there is no profile file at {}: write one there, or name another with --config or HALLPASS_CONFIG",
        any_of(looked)
    )]
    NotFound {
        /// Every place that was looked at, in order.
        looked: Vec<PathBuf>,
    },
    /// The file is there but cannot be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// Nobody named the file, and somebody else may have written it.
    #[error(
        "{}: {why}, and nobody named it: profiles can run programs and send secrets anywhere. If you trust it as it is, \
         name it: --config {}",
        path.display(),
        path.display()
    )]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// Whose it is, or who may write it.
        why: String,
    },
    /// Two files have a profile of that name, and nobody named either file: the one that lies in the working folder must not
    /// take the place of the user's own.
    #[error(
        "profile `{}` stands in {} and in your own {}, and nobody said which one is meant: name its file, \
         --config FILE or HALLPASS_CONFIG",
        shown(name),
        path.display(),
        own.display()
    )]
    Shadowed {
        /// The name that was asked for.
        name: String,
        /// The file in the working folder.
        path: PathBuf,
        /// The user's own file.
        own: PathBuf,
    },
    /// The file is no TOML.
    #[error("{}:{line}:{column}: this is not TOML: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What the parser says, without the line itself.
        message: String,
    },
    /// Something in the profile, or in the file outside of every profile, cannot be used; in file order.
    #[error("{}", one_a_line(problems))]
    Invalid {
        /// At least one.
        problems: Vec<Problem>,
    },
    /// A store that no profile says cannot be used.
    #[error("the store cannot be used: {why}")]
    Store {
        /// Why, and what to do.
        why: String,
    },
    /// A text from elsewhere than a profile, such as a command line, is no value of its kind.
    #[error("{why}")]
    Value {
        /// Why, and what it has to be, to be put after the name of what was given.
        why: String,
    },
    /// No profile has that name.
    #[error("there is no profile `{}` in {}: {}", shown(name), path.display(), hint(nearest.as_deref(), known))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The file.
        path: PathBuf,
        /// The known name that was probably meant, if there is one.
        nearest: Option<String>,
        /// Every known name, in file order.
        known: Vec<String>,
    },
}

/// Something that is wrong, or unwise, on one line of a profile file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// The profile that it belongs to, if it belongs to one.
    pub profile: Option<String>,
    /// What it is and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.path.display(), self.line)?;
        if let Some(profile) = &self.profile {
            write!(f, "profile `{}`: ", shown(profile))?;
        }
        f.write_str(&self.message)
    }
}

impl From<Problem> for ProfileError {
    fn from(problem: Problem) -> Self {
        Self::Invalid { problems: vec![problem] }
    }
}

/// A key or a name as an error may show it: on one line, and no longer than that.
pub(crate) fn shown(name: &str) -> String {
    const MOST: usize = 60;
    let mut text: String = name.chars().take(MOST).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST).is_some() {
        text.push('…');
    }
    text
}

/// `a, b and c`, with the given word before the last.
pub(crate) fn listed(names: &[impl AsRef<str>], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", most.join(", "), last.as_ref())
        }
    }
}

fn any_of(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    listed(&paths, "or")
}

fn one_a_line(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    if known.is_empty() {
        return "it has no profiles yet; one begins with [profiles.NAME]".into();
    }
    let known: Vec<_> = known.iter().map(|name| format!("`{}`", shown(name))).collect();
    let nearest = nearest.map(|name| format!("the nearest is `{}`; ", shown(name))).unwrap_or_default();
    format!("{nearest}it has {}", listed(&known, "and"))
}
