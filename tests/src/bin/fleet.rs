//! `fleet soak --kills N`: many processes on one rotating login, some killed, some stopped. `fleet redis --pauses N`: on a Redis,
//! stopped for longer than the lease. `fleet worker …` is one of them.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hallpass_conformance::fleet::redis::{Paused, pauses};
use hallpass_conformance::fleet::{Plan, Tally, soak, work};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next().map(|count| count.parse())) {
        (Some("worker"), ..) => work(std::env::args().skip(2)),
        (Some("soak"), Some(option), Some(Ok(kills))) if option == "--kills" => run(kills),
        (Some("redis"), Some(option), Some(Ok(pauses))) if option == "--pauses" => stopped(pauses),
        _ => {
            eprintln!("usage: fleet soak --kills N, or fleet redis --pauses N");
            ExitCode::from(2)
        }
    }
}

fn run(kills: u64) -> ExitCode {
    let (program, folder) = match (std::env::current_exe(), tempfile::tempdir()) {
        (Ok(program), Ok(folder)) => (program, folder),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("the soak cannot be prepared: {error}");
            return ExitCode::from(2);
        }
    };
    let seed = u64::from(std::process::id());
    println!("80 processes, tokens of one second, {kills} kills, seed {seed}");
    let mut shown = Instant::now();
    let progress = |tally: &Tally| {
        if shown.elapsed() >= Duration::from_secs(5) {
            shown = Instant::now();
            eprintln!("{} of {kills} killed, {} stopped", tally.kills, tally.pauses);
        }
    };
    match soak(&program, &folder.path().join("tokens"), Plan { processes: 80, kills, seed }, progress) {
        Ok(tally) => {
            print!("{}", table(&tally));
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(1)
        }
    }
}

fn stopped(wanted: u64) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("the soak cannot be prepared: {error}");
            return ExitCode::from(2);
        }
    };
    println!("one Redis, tokens of one second, {wanted} pauses longer than the lease");
    match pauses(&program, wanted, |done| {
        if done.is_multiple_of(20) {
            eprintln!("{done} of {wanted} stopped");
        }
    }) {
        Ok(paused) => {
            for (place, count) in &paused.at {
                println!("stopped {place:<18}{count:>10}");
            }
            let Paused { refreshes, logins, time, .. } = paused;
            println!("refresh tokens sent {refreshes:>16}\n  sent twice{:>25}\nlogins{logins:>30}", 0);
            println!("\ntime {:.1} s", time.as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(1)
        }
    }
}

fn table(tally: &Tally) -> String {
    let rows = [
        ("killed", tally.kills),
        ("  aimed at the holder", tally.aimed),
        ("stopped", tally.pauses),
        ("  beyond the lease", tally.long_pauses),
        ("refresh tokens sent", tally.refreshes),
        ("  sent twice", 0),
        ("families revoked", 0),
        ("logins", tally.logins),
        ("reads of the record", tally.reads),
        ("  not whole", 0),
        ("survivors with a token", tally.survivors),
    ];
    let mut text = String::from("\n");
    for (name, count) in rows {
        let _ = writeln!(text, "{name:<26}{count:>10}");
    }
    let _ = writeln!(text, "\ntime {:.1} s", tally.time.as_secs_f64());
    text
}
