//! Real processes around one Redis.

mod herd;
mod pauses;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hallpass_blocking::{Ahead, Client};
use hallpass_core::Error;
use hallpass_store::Redis;
use rustix::process::{Signal, getpid, kill_process};

pub use herd::CLIENTS;
pub use pauses::{Paused, pauses};

use super::worker::{brief, run, say};
use super::{PASSWORD, Watched, login};

/// For a call among a thousand: one whose connection finds no room is sent again a second later, and then two more.
const PATIENCE: Duration = Duration::from_mins(1);

/// Does a worker's `task` on the Redis at `url`. `FLEET_PAUSE` is the number of the step under the lock at
/// which it stops itself.
pub(super) fn work(task: &str, url: &str, origin: &str) -> ExitCode {
    let store = match Redis::new(url) {
        Ok(store) => store,
        Err(error) => {
            say("error", &error.to_string());
            return ExitCode::from(2);
        }
    };
    let done = match task {
        "herd" => herd::ask(&store.timeout(PATIENCE), origin),
        _ => client(store, task, origin).and_then(|client| run(task, &client, origin)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say("error", &error.to_string());
            ExitCode::from(1)
        }
    }
}

fn client(store: Redis, task: &str, origin: &str) -> Result<Client, Error> {
    static STEPS: AtomicU64 = AtomicU64::new(0);
    let pause = std::env::var("FLEET_PAUSE").ok().and_then(|number| number.parse().ok());
    let store = Watched::new(store, move |name| {
        // What only the holder of the lock does.
        let holds = name.ends_with("save") || name == "before unlock";
        if holds && Some(STEPS.fetch_add(1, Ordering::Relaxed) + 1) == pause {
            say("stops", name);
            let _ = kill_process(getpid(), Signal::STOP);
        }
    });
    // Who goes round renews behind.
    let ahead = if task == "round" { Ahead::Background } else { Ahead::Inline };
    Client::new(brief(login(origin, PASSWORD, store)?.ahead(ahead)))
}
