//! A world's history as a trace: the same kind of file as a login's, done again by playing the world.

use core::fmt::Write;

use hallpass_core::trace::{self, Difference};
use serde_json::{Value, json};

use super::{Bounds, tell};

/// A world's trace, done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// How many lines its history has.
    pub lines: usize,
    /// The first line that is another one now.
    pub difference: Option<Difference>,
}

/// The history of a seed's world, as lines of JSON.
///
/// ```
/// use hallpass_testkit::world;
///
/// let text = world::trace(3, None);
/// assert!(world::is_trace(&text));
/// assert_eq!(world::replay(&text)?.difference, None);
/// # Ok::<(), String>(())
/// ```
pub fn trace(seed: u64, instances: Option<usize>) -> String {
    let report = tell(seed, &Bounds { instances, ..Bounds::default() });
    let head = json!({ "hallpass_trace": trace::VERSION, "of": "world", "seed": seed, "instances": instances });
    let mut text = format!("{head}\n");
    for line in &report.history {
        let _ = writeln!(text, "{}", json!({ "told": line }));
    }
    let _ = writeln!(text, "{}", json!({ "end": { "hash": format!("{:016x}", report.hash) } }));
    text
}

/// Whether a text begins as a world's trace does.
pub fn is_trace(text: &str) -> bool {
    head(text).is_some_and(|head| head["of"] == "world")
}

/// Plays the world again, or says why the text is none of its traces.
pub fn replay(text: &str) -> Result<Replayed, String> {
    let head = head(text).filter(|_| is_trace(text)).ok_or("it is no trace of a world")?;
    let seed = head["seed"].as_u64().ok_or("line 1 has no `seed`")?;
    let instances = match &head["instances"] {
        Value::Null => None,
        number => Some(number.as_u64().filter(|count| (1..=16).contains(count)).ok_or("`instances` is 1 to 16")?),
    };
    let again = self::trace(seed, instances.and_then(|count| usize::try_from(count).ok()));
    let (mut said, mut does) = (text.lines(), again.lines());
    for line in 1.. {
        let (said, does) = (said.next(), does.next());
        if said.is_none() && does.is_none() {
            break;
        }
        if said != does {
            let tell = |line: Option<&str>| line.unwrap_or("nothing more").to_owned();
            let difference = Some(Difference { line, said: tell(said), does: tell(does) });
            return Ok(Replayed { lines: line, difference });
        }
    }
    Ok(Replayed { lines: again.lines().count().saturating_sub(2), difference: None })
}

fn head(text: &str) -> Option<Value> {
    let first = text.lines().next()?;
    trace::version(first).filter(|version| *version == trace::VERSION)?;
    serde_json::from_str(first).ok()
}
