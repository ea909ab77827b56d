//! What a seed says about its world before anything happens in it.

use super::chance::Chance;
use super::clock::{At, MILLI, SECOND};
use super::faults::Fault;
use crate::provider::Rotation;
use hallpass_core::dialect::Ambiguity;

/// Which login a world is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    BasicForm,
    PasswordForm,
    UserKey,
    /// A refresh token that somebody brought along: nothing can be sent but that.
    Imported,
}

/// How a world's store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreKind {
    /// A lock that lives as long as its process, as with a file.
    Flock,
    /// A lock with a lease, and perhaps a clock of the store's own.
    Lease { clock: bool, strict: bool },
}

/// A world as it is drawn.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) kind: Kind,
    pub(super) ambiguity: Ambiguity,
    pub(super) rotation: Rotation,
    pub(super) life: At,
    pub(super) store: StoreKind,
    pub(super) instances: usize,
    /// Nobody is registered yet.
    pub(super) registers: bool,
    /// Drift in parts per million and skew in seconds of each host.
    pub(super) hosts: Vec<(i64, i64)>,
    /// How often each kind of fault strikes where it can, per mille.
    pub(super) rates: [u16; Fault::COUNT],
    /// How many bursts of calls there are before the faults end.
    pub(super) bursts: u64,
    /// How many callers a burst has at most.
    pub(super) herd: u64,
    /// The longest time between two bursts.
    pub(super) gap: At,
    /// The boundary of an effect at which its instance crashes, counted from one.
    pub(super) crash_at: Option<u64>,
    /// Strikes that do not happen.
    pub(super) spared: u128,
    /// How long one way through the network takes at most.
    pub(super) hop: At,
}

/// What a run changes about the plan of its seed, to find a shorter history or a special one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// How many instances there are, in place of the drawn number: 1 to 16, and the nearest of these otherwise.
    pub instances: Option<usize>,
    /// Faults that do not strike: one bit for each of [`Fault::ALL`].
    pub without: u64,
    /// No more bursts of calls than this.
    pub bursts: Option<u64>,
    /// The boundary of an effect, counted from one, at which its instance crashes, beside all other faults.
    pub crash_at: Option<u64>,
    /// Which of the first 128 strikes of faults do not happen: one bit for each, in their order.
    pub spared: u128,
}

impl Plan {
    pub(super) fn draw(chance: &mut Chance, bounds: &Bounds) -> Self {
        let kind = chance.pick(&[
            Kind::BasicForm,
            Kind::PasswordForm,
            Kind::PasswordForm,
            Kind::UserKey,
            Kind::Imported,
            Kind::Imported,
        ]);
        let ambiguity = match (kind, chance.below(8)) {
            (Kind::Imported, 0..=4) => Ambiguity::Stop,
            (_, 7) => Ambiguity::Resend,
            _ => Ambiguity::Authenticate,
        };
        let rotation = match (ambiguity, chance.below(8)) {
            // The dialect's author has said that this server does not rotate.
            (Ambiguity::Resend, _) | (_, 0) => Rotation::Off,
            (_, 1) => Rotation::Grace(core::time::Duration::from_secs(10)),
            _ => Rotation::Strict,
        };
        let life = match kind {
            Kind::UserKey => 3600 * SECOND,
            _ => chance.pick(&[0, 3, 20, 60, 60, 120, 300, 600, 3600]) * SECOND,
        };
        let store = match chance.below(4) {
            0 => StoreKind::Flock,
            1 => StoreKind::Lease { clock: false, strict: false },
            2 => StoreKind::Lease { clock: true, strict: true },
            _ => StoreKind::Lease { clock: true, strict: false },
        };
        // Few instances meet more often in less time; one world in eight has many.
        let most = if chance.below(8) == 0 { 16 } else { 8 };
        let drawn = usize::try_from(chance.magnitude(1, most)).unwrap_or(1);
        let instances = bounds.instances.unwrap_or(drawn).clamp(1, 16);
        let hosts = (0..chance.between(1, 4).min(instances as u64))
            .map(|_| match chance.below(3) {
                0 => (0, 0),
                _ => (signed(chance, 50_000), signed(chance, 20)),
            })
            .collect();
        let rates = rates(chance, kind, store, bounds);
        let bursts = chance.between(4, 24);
        Self {
            kind,
            ambiguity,
            rotation,
            life,
            store,
            instances,
            registers: kind == Kind::UserKey && chance.below(2) == 0,
            hosts,
            rates,
            bursts: bounds.bursts.map_or(bursts, |most| bursts.min(most)),
            crash_at: bounds.crash_at,
            spared: bounds.spared,
            herd: chance.pick(&[1, 2, 3, 8]),
            gap: (life / 2).max(2 * SECOND),
            hop: chance.magnitude(MILLI, 500 * MILLI),
        }
    }

    /// Whether every wall clock is right within half a minute, always.
    pub(super) fn clocks_are_sane(&self) -> bool {
        self.rate(Fault::WallJump) == 0
    }

    pub(super) fn rate(&self, fault: Fault) -> u16 {
        self.rates[fault as usize]
    }
}

fn signed(chance: &mut Chance, most: i64) -> i64 {
    i64::try_from(chance.below(u64::try_from(2 * most + 1).unwrap_or(1))).unwrap_or(0) - most
}

/// One seed in ten knows no fault, one in five a single kind, and the others about a third of all kinds.
fn rates(chance: &mut Chance, kind: Kind, store: StoreKind, bounds: &Bounds) -> [u16; Fault::COUNT] {
    let mut rates = [0; Fault::COUNT];
    let only = chance.below(Fault::COUNT as u64);
    let mood = chance.below(10);
    for (at, rate) in rates.iter_mut().enumerate() {
        let (strikes, drawn) = (chance.below(3) == 0, chance.pick(&[5, 20, 60, 200]));
        *rate = match mood {
            0 => 0,
            1 | 2 => u16::from(at as u64 == only) * drawn.max(60),
            _ => u16::from(strikes) * drawn,
        };
        if bounds.without & (1 << at) != 0 {
            *rate = 0;
        }
    }
    if store == StoreKind::Flock {
        rates[Fault::Flush as usize] = 0;
        rates[Fault::LeaseEnds as usize] = 0;
    }
    // What empties the store would end an imported login for good in most worlds.
    if kind == Kind::Imported && mood != 1 {
        for fault in [Fault::Flush, Fault::Failover, Fault::Torn, Fault::Flipped] {
            rates[fault as usize] = 0;
        }
        rates[Fault::Revoke as usize] /= 4;
    }
    // The users that registered before the world began keep their secrets.
    if kind == Kind::UserKey {
        rates[Fault::SecretChanged as usize] = 0;
    }
    // What strikes at every boundary, or stays for long, strikes rarely.
    for fault in [Fault::Crash, Fault::Pause, Fault::Suspend, Fault::Abandon, Fault::SlotLost, Fault::SlowStore] {
        rates[fault as usize] /= 3;
    }
    rates
}
