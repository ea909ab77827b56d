//! What a lifecycle remembers between flights.

use std::collections::VecDeque;

use super::{Flight, Landed, Record, Revision, TokenId};
use crate::error::{Error, Misuse};
use crate::grant::Grant;
use crate::time::{Deadline, Now};

/// The last few of something, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Last<T, const N: usize>(VecDeque<T>);

impl<T: PartialEq, const N: usize> Last<T, N> {
    pub(super) fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn push(&mut self, item: T) {
        if self.0.len() == N {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    pub(super) fn has(&self, item: &T) -> bool {
        self.0.contains(item)
    }

    pub(super) fn forget(&mut self, item: &T) {
        self.0.retain(|known| known != item);
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter()
    }
}

/// Marks of ours that mean nothing: nothing was sent under them, or nobody looked at the refresh token.
#[derive(Debug, Clone)]
pub(super) struct Void {
    marks: Last<Revision, 8>,
    /// The store may still show one of them.
    pub(super) stands: bool,
}

impl Void {
    pub(super) fn new() -> Self {
        Self { marks: Last::new(), stands: false }
    }

    pub(super) fn push(&mut self, mark: Revision) {
        self.marks.push(mark);
        self.stands = true;
    }

    pub(super) fn has(&self, mark: Revision) -> bool {
        self.marks.has(&mark)
    }
}

/// The flight under way.
#[derive(Debug, Clone)]
pub(super) struct Active {
    pub(super) flight: Flight,
    /// Past this, the next caller takes over.
    pub(super) deadline: Deadline,
    /// Not before this, once it has sent.
    pub(super) sent_until: Option<Deadline>,
}

/// How a flight ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Landing {
    pub(super) flight: Flight,
    pub(super) landed: Landed,
    /// When a server gave the grant, for one that was not adopted: it serves whoever waited, whatever they wished and
    /// however short its life, for a moment.
    pub(super) new: Option<Now>,
}

/// A gain that is not known to be kept.
#[derive(Debug, Clone)]
pub(super) struct Unsaved {
    /// What is served meanwhile.
    pub(super) grant: Grant,
    /// What is to be saved.
    pub(super) record: Record,
    /// The revision that it was derived from.
    pub(super) base: Option<Revision>,
    /// The revision of our own mark on the token that was spent.
    pub(super) mark: Option<Revision>,
    /// When the server gave its refresh token.
    pub(super) given: Given,
    /// A save was tried and nobody knows whether it was applied: its answer said so.
    pub(super) ambiguous: bool,
    /// A save is under way.
    pub(super) saving: bool,
}

impl Unsaved {
    /// With what was gained later, without the store: it goes where this was to be saved, and a refresh token is lost only
    /// to a newer one.
    pub(super) fn with(self, later: Self) -> Self {
        let mut record = later.record;
        if later.given == Given::Before {
            record.held.refresh_token = self.record.held.refresh_token;
        }
        Self { grant: later.grant, record, given: self.given.max(later.given), ..self }
    }
}

/// When a refresh token was given, for a gain that is to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    /// Before: it is held already.
    Before,
    /// With the gain, while the store could not be had. Whoever ends asks no store for its sake that may still be down.
    Alone,
    /// With the gain, under the lock: a store that was there may keep it yet.
    Locked,
}

/// A time in which nothing is sent.
#[derive(Debug, Clone)]
pub(super) struct Pause {
    pub(super) until: Deadline,
    /// Before this, nobody looks whether somebody else has saved a token.
    pub(super) look: Deadline,
    pub(super) strikes: u32,
    pub(super) error: Error,
}

/// Secrets that could not be had: their source is left alone for a while, longer each time. It is asked under the lock, which
/// others want too.
#[derive(Debug, Clone)]
pub(super) struct Unavailable {
    pub(super) names: Vec<&'static str>,
    pub(super) until: Deadline,
    pub(super) strikes: u32,
    pub(super) error: Misuse,
}

/// A refused credential, as this process remembers it.
#[derive(Debug, Clone)]
pub(super) struct Latch {
    pub(super) until: Deadline,
    /// Before this, nobody looks whether the credential has changed.
    pub(super) look: Deadline,
    pub(super) strikes: u32,
    pub(super) salt: u64,
    pub(super) digest: u32,
    pub(super) error: Error,
}

/// Tokens that came of a flight and were rejected by the API all the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Rejections {
    /// The next token comes after a rejection.
    pub(super) expected: bool,
    /// The token in hand came after a rejection, and no call has succeeded with it.
    pub(super) unproven: Option<TokenId>,
    pub(super) strikes: u32,
    /// Until then rejections start no flight.
    pub(super) until: Option<Deadline>,
}
