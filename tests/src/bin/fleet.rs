//! `fleet soak --kills N`: many processes on one rotating login, some killed, some stopped. `fleet worker …` is one of them.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hallpass_conformance::fleet::{Plan, Tally, soak, work};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next().map(|kills| kills.parse())) {
        (Some("worker"), ..) => work(std::env::args().skip(2)),
        (Some("soak"), Some(option), Some(Ok(kills))) if option == "--kills" => run(kills),
        _ => {
            eprintln!("usage: fleet soak --kills N");
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
            let _ = std::io::stdout().flush();
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
        ("  of those in a flight", tally.aimed),
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
    let rows: String = rows.iter().map(|(name, count)| format!("{name:<26}{count:>10}\n")).collect();
    format!("\n{rows}\ntime {:.1} s\n", tally.time.as_secs_f64())
}
