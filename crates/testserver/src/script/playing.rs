//! Plays one script on one connection.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use super::wire::Wire;
use super::{Act, Heard};
use crate::listening::{Sockets, Tracked};
use crate::reading::Requests;
use crate::tls::Certificate;

pub(super) fn play(script: &[Act], number: usize, socket: &Tracked, tls: Option<&Certificate>, heard: &Heard) {
    let Ok(mut wire) = Wire::new(socket, tls.map(Certificate::server_config), &heard.bytes) else { return };
    // An error is the client's leaving, or the server's being dropped. Either way there is nobody left to play to.
    let Ok(end) = acts(script, number, &mut wire, socket.sockets(), heard) else { return };
    match end {
        End::Reset => wire.reset(),
        End::Close => wire.end(),
        End::Stall => wire.swallow(),
        End::Over => {
            if wire.swallow_for(PATIENCE) {
                // Nobody is there to see it, and the port is free at once: a suite makes tens of thousands of connections.
                wire.reset();
            } else {
                wire.end();
                wire.swallow();
            }
        }
    }
}

/// So long a client may take to close first, as most do; whoever waits for the end gets it then.
const PATIENCE: Duration = Duration::from_millis(100);

enum End {
    Reset,
    Close,
    Stall,
    Over,
}

fn acts(script: &[Act], number: usize, wire: &mut Wire, sockets: &Sockets, heard: &Heard) -> io::Result<End> {
    let mut requests = Requests::default();
    let mut next = 0;
    while let Some(act) = script.get(next) {
        next += 1;
        match act {
            Act::Read => heard.recorder.push(requests.next(wire, number)?),
            Act::Write(bytes) => write(wire, bytes)?,
            Act::Drip { bytes, every } => {
                for byte in bytes {
                    pause(sockets, *every)?;
                    write(wire, &[*byte])?;
                }
            }
            Act::Reset => return Ok(End::Reset),
            Act::Close => return Ok(End::Close),
            Act::Stall => return Ok(End::Stall),
            Act::Again => {
                pause(sockets, Duration::ZERO)?;
                next = 0;
            }
        }
    }
    Ok(End::Over)
}

fn write(wire: &mut Wire, bytes: &[u8]) -> io::Result<()> {
    wire.write_all(bytes)?;
    wire.flush()
}

/// An error if the server is being dropped.
fn pause(sockets: &Sockets, time: Duration) -> io::Result<()> {
    if sockets.wait(time) { Err(ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
}
