//! Small worlds, explored completely: every order of what happens, and every place for every fault.
//!
//! A state is the history of choices that led to it, since the machines cannot be copied: each is run again from the
//! start. Histories whose [digest](super::digest) is the same count as one state. Clocks count to the second only.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hallpass_core::dialect::Ambiguity;

use super::chance::Chance;
use super::choices::Choices;
use super::clock::{At, MILLI, SECOND};
use super::plan::{Kind, Plan, StoreKind};
use super::queue::Event;
use super::report::Violation;
use super::server::Server;
use super::{Fault, INVARIANTS, World};
use crate::provider::Rotation;

/// What may happen in any order: everything within this time. It is longer than a flight without a fault takes, and
/// shorter than a lease.
const WINDOW: At = 2 * SECOND;

/// When whatever was going to happen has happened.
const OVER: At = 2000 * SECOND;

/// No history of a small world is as long.
const LONGEST: usize = 20_000;

/// A small world.
#[derive(Debug, Clone)]
pub struct Model {
    /// What it is called.
    pub name: &'static str,
    kind: Kind,
    ambiguity: Ambiguity,
    store: StoreKind,
    registers: bool,
    /// How many instances share the login, each with one caller.
    pub instances: usize,
    /// What may befall them, each at most once.
    pub faults: Vec<Fault>,
    /// How many of these in one history.
    pub most: u32,
}

/// What came of an exploration.
#[derive(Debug, Clone, Default)]
pub struct Explored {
    /// States.
    pub states: u64,
    /// Histories that were run.
    pub histories: u64,
    /// How often each invariant was checked, by number.
    pub checks: [u64; INVARIANTS],
    /// The invariant that did not hold, if any, and the history that leads there with the fewest faults.
    pub violation: Option<Violation>,
    /// That history, in readable lines.
    pub history: Vec<String>,
    /// There were more states than were asked for.
    pub cut: bool,
}

/// The small worlds that the tests explore, with this many instances and faults.
///
/// ```
/// use hallpass_testkit::world;
///
/// let models = world::models(2, 1);
/// let explored = world::explore(&models[0], 2_000);
/// assert_eq!(explored.violation, None);
/// assert!(explored.states > 100 && explored.cut);
/// ```
pub fn models(instances: usize, faults: u32) -> Vec<Model> {
    let leases = StoreKind::Lease { clock: true, strict: false };
    // Two of all kinds in one history would take too long for a test.
    let kinds = if faults < 2 { ROTATION } else { HARDEST };
    let rotation = |name, kind, ambiguity, store| Model {
        name,
        kind,
        ambiguity,
        store,
        registers: false,
        instances,
        faults: kinds.iter().copied().filter(|fault| store != StoreKind::Flock || *fault != Fault::LeaseEnds).collect(),
        most: faults,
    };
    vec![
        rotation("rotation, leases", Kind::PasswordForm, Ambiguity::Authenticate, leases),
        rotation("rotation, file locks", Kind::PasswordForm, Ambiguity::Authenticate, StoreKind::Flock),
        rotation("imported, leases", Kind::Imported, Ambiguity::Stop, leases),
        rotation("imported, file locks", Kind::Imported, Ambiguity::Stop, StoreKind::Flock),
        Model {
            registers: true,
            faults: REGISTRATION.to_vec(),
            ..rotation("registration, leases", Kind::UserKey, Ambiguity::Authenticate, leases)
        },
    ]
}

const ROTATION: &[Fault] = &[
    Fault::Crash,
    Fault::Pause,
    Fault::LeaseEnds,
    Fault::RequestLost,
    Fault::ReplyLost,
    Fault::NotSent,
    Fault::NotSaved,
    Fault::MaybeSaved,
    Fault::PeekFails,
    Fault::LockFails,
    Fault::Abandon,
    Fault::SlotLost,
];

const HARDEST: &[Fault] = &[Fault::Crash, Fault::Pause, Fault::LeaseEnds, Fault::ReplyLost];

const REGISTRATION: &[Fault] =
    &[Fault::Crash, Fault::Pause, Fault::RequestLost, Fault::ReplyLost, Fault::NotSent, Fault::NotSaved];

/// Explores a small world, with no fault, with one, and so on; ends at the first invariant that does not hold.
pub fn explore(model: &Model, most_states: u64) -> Explored {
    let mut explored = Explored::default();
    for most in 0..=model.most {
        explored = with_faults(model, most, most_states);
        if explored.violation.is_some() || explored.cut {
            break;
        }
    }
    explored
}

fn with_faults(model: &Model, most: u32, most_states: u64) -> Explored {
    let mut explored = Explored::default();
    let mut known = HashSet::new();
    let mut scripts = vec![Vec::new()];
    while let Some(script) = scripts.pop() {
        let mut world = World::small(model, &script, most, false);
        let panicked = catch_unwind(AssertUnwindSafe(|| world.play_until_known(&mut known))).err();
        world.ledger.no_panic(panicked);
        explored.histories += 1;
        explored.checks.iter_mut().zip(world.ledger.checks).for_each(|(sum, more)| *sum += more);
        let Some(choices) = world.chance.choices() else { break };
        if let Some(violation) = world.ledger.violation {
            explored.history = tell(model, &choices.script(), most);
            explored.violation = Some(violation);
            break;
        }
        scripts.extend(choices.others());
        if known.len() as u64 > most_states {
            explored.cut = true;
            break;
        }
    }
    explored.states = known.len() as u64;
    explored
}

fn tell(model: &Model, script: &[u8], most: u32) -> Vec<String> {
    let mut world = World::small(model, script, most, true);
    let panicked = catch_unwind(AssertUnwindSafe(|| world.play_until_known(&mut HashSet::new()))).err();
    world.ledger.no_panic(panicked);
    world.ledger.history.unwrap_or_default()
}

impl World {
    fn small(model: &Model, script: &[u8], most: u32, told: bool) -> Self {
        let plan = model.plan();
        let mut server = Server::new(&plan, 0);
        let record = if model.registers { None } else { server.imported() };
        let faults = model.faults.iter().fold(0, |all, fault| all | 1 << *fault as u64);
        let choices = Choices::new(script, faults, most);
        let mut world = Self::of(plan, server, record, Chance::chosen(choices), told);
        world.rules.timeout = core::time::Duration::from_secs(4);
        world.policy.lease_margin = core::time::Duration::from_secs(3);
        for instance in 0..world.instances.len() {
            world.start(instance);
            let first = if model.registers { Event::Register(instance) } else { Event::Call(instance) };
            world.queue.plan(0, first);
        }
        world.queue.plan(OVER, Event::Calm);
        world
    }

    /// Plays a history up to a state that is known already, or to its end.
    fn play_until_known(&mut self, known: &mut HashSet<u64>) {
        for _ in 0..LONGEST {
            let is_new = self.chance.choices().is_some_and(|choices| choices.is_new());
            if is_new && !known.insert(self.digest()) {
                return;
            }
            let calm = self.calm.is_some();
            let chance = &mut self.chance;
            let next = if calm {
                self.queue.next()
            } else {
                self.queue.pick(WINDOW, |from| chance.choices().map_or(0, |choices| choices.choose(from)))
            };
            let Some((at, event)) = next else { return self.nobody_waits_for_ever() };
            self.at = self.at.max(at);
            self.happen(event);
            if self.ledger.violation.is_some() {
                return;
            }
        }
        self.ledger.check(19, false, || "the world goes round in a circle".into());
    }
}

impl Model {
    fn plan(&self) -> Plan {
        Plan {
            kind: self.kind,
            ambiguity: self.ambiguity,
            rotation: Rotation::Strict,
            // Longer than all that is explored.
            life: 3600 * SECOND,
            store: self.store,
            instances: self.instances,
            registers: self.registers,
            hosts: vec![(0, 0); self.instances],
            rates: [0; Fault::COUNT],
            bursts: 0,
            herd: 1,
            gap: SECOND,
            crash_at: None,
            spared: 0,
            hop: 40 * MILLI,
        }
    }
}
