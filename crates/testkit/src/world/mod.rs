//! A simulated world: instances of the lifecycle on hosts with clocks of their own, a network that loses and repeats, a
//! store that fails, and the [`provider`](crate::provider) behind it all.
//!
//! One seeded loop, no threads, virtual time. Everything is drawn from the seed, so a seed names a history; every
//! history ends in a hash of all that happened. The invariants are checked as it happens, by number, and the first that
//! does not hold ends the world.
//!
//! A world has three parts: bursts of callers under faults; then the faults end and every instance must come by a valid
//! token in time; then a few lives of steady use.
//!
//! | module | what it holds |
//! |---|---|
//! | `plan`, `chance`, `choices` | what a seed says of its world; the source of chance, and choices in its place |
//! | `faults`, `befall` | what can go wrong, and what befalls drivers and the world |
//! | `clock`, `queue` | the clocks of hosts, and what is going to happen, in order |
//! | `instance`, `calling`, `driving`, `calm` | one machine, its callers, its driver, and how it does after the faults |
//! | `network`, `server` | requests on their way, and the authorization server |
//! | `store`, `storing`, `saving`, `registering` | the store, as drivers meet it, its saves, and registrations |
//! | `checks`, `coverage`, `digest`, `report` | what was checked and reached, the world's state as a number, the sum of runs |
//! | `explore`, `shrink`, `told` | small worlds explored completely, short histories, and histories as traces |
//! | [`fleet`] | a hundred thousand processes on paper |
//!
//! ```
//! use hallpass_testkit::world::{self, Bounds};
//!
//! let report = world::run(7, &Bounds::default());
//! assert_eq!(report.violation, None);
//! assert_eq!(report.hash, world::run(7, &Bounds::default()).hash);
//! ```

mod befall;
mod calling;
mod calm;
mod chance;
mod checks;
mod choices;
mod clock;
mod coverage;
mod digest;
mod driving;
mod explore;
mod faults;
pub mod fleet;
mod instance;
mod network;
mod plan;
mod queue;
mod registering;
mod report;
mod saving;
mod server;
mod shrink;
mod store;
mod storing;
mod told;

#[cfg(feature = "plant")]
pub use hallpass_core::plant::{Bug, Planted};

pub use coverage::Coverage;
pub use explore::{Explored, Model, explore, models};
pub use faults::{Fault, FaultCounts};
pub use plan::Bounds;
pub use report::{INVARIANTS, Report, Totals, Violation};
pub use shrink::shortest;
pub use told::{Replayed, is_trace, named, replay, trace};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hallpass_core::dialect::Dialect;
use hallpass_core::lifecycle::{Policy, Record};
use hallpass_core::{EgressRules, Now};

use chance::Chance;
use checks::Ledger;
use clock::{At, Host, SECOND};
use instance::Instance;
use plan::{Kind, Plan};
use queue::{Event, Queue, Who};
use registering::Registration;
use server::Server;
use store::Store;

use crate::mix::mix;

/// No world needs more events; one that does goes round in a circle.
const MOST_EVENTS: u64 = 1_000_000;

/// Runs the world of a seed to its end, or to the first invariant that does not hold.
pub fn run(seed: u64, bounds: &Bounds) -> Report {
    play(seed, bounds, false)
}

/// The same; and one world in 64 is run twice, and must come to the same hash (invariant 17).
pub fn run_checked(seed: u64, bounds: &Bounds) -> Report {
    let mut report = run(seed, bounds);
    if seed.is_multiple_of(64) && report.violation.is_none() {
        let again = run(seed, bounds).hash;
        report.totals.checks[17] += 1;
        if again != report.hash {
            let what = format!("the same seed gave {:016x} and then {again:016x}", report.hash);
            report.violation = Some(Violation { invariant: 17, what });
        }
    }
    report
}

/// The same as [`run`], and its history in readable lines.
pub fn tell(seed: u64, bounds: &Bounds) -> Report {
    play(seed, bounds, true)
}

fn play(seed: u64, bounds: &Bounds, told: bool) -> Report {
    let mut world = World::new(seed, bounds, told);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        world.begin(seed);
        world.play();
    }));
    world.ledger.no_panic(panicked.err());
    world.report()
}

struct World {
    plan: Plan,
    chance: Chance,
    dice: [Chance; Fault::COUNT],
    at: At,
    queue: Queue,
    hosts: Vec<Host>,
    instances: Vec<Instance>,
    store: Store,
    /// The record of a registration, which is kept apart.
    registry: Store,
    registration: Registration,
    server: Server,
    dialect: Arc<dyn Dialect>,
    policy: Policy,
    rules: EgressRules,
    ledger: Ledger,
    totals: Totals,
    waiters: u64,
    /// How many faults the dice have brought.
    drawn: u32,
    /// How many effects have been about to begin, or have just ended.
    boundaries: u64,
    /// Where a flight's driver stands.
    state: Option<usize>,
    /// Until when the store cannot be reached.
    store_down_until: At,
    /// Until when nothing can be saved, or locked.
    no_space_until: At,
    no_permission_until: At,
    /// The faults are over since then.
    calm: Option<At>,
    /// How many grants the server had given when the steady state began, and how long that state lasts.
    steady: Option<(usize, At)>,
    /// The latch in the store: the secret's version, and until when at least.
    latched: Option<(u64, At)>,
}

impl World {
    fn new(seed: u64, bounds: &Bounds, told: bool) -> Self {
        let mut chance = Chance::new(seed);
        let plan = Plan::draw(&mut chance, bounds);
        let mut server = Server::new(&plan, seed);
        let record = if plan.kind == Kind::Imported { server.imported() } else { None };
        let mut world = Self::of(plan, server, record, chance, told);
        world.dice = core::array::from_fn(|fault| Chance::new(mix(seed).wrapping_add(fault as u64)));
        world
    }

    /// A world in which nothing is planned yet.
    fn of(plan: Plan, server: Server, record: Option<Record>, chance: Chance, told: bool) -> Self {
        let hosts: Vec<_> = plan.hosts.iter().map(|&(drift, skew)| Host::new(drift, skew)).collect();
        let instances = (0..plan.instances).map(|number| Instance::new(number % hosts.len())).collect();
        Self {
            dice: core::array::from_fn(|_| Chance::new(0)),
            dialect: server::dialect(&plan),
            store: Store::new(plan.store, record),
            registry: Store::new(plan.store, None),
            registration: Registration::default(),
            at: 0,
            queue: Queue::default(),
            hosts,
            instances,
            server,
            policy: Policy::default(),
            rules: EgressRules::default(),
            ledger: Ledger::new(told),
            totals: Totals { seeds: 1, ..Totals::default() },
            waiters: 0,
            drawn: 0,
            boundaries: 0,
            state: None,
            store_down_until: 0,
            no_space_until: 0,
            no_permission_until: 0,
            calm: None,
            steady: None,
            latched: None,
            chance,
            plan,
        }
    }

    fn play(&mut self) {
        let mut events = 0;
        while let Some((at, event)) = self.queue.next() {
            self.at = at;
            events += 1;
            if events > MOST_EVENTS {
                self.ledger.check(19, false, || "the world goes round in a circle".into());
            }
            self.happen(event);
            if self.ledger.violation.is_some() {
                return;
            }
        }
        self.nobody_waits_for_ever();
    }

    fn happen(&mut self, event: Event) {
        self.state = None;
        match event {
            Event::Call(instance) => self.call(instance),
            Event::Api(who, grant, replay) => self.call_api(who, grant, replay),
            Event::Wake(who, waiter) => self.wake(who, waiter),
            Event::Do(who, todo) => self.carry_out(who, todo),
            Event::Arrive(who, slot, way) => self.arrive(who, slot, way),
            Event::Copy(request) => self.copy(&request),
            Event::Done(who, answer) => self.deliver(who, answer),
            Event::Restart(instance) => self.start(instance),
            Event::Burst(left) => self.burst(left),
            Event::Register(instance) => self.register(instance),
            Event::Registering(run, next) => self.registering(run, next),
            Event::SecretInPlace => self.secret_in_place(),
            Event::Calm => self.calm_down(),
            Event::Probe(instance) => self.probe(instance),
            Event::Steady(instance, left) => self.steady(instance, left),
        }
    }

    fn who(&self, instance: usize) -> Who {
        Who { instance, life: self.instances[instance].life }
    }

    fn lives(&self, who: Who) -> bool {
        let instance = &self.instances[who.instance];
        instance.life == who.life && instance.machine.is_some()
    }

    fn now(&self, instance: usize) -> Now {
        self.hosts[self.instances[instance].host].now(self.at)
    }

    /// When an instance that stands still goes on, if it does stand still.
    fn held_up(&self, instance: usize) -> Option<At> {
        let instance = &self.instances[instance];
        let until = instance.paused_until.max(self.hosts[instance.host].asleep_until);
        (until > self.at).then_some(until)
    }

    /// How far apart two wall clocks of this world are at most, jumps aside.
    fn disagreement(&self) -> At {
        45 * SECOND + self.at / 10
    }

    /// Folds an event into the hash, and writes it down if somebody reads along.
    fn note(&mut self, what: u64, a: u64, b: u64, told: impl FnOnce(&Self) -> String) {
        self.ledger.fold(self.at, what, a, b);
        if self.ledger.history.is_some() {
            let line = told(self);
            self.ledger.tell(self.at, &line);
        }
    }

    fn report(self) -> Report {
        let mut totals = self.totals;
        totals.checks = self.ledger.checks;
        totals.grants = self.server.given.len() as u64;
        totals.leases_lost = self.store.leases_lost;
        Report {
            totals,
            hash: self.ledger.hash,
            violation: self.ledger.violation,
            history: self.ledger.history.unwrap_or_default(),
        }
    }
}
