//! What a script is made of.

use std::time::Duration;

use super::Reply;

/// One step of a script on one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Reads one whole request, head and body, and records it. If the client leaves before that, or sends something
    /// else, the connection is closed.
    Read,
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes these bytes one by one, with a pause before each.
    Drip {
        /// What to write.
        bytes: Vec<u8>,
        /// How long to wait before each byte.
        every: Duration,
    },
    /// Aborts the connection (RST). What comes after in the script is not played.
    Reset,
    /// Closes the connection at once, after a TLS close alert where there is TLS. The system turns this into a reset
    /// if something has arrived that was not read. What comes after in the script is not played.
    Close,
    /// Says no more: reads and counts until the client gives up or the server is dropped. What comes after in the
    /// script is not played.
    Stall,
    /// Begins the script again, on the same connection.
    Again,
}

impl Act {
    /// Writes a whole reply.
    #[allow(clippy::needless_pass_by_value, reason = "a reply is built in place")]
    pub fn reply(reply: Reply) -> Self {
        Self::Write(reply.to_bytes())
    }
}

/// A script that answers as many requests on one connection as there are replies. The last one says
/// `connection: close`, as an orderly server does before it hangs up: no client sends its next request into the end of
/// this connection.
///
/// ```
/// use hallpass_testserver::script::{Act, Reply, answers};
///
/// let script = answers([Reply::json(200, "1"), Reply::new(503)]);
/// let last = Reply::new(503).header("connection", "close");
/// assert_eq!(script[1..], [Act::reply(Reply::json(200, "1")), Act::Read, Act::reply(last)]);
/// ```
pub fn answers(replies: impl IntoIterator<Item = Reply>) -> Vec<Act> {
    let mut replies: Vec<Reply> = replies.into_iter().collect();
    if let Some(last) = replies.pop() {
        replies.push(last.header("connection", "close"));
    }
    replies.into_iter().flat_map(|reply| [Act::Read, Act::reply(reply)]).collect()
}
