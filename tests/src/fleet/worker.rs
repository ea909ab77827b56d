//! What a worker does: `fleet worker TASK FOLDER ORIGIN`.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use hallpass_blocking::{Ahead, Client, Config};
use hallpass_core::lifecycle::Policy;
use hallpass_core::{Error, Grant};
use hallpass_store::File;
use rustix::process::{Signal, getpid, kill_process};

use super::{PASSWORD, Watched, login, redis, registering};

/// How long a worker that goes round leaves between two looks at its token.
const PACE: Duration = Duration::from_millis(20);

/// Does what the arguments say. `FLEET_PASSWORD` replaces the right password, and `FLEET_ABORT` is the number of the step
/// at which to abort, `FLEET_STOP` the name of the one at which to stop, once, until somebody lets it go on.
pub fn work(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let (Some(task), Some(folder), Some(origin)) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: fleet worker once|force|round|register FOLDER ORIGIN");
        return ExitCode::from(2);
    };
    if folder.starts_with("redis") {
        return redis::work(&task, &folder, &origin);
    }
    let password = std::env::var("FLEET_PASSWORD").unwrap_or_else(|_| PASSWORD.into());
    let store = watched(folder.into());
    let config = if task == "register" { registering(&origin, store) } else { login(&origin, &password, store) };
    // One task at a time, so that its steps have an order; who goes round renews behind.
    let ahead = if task == "round" { Ahead::Background } else { Ahead::Inline };
    let config = config.map(|config| config.ahead(ahead));
    // Only these are stopped or killed; one of many may have to wait for a reply.
    let config = if matches!(&*task, "round" | "force") { config.map(brief) } else { config };
    let client = config.and_then(Client::new);
    match client.and_then(|client| run(&task, &client, &origin)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say("error", &error.to_string());
            ExitCode::from(1)
        }
    }
}

/// With a lease so short that it can run out in a test; a reply on loopback takes a few milliseconds.
pub(super) fn brief(config: Config) -> Config {
    let policy = Policy { lease_margin: Duration::from_millis(600), ..Policy::default() };
    config.timeout(Duration::from_secs(1)).policy(policy)
}

pub(super) fn run(task: &str, client: &Client, origin: &str) -> Result<(), Error> {
    match task {
        "once" => {
            say("ready", "");
            let _ = stdin().lock().read_line(&mut String::new());
            tell(&client.token()?);
        }
        "force" => tell(&client.force_refresh()?),
        "register" => {
            client.register()?;
            say("registered", "");
        }
        _ => go_round(client, origin)?,
    }
    Ok(())
}

/// Always has a token, until standard input ends; then it must be one that the API takes.
fn go_round(client: &Client, origin: &str) -> Result<(), Error> {
    static OVER: AtomicBool = AtomicBool::new(false);
    thread::spawn(|| {
        while stdin().lock().read_line(&mut String::new()).is_ok_and(|read| read > 0) {}
        OVER.store(true, Ordering::Relaxed);
    });
    while !OVER.load(Ordering::Relaxed) {
        client.token()?;
        thread::sleep(PACE);
    }
    let request = http::Request::get(format!("{origin}/password-form/data")).body(()).expect("a test server's URL");
    let response = client.send(request)?;
    say("api", response.status().as_str());
    Ok(())
}

fn tell(grant: &Grant) {
    let unsaved = if grant.is_unsaved() { " unsaved" } else { "" };
    say("token", &format!("{:?}{unsaved}", grant.id()));
}

fn watched(folder: PathBuf) -> Watched<File> {
    static STEPS: AtomicU64 = AtomicU64::new(0);
    let abort = std::env::var("FLEET_ABORT").ok().and_then(|number| number.parse().ok());
    let stop = std::env::var("FLEET_STOP").ok();
    let stopped = AtomicBool::new(false);
    let file = File::new(folder).on_notice(|notice| say("notice", &notice.to_string()));
    Watched::file(file, move |name| {
        if name == "locked" {
            say("locked", "");
        }
        let number = STEPS.fetch_add(1, Ordering::Relaxed) + 1;
        if abort == Some(number) {
            say("aborts", name);
            std::process::abort();
        }
        // Who was stopped for longer than it may hold the lock takes it again.
        if stop.as_deref() == Some(name) && !stopped.swap(true, Ordering::Relaxed) {
            say("stops", name);
            let _ = kill_process(getpid(), Signal::STOP);
        }
    })
}

/// One write, short enough that no other process's comes between.
pub(super) fn say(what: &str, rest: &str) {
    let line = format!("{} {what} {}\n", std::process::id(), rest.replace('\n', " "));
    let _ = stdout().lock().write_all(line.as_bytes());
}
