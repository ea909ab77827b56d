//! Starting workers, hearing them, and seeing that none is left.

use std::io::{self, BufRead, BufReader, PipeWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// Longer than any worker takes to say something.
const PATIENCE: Duration = Duration::from_mins(1);

/// Longer than any worker takes to come to its end: it has a flight to end, and may wait for another's.
const END: Duration = Duration::from_mins(4);

/// What a worker said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub pid: u32,
    /// What, in one word.
    pub what: String,
    /// The rest of the line.
    pub rest: String,
}

/// Workers that share a folder and a pipe to be heard through.
pub struct Fleet {
    program: PathBuf,
    folder: PathBuf,
    origin: String,
    speaking: PipeWriter,
    heard: Receiver<Said>,
}

impl Fleet {
    /// `program` is the binary `fleet`; its workers log in at `origin` and share `folder`.
    pub fn new(program: &Path, folder: &Path, origin: &str) -> io::Result<Self> {
        let (reader, speaking) = io::pipe()?;
        let (hand, heard) = channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                let mut words = line.splitn(3, ' ').map(str::to_owned);
                let pid = words.next().and_then(|pid| pid.parse().ok()).unwrap_or_default();
                let (what, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                if hand.send(Said { pid, what, rest }).is_err() {
                    return;
                }
            }
        });
        Ok(Self { program: program.into(), folder: folder.into(), origin: origin.into(), speaking, heard })
    }

    /// Starts a worker that does `task`, with what else `change` says of it.
    pub fn start(&self, task: &str, change: impl FnOnce(&mut Command)) -> io::Result<Worker> {
        let mut command = Command::new(&self.program);
        command.args(["worker", task]).arg(&self.folder).arg(&self.origin);
        self.spawn(command, change)
    }

    /// Starts a worker through `program` and its arguments, which is to run the command line behind them.
    pub fn start_through(&self, program: &[&str], task: &str) -> io::Result<Worker> {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(&self.program).args(["worker", task]).arg(&self.folder).arg(&self.origin);
        self.spawn(command, |_| ())
    }

    fn spawn(&self, mut command: Command, change: impl FnOnce(&mut Command)) -> io::Result<Worker> {
        command.stdin(Stdio::piped()).stdout(self.speaking.try_clone()?);
        change(&mut command);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        Ok(Worker { child, stdin })
    }

    /// What is said next, if anything is within `wait`.
    pub fn hear(&self, wait: Duration) -> Option<Said> {
        self.heard.recv_timeout(wait).ok()
    }

    /// The next thing that is said.
    pub fn next(&self) -> Said {
        self.hear(PATIENCE).expect("a worker says something within a minute")
    }
}

/// A worker; it is killed when this is dropped.
pub struct Worker {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Worker {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it go on from where it waits.
    pub fn go(&mut self) {
        if let Some(stdin) = &mut self.stdin {
            // One that is gone already shows by how it ended.
            let _ = stdin.write_all(b"go\n");
        }
    }

    /// Tells it to come to its end.
    pub fn finish(&mut self) {
        self.stdin = None;
    }

    /// Waits for its end, though not for ever: one that does not come to it is an error.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.finish();
        let until = Instant::now() + END;
        loop {
            match self.child.try_wait()? {
                Some(status) => return Ok(status),
                None if Instant::now() > until => {
                    let stuck = format!("worker {} has not come to its end within {} s", self.pid(), END.as_secs());
                    return Err(io::Error::new(io::ErrorKind::TimedOut, stuck));
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// Waits until one that said that it stops is stopped; it stays to be waited for.
    pub fn stops(&self) -> io::Result<()> {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        if let Some(pid) = self.id() {
            waitid(WaitId::Pid(pid), options)?;
        }
        Ok(())
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops it where it stands.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after a pause.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.id() {
            // It is our child and not waited for yet, so the id is still its own.
            let _ = kill_process(pid, signal);
        }
    }

    fn id(&self) -> Option<Pid> {
        i32::try_from(self.pid()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}
