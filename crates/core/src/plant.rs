//! Bugs to plant: what proves that the suite that claims to guard an invariant does guard it.
//!
//! Without the feature `plant` every hook is a constant `false`. With it, a thread runs the bug that it has chosen, and
//! none until it chooses one.

macro_rules! bugs {
    ($($name:ident $text:literal $breaks:literal $what:literal,)*) => {
        /// A bug that can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $(#[doc = $what] $name,)*
        }

        impl Bug {
            /// Every bug.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The number of the invariant that it breaks.
            pub fn breaks(self) -> usize {
                match self {
                    $(Self::$name => $breaks,)*
                }
            }

            /// What it does.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)*
                }
            }
        }
    };
}

bugs! {
    SendsMarked "sends-marked" 1 "A refresh token that was found marked is sent all the same.",
    RetriesLost "retries-lost" 1 "A refresh that may have been sent is taken for one that was not.",
    TrustsPeek "trusts-peek" 5 "The record from before the lock is used; nobody reads it again under the lock.",
    NoMark "no-mark" 2 "A refresh token is sent without a mark.",
    OldMark "old-mark" 2 "A mark that nothing was sent under is used again for the next send.",
    PublishesFirst "publishes-first" 3 "Waiters are told of a gain before it is saved.",
    ForgetsUnsaved "forgets-unsaved" 3 "A gain that could not be saved is not tried again.",
    RegistersUnmarked "registers-unmarked" 4 "A registration is sent without a mark.",
    RegistersAgain "registers-again" 4 "A registration that was found marked is sent again.",
    RepeatsRegistration "repeats-registration" 4 "A registration whose answer is lost counts as one that was not sent.",
    DropsUserKey "drops-user-key" 4 "A registration ends without saving the key that it brought.",
    SavesBlindly "saves-blindly" 5 "The store does not compare the revision before a save.",
    DeletesBlindly "deletes-blindly" 5 "A refused refresh token is deleted without a look at what is there now.",
    ClearsOnAnyRefusal "clears-on-any-refusal" 5 "A refusal clears the refresh token, whatever was refused.",
    KeepsRevision "keeps-revision" 5 "A save does not draw a revision of its own.",
    LoserOverwrites "loser-overwrites" 5 "A gain that could not be saved is saved over whatever is there now.",
    RevivesAfterFlush "revives-after-flush" 5 "A flushed store gets back what was in it before.",
    SleepsUnderLock "sleeps-under-lock" 6 "A flight waits without giving the lock back.",
    IgnoresLease "ignores-lease" 6 "A request is sent however little of the lease is left.",
    GoesElsewhere "goes-elsewhere" 7 "A request goes to another origin than the one it was meant for.",
    PrintsSecrets "prints-secrets" 8 "An error repeats the server's words unsieved.",
    UncheckedClock "unchecked-clock" 9 "A life is counted down without a check for its end.",
    SameTokenAgain "same-token-again" 10 "A caller gets the very token that it says will not do.",
    ForgetsLatch "forgets-latch" 11 "A refused credential is tried again as soon as somebody looks.",
    HidesLatch "hides-latch" 11 "A refusal is not written into the record.",
    IgnoresRetryAfter "ignores-retry-after" 12 "A server's wish to be left alone is not heard.",
    SendsForEver "sends-for-ever" 12 "A flight has no budget of requests.",
    ServesLateWaiters "serves-late-waiters" 13 "A waiter gets what its flight brought, however late it wakes.",
    ServesExpired "serves-expired" 13 "A token is served past its life.",
    OneClock "one-clock" 13 "A life is counted by the monotonic clock alone.",
    ForgetsRejected "forgets-rejected" 14 "A 401 drops the token in hand, whichever token it was for.",
    ReadoptsRejected "readopts-rejected" 14 "A token that the API refused is not remembered, and comes back from the store.",
    KnocksOn "knocks-on" 14 "An API that refuses every token is answered with a login each time.",
    ReadsTorn "reads-torn" 15 "A store does not check what it reads.",
    WritesInPlace "writes-in-place" 16 "A store writes a record over the one that is there.",
    UnseededJitter "unseeded-jitter" 17 "Waits are drawn from the system, not from the seed.",
    ForgetsAbandoned "forgets-abandoned" 18 "Those who wait for an abandoned flight are not told.",
    NeverTakesOver "never-takes-over" 19 "A flight past its deadline is waited for all the same.",
    BacksOffForEver "backs-off-for-ever" 19 "Waits between tries double without an end.",
    StaysLost "stays-lost" 19 "A refresh token that was told as lost once is so for as long as the process lives.",
    SpendsAlone "spends-alone" 20 "A mark that could not be saved does not keep the token from being sent.",
    FailsWithStore "fails-with-store" 20 "A login that could authenticate fails because the store does.",
    HonoursStaleSlots "honours-stale-slots" 6 "An answer for a flight that is over goes on with that flight.",
    NeverAdopts "never-adopts" 21 "Each instance logs in for itself, whatever the store has.",
}

#[cfg(feature = "plant")]
pub use chosen::Planted;
#[cfg(feature = "plant")]
pub(crate) use chosen::noise;

/// Whether this thread runs a bug. World models that stand in for a real store ask it too.
#[cfg(feature = "plant")]
pub fn has(bug: Bug) -> bool {
    chosen::get() == Some(bug)
}

/// Nothing can be planted.
#[cfg(not(feature = "plant"))]
pub const fn has(_: Bug) -> bool {
    false
}

#[cfg(not(feature = "plant"))]
pub(crate) const fn noise() -> u64 {
    0
}

/// Whether a refresh token goes out without a mark, or under the one that it has already, if that is planted.
pub(crate) fn spares_mark(is_marked: bool) -> bool {
    has(Bug::NoMark) || is_marked && has(Bug::OldMark)
}

/// Sends a request astray, if that is planted.
pub(crate) fn lead_astray(request: &mut crate::http::Request) {
    if has(Bug::GoesElsewhere)
        && let Ok(elsewhere) = crate::http::Endpoint::parse("https://elsewhere.example/token")
    {
        request.endpoint = elsewhere;
    }
}

#[cfg(feature = "plant")]
mod chosen {
    use core::cell::Cell;
    use std::hash::{BuildHasher, RandomState};

    use super::Bug;

    thread_local! {
        static CHOSEN: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// A bug runs on this thread for as long as this lives.
    #[derive(Debug)]
    #[must_use = "the bug is taken out again when this is dropped"]
    pub struct Planted(());

    impl Planted {
        /// Plants a bug, or none, in the place of any other.
        pub fn new(bug: Option<Bug>) -> Self {
            CHOSEN.set(bug);
            Self(())
        }
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            CHOSEN.set(None);
        }
    }

    pub(super) fn get() -> Option<Bug> {
        CHOSEN.get()
    }

    /// What no seed knows of, if that is planted.
    pub(crate) fn noise() -> u64 {
        if super::has(Bug::UnseededJitter) { RandomState::new().hash_one(0) } else { 0 }
    }
}
