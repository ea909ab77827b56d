//! What may happen to a machine.

/// One thing that somebody does to the machine.
#[derive(Debug, Clone)]
pub enum Op {
    /// A caller comes.
    Get {
        /// So many seconds of life are wanted.
        min_life: u32,
        /// One of the tokens given so far, which is not wanted.
        not: Option<u8>,
    },
    /// Answers one of the effects that wait, in whatever way; the pick and the way are taken modulo what there is.
    Answer {
        /// Which effect.
        pick: u8,
        /// How it went; 0 is well.
        way: u8,
    },
    /// Loses one of them.
    Lose(u8),
    /// The API refused one of the tokens given so far.
    Rejected(u8),
    /// The API took one of them.
    Accepted(u8),
    /// Whoever leads goes away.
    Abandon,
    /// The login is about to end.
    Settle,
    /// So many seconds pass on both clocks.
    Pass(u32),
    /// The wall clock jumps by so many seconds.
    Jump(i64),
    /// So many seconds pass on the wall clock alone.
    Suspend(u32),
    /// Somebody else empties the store.
    Flush,
}
