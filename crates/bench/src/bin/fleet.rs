//! A herd across processes: `fleet`; `fleet worker STORE URL CLIENTS` is one of them, with so many clients.
//!
//! Prints who shares which store, the requests that the server had, and the milliseconds until the last was answered.

use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use hallpass_bench::server::{Plan, Server};
use hallpass_bench::{Result, cases};
use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_store::{File, Redis};
use hallpass_testserver::redis::RedisServer;

/// As the server of the other herds.
const DELAY: Duration = Duration::from_millis(20);

fn main() -> Result<()> {
    if let [_, role, store, url, clients] = &std::env::args().collect::<Vec<_>>()[..]
        && role == "worker"
    {
        return work(store, url, clients.parse()?);
    }
    let (folder, redis) = (tempfile::tempdir()?, RedisServer::start()?);
    herd("80 processes on one file", 80, 1, &folder.path().join("tokens").display().to_string())?;
    herd("1,000 clients in 8 processes on one Redis", 8, 125, &redis.url())
}

fn herd(name: &str, processes: usize, clients: usize, store: &str) -> Result<()> {
    let plan = Plan { body: cases::granted(&cases::opaque()), delay: DELAY, ..Plan::default() };
    let server = Server::start(&plan)?;
    let workers = (0..processes).map(|_| Worker::start(store, &server.url, clients)).collect::<Result<Vec<_>>>();
    let mut workers = workers?;
    for worker in &mut workers {
        worker.hear()?;
    }
    let begun = Instant::now();
    for worker in &mut workers {
        worker.go()?;
    }
    for worker in &mut workers {
        worker.hear()?;
    }
    println!("fleet\t{name}\t{}\t{:.0}", server.requests(), begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

/// A process; it is killed when this is dropped.
struct Worker {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Worker {
    fn start(store: &str, url: &str, clients: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["worker", store, url, &clients.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = BufReader::new(child.stdout.take().ok_or("it is piped")?);
        Ok(Self { child, said })
    }

    /// Waits for a line, which says that it is ready or that all of its clients have a token.
    fn hear(&mut self) -> Result<()> {
        let mut line = String::new();
        if self.said.read_line(&mut line)? == 0 { Err("a worker failed".into()) } else { Ok(()) }
    }

    fn go(&mut self) -> Result<()> {
        Ok(self.child.stdin.as_mut().ok_or("it is piped")?.write_all(b"\n")?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn work(store: &str, url: &str, clients: usize) -> Result<()> {
    let url = Endpoint::parse(url)?;
    let config =
        || Config::new(BasicForm::new(url.clone(), cases::CLIENT_ID), Secrets::one(secret::CLIENT_SECRET, "s"));
    let config = || -> Result<Config> {
        Ok(if store.starts_with("redis") {
            config().store(Redis::new(store)?)
        } else {
            config().store(File::new(store))
        })
    };
    let clients = (0..clients).map(|_| Ok(Client::new(config()?)?)).collect::<Result<Vec<_>>>()?;
    let start = Barrier::new(clients.len() + 1);
    thread::scope(|scope| {
        let ask = |client: &Client| {
            start.wait();
            client.token().map(drop)
        };
        let threads: Vec<_> = clients.iter().map(|client| scope.spawn(move || ask(client))).collect();
        println!("ready");
        stdin().lock().read_line(&mut String::new())?;
        start.wait();
        for thread in threads {
            thread.join().expect("a client does not panic")?;
        }
        println!("done");
        Ok(())
    })
}
