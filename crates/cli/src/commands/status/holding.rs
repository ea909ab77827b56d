//! What is held of one login, as far as its store tells.

use core::fmt::Write;
use core::time::Duration;

use hallpass_client::Config;
use hallpass_core::Now;
use hallpass_core::dialect::Spends;
use hallpass_core::lifecycle::{KeptGrant, Loaded, Mark, Policy};
use hallpass_core::wire::date::rfc_3339;
use hallpass_profile::{OpenStore, Profile};
use hallpass_store::StoreError;
use serde::Serialize;

use crate::failure::{Failure, Kind};
use crate::output;

/// The object of `--format json`.
#[derive(Serialize)]
pub(super) struct Holding {
    profile: String,
    store: &'static str,
    place: Option<String>,
    /// Not known where the record could not be read, as the next one.
    access_token: Option<bool>,
    age: Option<u64>,
    life: Option<u64>,
    expires_in: Option<u64>,
    expires_at: Option<String>,
    renews_at: Option<String>,
    refresh_token: Option<bool>,
    user_key: Option<&'static str>,
    revision: Option<String>,
    latched_until: Option<String>,
    /// The status and error code of the refusal.
    latched_why: Option<String>,
    marked: Vec<Marked>,
    moved_aside: Vec<Aside>,
    error: Option<String>,
    #[serde(skip)]
    registers: bool,
    #[serde(skip)]
    registration_read: bool,
}

/// Something was sent, and its answer is not known.
#[derive(Serialize)]
struct Marked {
    sent: &'static str,
    since: String,
    by: String,
}

/// What was found damaged, or another's.
#[derive(Serialize)]
#[serde(transparent)]
struct Aside {
    name: String,
    /// It may hold the only user key that there is.
    #[serde(skip)]
    only_key: bool,
}

impl Holding {
    /// Reads the login's records, without a lock.
    pub(super) fn of(profile: &Profile, store: &OpenStore, config: &Config, now: Now) -> Self {
        let (opened, dialect) = (store.store(), config.dialect());
        let mut holding = Self::nothing(profile, store, dialect.identity().is_some());
        match opened.peek(&dialect.key()) {
            Ok(Some(loaded)) => holding.add_login(&loaded, config.get_policy(), now),
            Ok(None) => {}
            Err(error) => {
                (holding.access_token, holding.refresh_token) = (None, None);
                holding.fail(&error);
            }
        }
        match dialect.identity().map(|key| opened.peek(&key)) {
            Some(Ok(Some(loaded))) => holding.add_registration(&loaded, now),
            Some(Err(error)) => {
                holding.registration_read = false;
                holding.fail(&error);
            }
            Some(Ok(None)) | None => {}
        }
        // A store that is silent is not waited for again.
        let readable = holding.error.is_none();
        for key in [Some(dialect.key()), dialect.identity()].into_iter().flatten().filter(|_| readable) {
            match opened.aside(&key) {
                Ok(names) => {
                    let only_key = dialect.identity() == Some(key) && holding.user_key.is_none();
                    holding.moved_aside.extend(names.into_iter().map(|name| Aside { name, only_key }));
                }
                Err(error) => holding.fail(&error),
            }
        }
        holding
    }

    fn nothing(profile: &Profile, store: &OpenStore, registers: bool) -> Self {
        Self {
            profile: profile.name().to_owned(),
            store: store.kind(),
            place: store.place().map(str::to_owned),
            access_token: Some(false),
            age: None,
            life: None,
            expires_in: None,
            expires_at: None,
            renews_at: None,
            refresh_token: Some(false),
            user_key: profile.has_user_key().then_some("profile"),
            revision: None,
            latched_until: None,
            latched_why: None,
            marked: Vec::new(),
            moved_aside: Vec::new(),
            error: None,
            registers,
            registration_read: true,
        }
    }

    fn add_login(&mut self, loaded: &Loaded, policy: &Policy, now: Now) {
        let record = &loaded.record;
        self.revision = Some(format!("{:016x}", record.revision.0));
        self.refresh_token = Some(record.held.refresh_token.is_some());
        self.marked.extend(record.spending.as_ref().map(Marked::of));
        self.add_latch(loaded, now);
        if let Some(grant) = &record.grant {
            self.add_grant(grant, loaded.age, policy, now);
        }
    }

    fn add_grant(&mut self, grant: &KeptGrant, age: Option<Duration>, policy: &Policy, now: Now) {
        // One that claims to come from the future counts as expired.
        let Some(age) = grant.age(now, age) else { return };
        self.age = Some(age.as_secs());
        let Some(life) = grant.life else {
            self.access_token = Some(true);
            return;
        };
        let left = life.saturating_sub(age);
        self.life = Some(life.as_secs());
        self.access_token = Some(!left.is_zero());
        self.expires_in = Some(left.as_secs());
        self.expires_at = Some(rfc_3339(now.after(left).wall));
        let window = policy.renewal_window(life);
        self.renews_at = Some(rfc_3339(now.after(left.saturating_sub(window)).wall)).filter(|_| !left.is_zero());
    }

    fn add_latch(&mut self, loaded: &Loaded, now: Now) {
        let Some(closed) = loaded.record.closed.as_ref().filter(|_| self.latched_until.is_none()) else { return };
        self.latched_until = closed.remaining(now, loaded.age).map(|left| rfc_3339(now.after(left).wall));
        self.latched_why = closed.why.clone().filter(|_| self.latched_until.is_some());
    }

    fn add_registration(&mut self, loaded: &Loaded, now: Now) {
        self.add_latch(loaded, now);
        self.marked.extend(loaded.record.spending.as_ref().map(Marked::of));
        if loaded.record.held.user_key.is_some() {
            self.user_key.get_or_insert("store");
        }
    }

    fn fail(&mut self, error: &StoreError) {
        self.error.get_or_insert_with(|| error.to_string());
    }

    /// The store could not be read, so this is not all there is.
    pub(super) fn failure(&self) -> Option<Failure> {
        let error = self.error.as_ref()?;
        Some(Failure::new(Kind::Store, format!("profile `{}`: the store failed while reading: {error}", self.profile)))
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.profile);
        let mut row = |name: &str, value: String| {
            let _ = writeln!(text, "  {name:<15}{value}");
        };
        row("store", self.place.as_ref().map_or(self.store.to_owned(), |place| format!("{} {place}", self.store)));
        if let Some(error) = &self.error {
            row("not readable", error.clone());
        }
        row("access token", self.access_token());
        row("refresh token", told(self.refresh_token).to_owned());
        if self.registers {
            let without = told(self.registration_read.then_some(false));
            row("user_key", self.user_key.map_or(without.to_owned(), |place| format!("yes, in the {place}")));
        }
        if let Some(revision) = &self.revision {
            row("revision", revision.clone());
        }
        if let Some(until) = &self.latched_until {
            let why = self.latched_why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            row("latched", format!("until {until}: the credentials were refused{why}, and are not sent again before"));
        }
        for Marked { sent, since, by } in &self.marked {
            row("marked", format!("a {sent} was sent at {since} by {by}, and its answer is not known"));
        }
        for Aside { name, only_key } in &self.moved_aside {
            let (what, how) = if *only_key { ("the user_key", " --user-key") } else { ("tokens", "") };
            row("moved aside", format!("{name}: damaged, and may hold {what}; `hallpass forget{how}` removes it"));
        }
        output::plain(&text)
    }

    fn access_token(&self) -> String {
        match (self.age, self.expires_in, self.life, &self.expires_at) {
            (Some(age), Some(left), Some(life), Some(at)) if self.access_token == Some(true) => {
                let renews = self.renews_at.as_deref().unwrap_or("now");
                format!(
                    "yes, {} old of {}, until {at} ({} more); renewed from {renews} on",
                    short(age),
                    short(life),
                    short(left)
                )
            }
            (Some(age), _, Some(life), Some(_)) => format!("no, expired: {} old of {}", short(age), short(life)),
            (Some(age), ..) => format!("yes, {} old; nobody said how long it lives", short(age)),
            _ => told(self.access_token).into(),
        }
    }
}

impl Marked {
    fn of(mark: &Mark) -> Self {
        let sent = match mark.spends {
            Spends::Registration => "registration",
            Spends::RefreshToken | Spends::Nothing => "refresh token",
        };
        Self { sent, since: rfc_3339(mark.since), by: mark.by.clone() }
    }
}

/// Whether something is held.
fn told(held: Option<bool>) -> &'static str {
    match held {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

/// The two largest units of a time.
fn short(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let first = units.iter().position(|(length, _)| seconds >= *length).unwrap_or(units.len() - 1);
    let (length, unit) = units[first];
    let rest = units.get(first + 1).map(|(next, unit)| (seconds % length / next, unit)).filter(|(count, _)| *count > 0);
    let rest = rest.map(|(count, unit)| format!(" {count} {unit}")).unwrap_or_default();
    format!("{} {unit}{rest}", seconds / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_units() {
        for (seconds, told) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min 59 s"), (7_205, "2 h"), (90_000, "1 d 1 h")]
        {
            assert_eq!(short(seconds), told);
        }
    }
}
