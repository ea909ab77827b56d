//! Traces: one login as a sequence of effects and their results, without a secret, that a machine can do again.
//!
//! A trace is lines of JSON: a [`Head`], a [`StepLine`] for each effect, an [`End`]. Since the lifecycle is deterministic,
//! the head's seed and the times and results of the steps are all that it takes to replay it ([`Trace::replay`]).
//!
//! No request of a trace was ever sent: [`Recorder::finish`] lets a second machine, which has placeholders for secrets,
//! do what the first one did, and writes down what *that* one asked for. So only what came from outside has to be
//! redacted, and a trace that was just made replays, whatever is in it.
//!
//! ```
//! use core::time::Duration;
//! use std::sync::Arc;
//! use hallpass_core::dialect::Auth0Json;
//! use hallpass_core::lifecycle::{Lifecycle, Setup, Ticket, Todo, Want};
//! use hallpass_core::trace::{Recorder, Told, Trace};
//! use hallpass_core::{Endpoint, Now, UtcDateTime};
//!
//! let now = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
//! let url = Endpoint::parse("https://auth.example/token")?;
//! let setup = |id: &str| Setup::new(Arc::new(Auth0Json::new(url.clone(), id, "api")), 7, "this host");
//! let real = setup("the real id");
//! let mut life = Lifecycle::new(real.clone());
//! let Ticket::Lead(flight, Todo::Peek(slot)) = life.get(now, &Want::default()) else { panic!("nothing is held") };
//! let mut recorder = Recorder::new(now);
//! recorder.note(now, Told::Peeked(Ok(None))); // and so on with every effect
//! let _todo = life.peeked(now, slot, Ok(None));
//!
//! let landed = life.outcome(now, flight, &Want::default());
//! let trace = recorder.finish(&real, &landed, setup("id-redacted"), "…".into(), "example".into());
//! let trace = Trace::parse(&trace.to_string())?;
//! assert_eq!(trace.steps.len(), 1);
//! assert_eq!(trace.replay(setup("id-redacted")), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `wire`, `kept`, `policy` | the types of the lines |
//! | `named` | members of closed sets in them |
//! | `play` | a machine, run over recorded results |
//! | `record` | from what happened to a trace |
//! | `redact`, `body`, `headers` | placeholders for what came from outside |

mod body;
mod headers;
mod kept;
mod named;
mod play;
mod policy;
mod record;
mod redact;
mod wire;

use core::fmt;
use core::time::Duration;

pub use kept::{GrantLine, MarkLine, RecordLine};
pub use policy::PolicyLine;
pub use record::{Recorder, Told};
pub use wire::{AnswerLine, At, EffectLine, End, Head, Landing, StepLine};

use crate::lifecycle::Setup;
use crate::secret::UserKey;

/// The format that is written; another one is refused.
pub const VERSION: u64 = 1;

/// The name that the traced instance has on its marks.
pub const INSTANCE: &str = "this-instance";

/// What a trace's placeholder for a secret of this name is.
pub fn placeholder(name: &str) -> String {
    format!("{}-redacted", name.replace('_', "-"))
}

/// One login, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What it began with.
    pub head: Head,
    /// Its effects.
    pub steps: Vec<StepLine>,
    /// How it ended.
    pub end: End,
}

/// Why a text is no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadTrace {
    /// It is empty, or its first line is something else.
    #[error("this is no trace: its first line has no `hallpass_trace`")]
    NoTrace,
    /// It is of another version.
    #[error("this trace has version {0}, and version {VERSION} can be read: use the hallpass that wrote it")]
    Version(u64),
    /// A line is not what it should be.
    #[error("line {line} cannot be read: {why}")]
    Line {
        /// Counted from one.
        line: usize,
        /// What is wrong with it, without its text.
        why: String,
    },
    /// The last line is missing.
    #[error("the trace ends after line {0}, before its end: it was cut")]
    Cut(usize),
}

/// Where a machine does something else than its trace says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line of the trace, counted from one.
    pub line: usize,
    /// What the trace says there.
    pub said: String,
    /// What the machine does.
    pub does: String,
}

impl Trace {
    /// Reads lines.
    ///
    /// ```
    /// use hallpass_core::trace::{BadTrace, Trace};
    ///
    /// assert_eq!(Trace::parse("hello"), Err(BadTrace::NoTrace));
    /// assert_eq!(Trace::parse("{\"hallpass_trace\":2}"), Err(BadTrace::Version(2)));
    /// ```
    pub fn parse(text: &str) -> Result<Self, BadTrace> {
        let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        let (first, _) = lines.next().ok_or(BadTrace::NoTrace)?;
        let version = version(first).ok_or(BadTrace::NoTrace)?;
        if version != VERSION {
            return Err(BadTrace::Version(version));
        }
        let head = read(first, 1)?;
        let mut steps = Vec::new();
        let mut last = 1;
        for (line, number) in lines {
            if line.trim_start().starts_with("{\"end\"") {
                return Ok(Self { head, steps, end: read(line, number)? });
            }
            steps.push(read(line, number)?);
            last = number;
        }
        Err(BadTrace::Cut(last))
    }

    /// Lets a machine do it again, `setup` being what the head's profile makes; the first difference, if there is one.
    pub fn replay(&self, setup: Setup) -> Option<Difference> {
        let played = play::run(self.head.setup(setup), self.head.began.now(), &self.steps);
        let told: Vec<_> = self.steps.iter().map(|step| &step.effect).chain(&self.end.then).collect();
        let count = told.len().max(played.effects.len());
        for index in 0..count {
            let (said, does) = (told.get(index).copied(), played.effects.get(index));
            if said != does {
                let tell = |effect: Option<&EffectLine>| effect.map_or_else(|| "nothing more".to_owned(), json);
                return Some(Difference { line: index + 2, said: tell(said), does: tell(does) });
            }
        }
        (played.end != self.end.end).then(|| Difference {
            line: self.steps.len() + 2,
            said: json(&self.end.end),
            does: json(&played.end),
        })
    }
}

/// The lines of the file, each with its end.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", json(&self.head))?;
        for step in &self.steps {
            writeln!(f, "{}", json(step))?;
        }
        writeln!(f, "{}", json(&self.end))
    }
}

impl Head {
    /// The machine's own part of what it is made of.
    fn setup(&self, setup: Setup) -> Setup {
        Setup {
            policy: self.policy.policy(),
            default_life: self.policy.default_life.map(Duration::from_nanos),
            user_key: self.user_key.clone().map(UserKey::new),
            seed: self.seed,
            name: INSTANCE.into(),
            ..setup
        }
    }
}

/// The version of a trace whose first line this is.
pub fn version(line: &str) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    value.get("hallpass_trace")?.as_u64()
}

fn read<'a, T: serde::Deserialize<'a>>(line: &'a str, number: usize) -> Result<T, BadTrace> {
    serde_json::from_str(line).map_err(|error| {
        let why = match error.classify() {
            serde_json::error::Category::Data => "it lacks a member, or has one of another kind",
            _ => "it is no JSON",
        };
        BadTrace::Line { line: number, why: format!("{why} (column {})", error.column()) }
    })
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
