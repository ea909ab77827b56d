//! How effects are answered: well, or in the way that a test wants.

use hallpass_core::error::{Misuse, StoreFailure};
use hallpass_core::lifecycle::{Loaded, Lock, Record, SaveError, Todo};
use hallpass_core::{Body, Reply, SendError};

use super::Scenario;

/// Answers to the effect that the machine waits for.
impl Scenario {
    /// To a peek.
    #[track_caller]
    pub fn peeked(&mut self, result: Result<Option<Loaded>, StoreFailure>) -> &mut Self {
        let Some(Todo::Peek(slot)) = self.noted() else { panic!("no peek is asked for: {}", self.trace()) };
        let todo = self.machine.peeked(self.now, slot, result);
        self.put(todo)
    }

    /// To a lock.
    #[track_caller]
    pub fn locked(&mut self, result: Result<Lock, StoreFailure>) -> &mut Self {
        let Some(Todo::Lock(slot)) = self.noted() else { panic!("no lock is asked for: {}", self.trace()) };
        let todo = self.machine.locked(self.now, slot, result);
        self.put(todo)
    }

    /// To a question for secrets: they cannot be had.
    #[track_caller]
    pub fn no_secret(&mut self) -> &mut Self {
        let Some(Todo::Secret(slot)) = self.noted() else { panic!("no secret is asked for: {}", self.trace()) };
        let misuse = Misuse::Secret { name: slot.names()[0].into(), why: "the keyring is locked".into() };
        let todo = self.machine.secret(self.now, slot, Err(misuse));
        self.put(todo)
    }

    /// To a send: no byte was written.
    #[track_caller]
    pub fn not_sent(&mut self) -> &mut Self {
        self.sent(Err(SendError::NotSent("connection refused".into())))
    }

    /// To a send: one end or a proxy does not trust the other.
    #[track_caller]
    pub fn untrusted(&mut self) -> &mut Self {
        self.sent(Err(SendError::Untrusted("the proxy wants other credentials".into())))
    }

    /// To a send: nobody knows.
    #[track_caller]
    pub fn maybe_sent(&mut self) -> &mut Self {
        self.sent(Err(SendError::MaybeSent("connection reset".into())))
    }

    /// To a send: a reply.
    #[track_caller]
    pub fn replied(&mut self, status: u16, headers: &[(&'static str, &'static str)], body: &str) -> &mut Self {
        let mut reply = http::Response::new(());
        *reply.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        for (name, value) in headers {
            reply.headers_mut().insert(*name, http::HeaderValue::from_static(value));
        }
        let (parts, ()) = reply.into_parts();
        let body = Body::new(body.as_bytes().to_vec());
        self.sent(Ok(Reply { status: parts.status, headers: parts.headers, body, cut: false, received: self.now }))
    }

    /// To a send: a refusal of what was sent.
    #[track_caller]
    pub fn refused(&mut self) -> &mut Self {
        self.replied(400, &[], r#"{"error":"invalid_grant"}"#)
    }

    #[track_caller]
    fn sent(&mut self, result: Result<Reply, SendError>) -> &mut Self {
        let Some(Todo::Send(slot)) = self.noted() else { panic!("no send is asked for: {}", self.trace()) };
        let todo = self.machine.replied(self.now, slot, result);
        self.put(todo)
    }

    /// The realm's server acts on the request that waits; its reply is on its way.
    #[track_caller]
    pub fn reaches_server(&mut self) -> &mut Self {
        let (Some(Todo::Send(slot)), Some(realm)) = (&self.todo, &self.realm) else {
            panic!("no send is asked for, or there is no realm: {}", self.trace())
        };
        self.on_its_way = Some(realm.serve(self.now, slot.request()));
        self
    }

    /// To a send: the reply that was on its way.
    #[track_caller]
    pub fn arrives(&mut self) -> &mut Self {
        let reply = self.on_its_way.take().expect("a reply is on its way");
        self.sent(Ok(Reply { received: self.now, ..reply }))
    }

    /// To a save that the store did not do well with; `applied` all the same, or not.
    #[track_caller]
    pub fn save_failed(&mut self, error: SaveError, applied: bool) -> &mut Self {
        let Some(Todo::Save(slot)) = self.noted() else { panic!("no save is asked for: {}", self.trace()) };
        if applied {
            *self.store.borrow_mut() = Some(slot.record().clone());
        }
        let todo = self.machine.saved(self.now, slot, Err(error));
        self.put(todo)
    }

    /// To whatever is asked for, as a world without faults would.
    pub fn answer_well(&mut self) {
        let found = || self.store.borrow().clone().map(|record| Loaded { record, age: self.age });
        let todo = match self.todo.take() {
            None => return,
            Some(Todo::Peek(slot)) => {
                let found = found();
                self.say("peek");
                self.machine.peeked(self.now, slot, Ok(found))
            }
            Some(Todo::Lock(slot)) => {
                let found = found().map(Box::new);
                self.say("lock");
                self.base = found.as_ref().map(|found| found.record.revision);
                let lock = match &self.realm {
                    Some(realm) => realm.lock(self.setup.seed, self.now, slot.lease(), found),
                    None => Lock::Held(found),
                };
                self.machine.locked(self.now, slot, Ok(lock))
            }
            Some(Todo::Secret(slot)) => {
                self.say(format!("ask {}", slot.names().join(" ")));
                self.machine.secret(self.now, slot, Ok(self.secrets.clone()))
            }
            Some(Todo::Send(slot)) if self.realm.is_some() => {
                self.todo = Some(Todo::Send(slot));
                self.reaches_server().arrives();
                return;
            }
            Some(Todo::Send(slot)) => {
                let number = self.given.replace_with(|given| *given + 1) + 1;
                let body = format!(
                    r#"{{"access_token":"T{number}","expires_in":{},"refresh_token":"R{number}"}}"#,
                    self.expires_in
                );
                self.todo = Some(Todo::Send(slot));
                self.replied(200, &[], &body);
                return;
            }
            Some(Todo::Save(slot)) => {
                let record = slot.record().clone();
                let found = found();
                self.say(save_said(&record));
                let admitted =
                    self.realm.as_ref().map(|realm| realm.admits(self.setup.seed, self.now, &record, found.as_ref()));
                let result = if let Some(Err(error)) = admitted {
                    Err(error)
                } else if found.as_ref().map(|found| found.record.revision) == self.base {
                    self.base = Some(record.revision);
                    *self.store.borrow_mut() = Some(record);
                    Ok(())
                } else {
                    Err(SaveError::Conflict(found.map(Box::new)))
                };
                self.machine.saved(self.now, slot, result)
            }
            Some(Todo::Unlock(slot)) => {
                self.say("unlock");
                if let Some(realm) = &self.realm {
                    realm.unlock(self.setup.seed);
                }
                self.machine.unlocked(self.now, slot, Ok(()))
            }
            Some(Todo::Sleep(slot)) => {
                self.say("sleep");
                self.now = self.now.after(slot.until().remaining(self.now));
                self.machine.woke(self.now, slot)
            }
        };
        self.todo = todo;
    }

    /// The effect that the machine waits for, written down.
    fn noted(&mut self) -> Option<Todo> {
        let todo = self.todo.take()?;
        let said = match &todo {
            Todo::Secret(slot) => format!("ask {}", slot.names().join(" ")),
            Todo::Send(slot) => {
                let token = String::from_utf8_lossy(slot.request().body.expose()).into_owned();
                let token = token.split("refresh_token=").nth(1).unwrap_or_default();
                let token = token.split('&').next().unwrap_or_default();
                format!("send {} {token}", slot.exchange().kind.name()).trim_end().into()
            }
            Todo::Save(slot) => save_said(slot.record()),
            todo => todo.name().into(),
        };
        self.say(said);
        Some(todo)
    }

    fn say(&mut self, said: impl Into<String>) {
        self.trace.push(said.into());
    }
}

fn save_said(record: &Record) -> String {
    format!("save {}", told(record))
}

pub(super) fn told(record: &Record) -> String {
    let grant = record.grant.as_ref().map(|grant| grant.access_token.expose().to_owned());
    let refresh = record.held.refresh_token.as_ref().map(|token| token.expose().to_owned());
    let mut words: Vec<_> = grant.into_iter().chain(refresh).collect();
    words.extend(record.spending.is_some().then(|| "marked".to_owned()));
    words.extend(record.closed.is_some().then(|| "closed".to_owned()));
    if words.is_empty() { "empty".into() } else { words.join(" ") }
}
