//! What a store keeps of a login.

use crate::dialect::{Held, Spends};

/// Names one save of a record. Compared for equality only; whoever saves draws a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

/// What a store keeps under a [`Key`](crate::dialect::Key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which save this is.
    pub revision: Revision,
    /// What the login holds.
    pub held: Held,
    /// The mark: what an exchange that was about to be sent spends. Found by anybody but its writer, it says that the
    /// answer is not known.
    pub spending: Option<Spends>,
}
