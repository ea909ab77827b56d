//! Many clients in one process, each with a lifecycle of its own, that ask at once.

use std::io::stdin;
use std::sync::Barrier;
use std::thread;

use hallpass_blocking::{Ahead, Client};
use hallpass_core::lifecycle::TokenId;
use hallpass_core::{Error, Grant};
use hallpass_store::Redis;

use super::super::worker::say;
use super::super::{PASSWORD, login};

/// How many clients a worker has.
pub const CLIENTS: usize = 125;

/// Says what token each of them got.
pub(super) fn ask(store: &Redis, origin: &str) -> Result<(), Error> {
    let clients: Result<Vec<_>, Error> =
        (0..CLIENTS).map(|_| Client::new(login(origin, PASSWORD, store.clone())?.ahead(Ahead::Inline))).collect();
    let clients = clients?;
    let start = Barrier::new(CLIENTS + 1);
    let tokens: Result<Vec<TokenId>, Error> = thread::scope(|scope| {
        let ask = |client: &Client| {
            start.wait();
            client.token().as_ref().map(Grant::id).map_err(Clone::clone)
        };
        let threads: Vec<_> = clients.iter().map(|client| scope.spawn(move || ask(client))).collect();
        say("ready", "");
        let _ = stdin().read_line(&mut String::new());
        start.wait();
        threads.into_iter().map(|thread| thread.join().expect("a client does not panic")).collect()
    });
    for token in tokens? {
        say("token", &format!("{token:?}"));
    }
    Ok(())
}
