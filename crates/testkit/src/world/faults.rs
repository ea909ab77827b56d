//! What can go wrong in a world, by name.

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault {
            $($(#[doc = $doc])* $name,)*
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// How many kinds there are.
            pub const COUNT: usize = Self::ALL.len();

            /// Its name in tables and histories.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

faults! {
    /// A refused connection: no byte was written.
    NotSent = "not sent",
    /// A request that never reaches the server.
    RequestLost = "request lost",
    /// A reply that is lost after the server acted.
    ReplyLost = "reply lost",
    /// A connection that is reset, before or after the server acted.
    Reset = "connection reset",
    /// A slow exchange, perhaps slower than its deadline.
    Slow = "slow exchange",
    /// A request that the server gets twice.
    Duplicate = "request twice",
    /// 500 or 502, before or after the server acted.
    ServerError = "5xx",
    /// 503: not processed.
    Unavailable = "503",
    /// 429 with `Retry-After`, or a 400 that says so: not processed.
    TooMany = "429",
    /// An HTML page with 200, in place of the server's answer.
    Html = "HTML with 200",
    /// A reply cut short after the server acted.
    Garbled = "reply garbled",
    /// A host that cannot reach the server, the store, or either, for a while.
    Partition = "partition",
    /// A peek that fails.
    PeekFails = "peek fails",
    /// A lock that fails.
    LockFails = "lock fails",
    /// A lock that is said to be busy.
    Busy = "lock busy",
    /// A save that is known not to have been applied.
    NotSaved = "not saved",
    /// A save of which nobody knows; applied or not.
    MaybeSaved = "maybe saved",
    /// An unlock that fails, so that the lease has to end it.
    UnlockFails = "unlock fails",
    /// A store that is slow.
    SlowStore = "slow store",
    /// Saves that fail for a while: the disk is full.
    NoSpace = "no space",
    /// Locks and saves that fail for a while: somebody changed the permissions.
    NoPermission = "no permission",
    /// A lock that is lost in the middle of a call.
    LeaseEnds = "lease ends early",
    /// A promoted replica, or a disk after a power cut, that has lost the last writes.
    Failover = "failover",
    /// A record that was written in part.
    Torn = "record torn",
    /// A record with a flipped bit.
    Flipped = "bit flipped",
    /// A store that loses everything, locks included.
    Flush = "flush",
    /// A store that cannot be reached for a while.
    StoreDown = "store down",
    /// An instance that vanishes with all it knows.
    Crash = "crash",
    /// An instance that stands still, often for longer than the lease.
    Pause = "pause",
    /// A host that sleeps, its monotonic clock too.
    Suspend = "suspend",
    /// A wall clock that jumps, by up to a year.
    WallJump = "wall jump",
    /// A driver that gives a flight up; its effect may still be answered.
    Abandon = "abandon",
    /// A driver that loses a slot and tells nobody.
    SlotLost = "slot lost",
    /// A waiter that wakes late.
    LateWaiter = "late waiter",
    /// An access token, all of them, or a family revoked before their time.
    Revoke = "revoke",
    /// An API that refuses every token for a while.
    ApiRefuses = "API refuses",
    /// A secret that is changed at the server first.
    SecretChanged = "secret changed",
    /// A secret that cannot be had, or only slowly.
    SecretFails = "secret fails",
}

/// How many of each kind.
pub type FaultCounts = [u64; Fault::COUNT];
