//! A world's history as a trace: the same kind of file as a login's, done again by playing the world.

use core::fmt::Write;

use hallpass_core::trace::{self, BadTrace, Difference};
use serde_json::{Value, json};

use super::{Bounds, Fault, tell};

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
/// use hallpass_testkit::world::{self, Bounds};
///
/// let text = world::trace(3, &Bounds::default());
/// assert!(world::is_trace(&text));
/// assert_eq!(world::replay(&text)?.difference, None);
/// # Ok::<(), hallpass_core::trace::BadTrace>(())
/// ```
pub fn trace(seed: u64, bounds: &Bounds) -> String {
    let report = tell(seed, bounds);
    let mut text = format!("{}\n", begun(seed, bounds));
    for line in &report.history {
        let _ = writeln!(text, "{}", json!({ "told": line }));
    }
    let mut end = json!({ "hash": format!("{:016x}", report.hash) });
    if let Some(violation) = report.violation {
        end["breaks"] = json!(violation.invariant);
        end["what"] = json!(violation.what);
    }
    let _ = writeln!(text, "{}", json!({ "end": end }));
    text
}

/// Whether a text begins as a world's trace does.
pub fn is_trace(text: &str) -> bool {
    head(text).is_some_and(|head| head["of"] == "world")
}

/// The seed and the bounds of the world that a trace is of, or why the text is none.
///
/// ```
/// use hallpass_testkit::world::{self, Bounds};
///
/// let bounds = Bounds { instances: Some(2), bursts: Some(1), ..Bounds::default() };
/// assert_eq!(world::named(&world::trace(3, &bounds))?, (3, bounds));
/// # Ok::<(), hallpass_core::trace::BadTrace>(())
/// ```
pub fn named(text: &str) -> Result<(u64, Bounds), BadTrace> {
    let head = head(text).ok_or(BadTrace::NoTrace)?;
    if !is_trace(text) {
        return Err(bad("it is no world's"));
    }
    let seed = head["seed"].as_u64().ok_or_else(|| bad("it has no `seed`"))?;
    let instances = match &head["instances"] {
        Value::Null => None,
        number => {
            let count = number.as_u64().filter(|count| (1..=16).contains(count));
            Some(count.ok_or_else(|| bad("`instances` is 1 to 16"))?)
        }
    };
    let mut bounds = Bounds { instances: instances.and_then(|count| usize::try_from(count).ok()), ..Bounds::default() };
    (bounds.bursts, bounds.crash_at) = (head["bursts"].as_u64(), head["crash_at"].as_u64());
    for without in list(&head["without"]) {
        let known = Fault::ALL.iter().find(|fault| Some(fault.name()) == without.as_str());
        let fault = known.ok_or_else(|| bad(format!("it is without {without}, which is no fault")))?;
        bounds.without |= 1 << *fault as u64;
    }
    for spared in list(&head["spared"]) {
        let strike = spared.as_u64().filter(|strike| *strike < 128);
        bounds.spared |= 1 << strike.ok_or_else(|| bad(format!("it spares {spared}: 0 to 127 are meant")))?;
    }
    Ok((seed, bounds))
}

/// Plays the world again, or says why the text is none of its traces.
pub fn replay(text: &str) -> Result<Replayed, BadTrace> {
    let (seed, bounds) = named(text)?;
    let again = self::trace(seed, &bounds);
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

/// The first line.
fn begun(seed: u64, bounds: &Bounds) -> Value {
    let mut head =
        json!({ "hallpass_trace": trace::VERSION, "of": "world", "seed": seed, "instances": bounds.instances });
    if let Some(bursts) = bounds.bursts {
        head["bursts"] = json!(bursts);
    }
    if let Some(boundary) = bounds.crash_at {
        head["crash_at"] = json!(boundary);
    }
    if bounds.without != 0 {
        let without = Fault::ALL.iter().filter(|fault| bounds.without & 1 << **fault as u64 != 0);
        head["without"] = without.map(|fault| fault.name()).collect();
    }
    if bounds.spared != 0 {
        head["spared"] = (0..128_u32).filter(|strike| bounds.spared >> strike & 1 != 0).collect();
    }
    head
}

/// All that is read is the first line.
fn bad(why: impl Into<String>) -> BadTrace {
    BadTrace::Line { line: 1, why: why.into() }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn head(text: &str) -> Option<Value> {
    let first = text.lines().next()?;
    trace::version(first).filter(|version| *version == trace::VERSION)?;
    serde_json::from_str(first).ok()
}
