//! Runs one exchange in the core a number of times, for a profiler to watch: `exchange CASE RUN TIMES`.
//!
//! `RUN` is `exchange`, `login`, `exchange-inputs` or `login-inputs`. The difference between twice as many times and as
//! many is what they cost without what starting the program costs. Without arguments, it lists the cases.

use hallpass_bench::Result;
use hallpass_bench::cases::{Case, Run};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cases = Case::all()?;
    let [case, run, times] = &arguments[..] else {
        for case in cases {
            println!("{}", case.name());
        }
        return Ok(());
    };
    let case = cases.iter().find(|known| known.name() == case).ok_or("no such case")?;
    let run = Run::named(run).ok_or("no such run")?;
    for _ in 0..times.parse::<u32>()? {
        case.run(run)?;
    }
    Ok(())
}
