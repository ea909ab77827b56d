//! A trace, done again: a login's by the machine, a world's by the simulator.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hallpass_core::trace::{Difference, Trace};
use hallpass_profile::{REDACTED, redacted};
use hallpass_testkit::world;

use super::{drawn, masked_setup};
use crate::args::Picture;
use crate::failure::{Failure, Kind};
use crate::output;

/// More than any trace has.
const MOST: u64 = 64 * 1024 * 1024;

pub(super) fn run(file: &Path, format: Picture) -> Result<(), Failure> {
    let refuse = |why: String| Failure::usage(format!("--replay {}: {why}", file.display()));
    // By what is read: a device has no length, and no end.
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    read.map_err(|error| refuse(error.to_string()))?;
    if bytes.len() as u64 > MOST {
        return Err(refuse("it has more than 64 MiB: that is no trace".into()));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("it is no text, so no trace".into()))?;
    if world::is_trace(&text) {
        let told = world::replay(&text).map_err(|error| refuse(error.to_string()))?;
        return verdict(told.lines, told.difference.as_ref(), "");
    }
    let trace = Trace::parse(&text).map_err(|error| refuse(error.to_string()))?;
    // Redacted again, so that a file from anywhere runs no program and reads no file.
    let profile = redacted(&trace.head.profile, REDACTED).ok_or_else(|| refuse("its profile is none".into()))?;
    let difference = trace.replay(masked_setup(&profile)?);
    let picture = if format == Picture::Json { String::new() } else { drawn(&trace, format) };
    verdict(trace.steps.len(), difference.as_ref(), &picture)
}

fn verdict(count: usize, difference: Option<&Difference>, picture: &str) -> Result<(), Failure> {
    match difference {
        None => {
            let steps = if count == 1 { "its one step".to_owned() } else { format!("all {count} steps") };
            output::print(&format!("{picture}The same again: {steps}, and the end.\n"))
        }
        Some(Difference { line, said, does }) => {
            output::print(picture)?;
            let message = format!("it differs at line {line}. The trace says {said}, and the machine does {does}");
            Err(Failure::new(Kind::Other, message))
        }
    }
}
