//! Walks one lifecycle to any state in a line or two.
//!
//! A scenario answers every effect well (a store that works, a server that gives the tokens `T1`, `R1`, `T2`, `R2`, and
//! so on) until it comes to the one that a test wants to answer itself.
//!
//! ```
//! use hallpass_testkit::scenario::{Scenario, Stage};
//!
//! let mut one = Scenario::new();
//! one.lead().until(Stage::Send).not_sent();
//! one.until(Stage::Sleep);
//! assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, unlock");
//! one.finish();
//! assert_eq!(one.token(), "T1");
//! ```
#![allow(clippy::missing_panics_doc, reason = "a scenario that goes another way is a failed test")]

mod answers;
mod realm;

pub use realm::Realm;

use core::fmt;
use core::time::Duration;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Held, PasswordForm};
use hallpass_core::error::Error;
use hallpass_core::lifecycle::{
    Flight, Landed, Lifecycle, Policy, Record, Revision, Setup, Ticket, Todo, TokenId, Want,
};
use hallpass_core::{Endpoint, Grant, Now, RefreshToken, Reply, Secrets, UtcDateTime, secret};

/// An effect, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the effects")]
pub enum Stage {
    Peek,
    Lock,
    Secret,
    Send,
    Save,
    Unlock,
    Sleep,
}

/// One machine, the effect it waits for, and the world that answers well.
pub struct Scenario {
    /// The machine itself.
    pub machine: Lifecycle,
    /// What its clocks say.
    pub now: Now,
    /// Shared by every [`peer`](Self::peer).
    pub store: Rc<RefCell<Option<Record>>>,
    /// How old the record is by the store's own clock, if it has one.
    pub age: Option<Duration>,
    /// What is answered when secrets are asked for.
    pub secrets: Secrets,
    /// The life of every token that the server gives.
    pub expires_in: u64,
    setup: Setup,
    given: Rc<RefCell<u32>>,
    /// The revision that the lock was last taken or saved with.
    base: Option<Revision>,
    flight: Option<Flight>,
    todo: Option<Todo>,
    trace: Vec<String>,
    /// Who answers in the place of `T1` and `R1`.
    realm: Option<Realm>,
    /// What the server has answered to the request that waits.
    on_its_way: Option<Reply>,
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Scenario");
        out.field("machine", &self.machine)
            .field("todo", &self.todo)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// A login with a password, an empty store.
    pub fn new() -> Self {
        let url = Endpoint::parse("https://auth.example/token").expect("a plain URL");
        Self::of(Arc::new(PasswordForm::new(url, "me")), Policy::default())
    }

    /// A login in any dialect, under any policy.
    pub fn of(dialect: Arc<dyn Dialect>, policy: Policy) -> Self {
        let mut setup = Setup::new(dialect, 7, "one");
        setup.policy = policy;
        let now = Now { mono: Duration::from_secs(1000), wall: UtcDateTime::UNIX_EPOCH + Duration::from_secs(1 << 30) };
        Self {
            machine: Lifecycle::new(setup.clone()),
            now,
            store: Rc::default(),
            age: None,
            secrets: Secrets::one(secret::PASSWORD, "pass-s3cret"),
            expires_in: 3600,
            setup,
            given: Rc::default(),
            base: None,
            flight: None,
            todo: None,
            trace: Vec::new(),
            realm: None,
            on_its_way: None,
        }
    }

    /// Another process with the same store and the same server.
    #[must_use = "a peer that does nothing changes nothing"]
    pub fn peer(&self) -> Self {
        let mut setup = self.setup.clone();
        (setup.seed, setup.name) = (setup.seed + 1, "two".into());
        Self {
            machine: Lifecycle::new(setup.clone()),
            store: self.store.clone(),
            secrets: self.secrets.clone(),
            given: self.given.clone(),
            flight: None,
            todo: None,
            trace: Vec::new(),
            realm: self.realm.clone(),
            on_its_way: None,
            setup,
            ..*self
        }
    }

    /// Puts a record with this refresh token into the store.
    pub fn import(&mut self, token: &str) -> &mut Self {
        let held = Held { refresh_token: Some(RefreshToken::new(token)), user_key: None };
        *self.store.borrow_mut() = Some(Record::new(Revision(1), held));
        self
    }

    /// Lets time pass on both clocks.
    pub fn pass(&mut self, time: Duration) -> &mut Self {
        self.now = self.now.after(time);
        self
    }

    /// A caller without wishes.
    pub fn get(&mut self) -> Ticket {
        self.machine.get(self.now, &Want::default())
    }

    /// A caller who must lead.
    #[track_caller]
    pub fn lead(&mut self) -> &mut Self {
        self.lead_with(&Want::default())
    }

    /// A caller with wishes who must lead, or renew.
    #[track_caller]
    pub fn lead_with(&mut self, want: &Want) -> &mut Self {
        match self.machine.get(self.now, want) {
            Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) => {
                (self.flight, self.todo) = (Some(flight), Some(todo));
                self
            }
            Ticket::Ready(_) => panic!("ready, but it should lead"),
            Ticket::Wait(_) => panic!("waits, but it should lead"),
            Ticket::Closed(error) => panic!("closed, but it should lead: {error}"),
        }
    }

    /// Whether the end of the login leads a flight that saves what is not saved.
    pub fn settle(&mut self) -> bool {
        let settling = self.machine.settle(self.now);
        let is_led = settling.is_some();
        (self.flight, self.todo) = settling.unzip();
        is_led
    }

    /// Answers well until the machine asks for this effect.
    #[track_caller]
    pub fn until(&mut self, stage: Stage) -> &mut Self {
        for _ in 0..500 {
            match &self.todo {
                Some(todo) if stage_of(todo) == stage => return self,
                Some(_) => self.answer_well(),
                None => panic!("it never asks for {stage:?}: {}", self.trace()),
            }
        }
        panic!("a flight that never ends: {}", self.trace())
    }

    /// Answers well until the flight is over and nothing is left to do.
    pub fn finish(&mut self) -> &mut Self {
        for _ in 0..500 {
            if self.todo.is_none() {
                return self;
            }
            self.answer_well();
        }
        panic!("a flight that never ends: {}", self.trace())
    }

    /// The flight led last.
    #[track_caller]
    pub fn flight(&self) -> Flight {
        self.flight.expect("a flight was led")
    }

    /// The effect that the machine waits for, to be answered by hand or never.
    pub fn take(&mut self) -> Option<Todo> {
        self.todo.take()
    }

    /// Goes on with an effect that was taken.
    pub fn put(&mut self, todo: Option<Todo>) -> &mut Self {
        self.todo = todo;
        self
    }

    /// What the flight led last came to.
    pub fn landed(&self) -> Landed {
        self.machine.outcome(self.now, self.flight(), &Want::default())
    }

    /// The grant that it brought.
    #[track_caller]
    pub fn grant(&self) -> Grant {
        match self.landed() {
            Landed::Ok(grant) => grant,
            other => panic!("no grant but {other:?}: {}", self.trace()),
        }
    }

    /// The access token that it brought.
    #[track_caller]
    pub fn token(&self) -> String {
        self.grant().access_token().expose().to_owned()
    }

    /// Why it failed.
    #[track_caller]
    pub fn error(&self) -> Error {
        match self.landed() {
            Landed::Failed(error) => error,
            other => panic!("no failure but {other:?}: {}", self.trace()),
        }
    }

    /// Every effect so far in a word or two.
    pub fn trace(&self) -> String {
        self.trace.join(", ")
    }

    /// Forgets the effects so far.
    pub fn hush(&mut self) -> &mut Self {
        self.trace.clear();
        self
    }

    /// The record in the store: access token, refresh token, and whether it is marked or closed.
    pub fn stored(&self) -> String {
        self.store.borrow().as_ref().map_or("nothing".into(), answers::told)
    }

    /// The id of a token of the server's.
    #[track_caller]
    pub fn id(token: &str) -> TokenId {
        TokenId::of(&hallpass_core::AccessToken::new(token).expect("a token"))
    }
}

fn stage_of(todo: &Todo) -> Stage {
    match todo {
        Todo::Peek(_) => Stage::Peek,
        Todo::Lock(_) => Stage::Lock,
        Todo::Secret(_) => Stage::Secret,
        Todo::Send(_) => Stage::Send,
        Todo::Save(_) => Stage::Save,
        Todo::Unlock(_) => Stage::Unlock,
        Todo::Sleep(_) => Stage::Sleep,
    }
}
