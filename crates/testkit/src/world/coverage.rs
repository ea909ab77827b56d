//! What the worlds of a run have reached: turns of the machine, and faults in each of its states.

use hallpass_core::SendError;
use hallpass_core::lifecycle::{Lock, SaveError, Todo};

use super::Fault;
use super::queue::Answer;
use super::server::is_too_often;

/// The effects, in the order of [`Todo`].
const EFFECTS: [&str; 7] = ["peek", "lock", "secret", "send", "save", "unlock", "sleep"];

/// How an effect can be answered, by the index of the effect and in words.
const ANSWERS: [(usize, &str); 22] = [
    (0, "found"),
    (0, "nothing"),
    (0, "failed"),
    (1, "held, found"),
    (1, "held, nothing"),
    (1, "busy"),
    (1, "failed"),
    (2, "had"),
    (2, "failed"),
    (3, "2xx"),
    (3, "4xx"),
    (3, "429"),
    (3, "5xx"),
    (3, "not sent"),
    (3, "maybe sent"),
    (4, "saved"),
    (4, "conflict"),
    (4, "lease gone"),
    (4, "not applied"),
    (4, "unknown"),
    (5, "unlocked"),
    (6, "awake"),
];

/// What a turn leads to, beside an effect: nothing, or the end of its flight, whether or not a lock is to be given back.
const ENDS: [&str; 3] = ["the end", "a token", "an error"];

/// Everything that a turn can lead to.
const NEXT: usize = EFFECTS.len() + ENDS.len();

/// Before and after each effect.
const STATES: usize = 2 * EFFECTS.len();

/// Which turns the machine has made, and which faults have struck in which of its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// For flights under way, and for those that are over.
    turns: [[[u64; NEXT]; ANSWERS.len()]; 2],
    faults: [[u64; Fault::COUNT]; STATES],
}

impl Default for Coverage {
    fn default() -> Self {
        Self { turns: [[[0; NEXT]; ANSWERS.len()]; 2], faults: [[0; Fault::COUNT]; STATES] }
    }
}

impl Coverage {
    /// Every turn that was made at least once, in words and how often.
    pub fn turns(&self) -> Vec<(String, u64)> {
        let told = |over: &'static str| {
            move |(Turn { effect, answer, next }, count)| (format!("{effect}: {answer}{over} -> {next}"), count)
        };
        let flying = made(&self.turns[1]).map(told(""));
        flying.chain(made(&self.turns[0]).map(told(" (the flight is over)"))).collect()
    }

    /// The turns of flights under way.
    pub(crate) fn flying(&self) -> impl Iterator<Item = Turn> {
        made(&self.turns[1]).map(|(turn, _)| turn)
    }

    /// How many answers there are: to a flight under way, and to one that is over.
    pub fn answers(&self) -> usize {
        self.turns.len() * ANSWERS.len()
    }

    /// Those of them that never came, in words.
    pub fn answers_unseen(&self) -> Vec<String> {
        let mut unseen = Vec::new();
        for (over, table) in [("", &self.turns[1]), (" (the flight is over)", &self.turns[0])] {
            for (&(effect, answer), row) in ANSWERS.iter().zip(table) {
                if row.iter().all(|count| *count == 0) {
                    unseen.push(format!("{}: {answer}{over}", EFFECTS[effect]));
                }
            }
        }
        unseen
    }

    /// Every pair of a state and a fault that can strike in it, and how often it has.
    pub fn faults(&self) -> Vec<(String, u64)> {
        let mut pairs = Vec::new();
        for (state, row) in self.faults.iter().enumerate() {
            for (fault, count) in Fault::ALL.iter().zip(row) {
                if can_strike(state, *fault) {
                    let when = if state < EFFECTS.len() { "before" } else { "after" };
                    pairs.push((format!("{when} {}: {}", EFFECTS[state % EFFECTS.len()], fault.name()), *count));
                }
            }
        }
        pairs
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        let turns = self.turns.as_flattened_mut().as_flattened_mut();
        turns.iter_mut().chain(self.faults.as_flattened_mut())
    }

    /// `failed` says how the flight has landed, if it has.
    pub(super) fn turned(&mut self, answer: usize, flies: bool, todo: Option<&Todo>, failed: Option<bool>) {
        let next =
            failed.map_or(todo.map_or(EFFECTS.len(), effect_of), |failed| EFFECTS.len() + 1 + usize::from(failed));
        self.turns[usize::from(flies)][answer][next] += 1;
    }

    pub(super) fn struck(&mut self, state: usize, fault: Fault) {
        self.faults[state][fault as usize] += 1;
    }
}

/// A turn of the machine, in words.
pub(crate) struct Turn {
    pub(crate) effect: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) next: &'static str,
}

fn made(table: &[[u64; NEXT]; ANSWERS.len()]) -> impl Iterator<Item = (Turn, u64)> {
    ANSWERS.iter().zip(table).flat_map(|(&(effect, answer), row)| {
        let nexts = EFFECTS.iter().chain(&ENDS).zip(row).filter(|(_, count)| **count > 0);
        nexts.map(move |(next, count)| (Turn { effect: EFFECTS[effect], answer, next }, *count))
    })
}

/// The state before an effect.
pub(super) fn before(todo: &Todo) -> usize {
    effect_of(todo)
}

/// The state after an effect, by its answer.
pub(super) fn after(answer: usize) -> usize {
    EFFECTS.len() + ANSWERS[answer].0
}

/// Whether a state is one after an effect.
pub(super) fn is_after(state: usize) -> bool {
    state >= EFFECTS.len()
}

/// The index of an answer.
pub(super) fn index(answer: &Answer) -> usize {
    match answer {
        Answer::Peeked(_, Ok(Some(_))) => 0,
        Answer::Peeked(_, Ok(None)) => 1,
        Answer::Peeked(_, Err(_)) => 2,
        Answer::Locked(_, Ok(Lock::Held(Some(_)))) => 3,
        Answer::Locked(_, Ok(Lock::Held(None))) => 4,
        Answer::Locked(_, Ok(Lock::Busy)) => 5,
        Answer::Locked(_, Err(_)) => 6,
        Answer::Secret(_, Ok(_)) => 7,
        Answer::Secret(_, Err(_)) => 8,
        Answer::Replied(_, Ok(reply)) => match reply.status.as_u16() {
            429 => 11,
            400 if is_too_often(reply) => 11,
            400..=499 => 10,
            500.. => 12,
            _ => 9,
        },
        Answer::Replied(_, Err(SendError::MaybeSent(_))) => 14,
        Answer::Replied(_, Err(_)) => 13,
        Answer::Saved(_, Ok(())) => 15,
        Answer::Saved(_, Err(SaveError::Conflict(_))) => 16,
        Answer::Saved(_, Err(SaveError::LeaseGone(_))) => 17,
        Answer::Saved(_, Err(SaveError::NotApplied(_))) => 18,
        Answer::Saved(_, Err(SaveError::Unknown(_))) => 19,
        Answer::Unlocked(..) => 20,
        Answer::Woke(_) => 21,
    }
}

fn effect_of(todo: &Todo) -> usize {
    match todo {
        Todo::Peek(_) => 0,
        Todo::Lock(_) => 1,
        Todo::Secret(_) => 2,
        Todo::Send(_) => 3,
        Todo::Save(_) => 4,
        Todo::Unlock(_) => 5,
        Todo::Sleep(_) => 6,
    }
}

/// Which faults a state is open to: some befall a driver anywhere, others belong to an effect.
fn can_strike(state: usize, fault: Fault) -> bool {
    use Fault::{
        Abandon, Busy, Crash, Duplicate, Flipped, Garbled, Html, LateWaiter, LeaseEnds, LockFails, MaybeSaved,
        NotSaved, NotSent, Pause, PeekFails, ReplyLost, RequestLost, Reset, SecretFails, ServerError, SlotLost, Slow,
        SlowStore, Suspend, TooMany, Torn, Unavailable, UnlockFails,
    };
    if matches!(fault, Crash | Pause | Suspend | Abandon | SlotLost) {
        return true;
    }
    match EFFECTS.get(state).copied() {
        Some("peek") => matches!(fault, PeekFails | SlowStore),
        Some("lock") => matches!(fault, LockFails | Busy | SlowStore),
        Some("secret") => fault == SecretFails,
        Some("send") => matches!(
            fault,
            NotSent
                | RequestLost
                | ReplyLost
                | Reset
                | Slow
                | Duplicate
                | ServerError
                | Unavailable
                | TooMany
                | Html
                | Garbled
        ),
        Some("save") => matches!(fault, NotSaved | MaybeSaved | LeaseEnds | Torn | Flipped | SlowStore),
        Some("unlock") => matches!(fault, UnlockFails | SlowStore),
        Some(_) => false,
        // A flight lands when an effect is answered; nothing lands by an unlock.
        None => fault == LateWaiter && state != EFFECTS.len() + 5,
    }
}
