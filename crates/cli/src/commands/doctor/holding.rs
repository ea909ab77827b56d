//! What the store holds of the login. It is read, and locked for a moment; nothing in it changes, but for a latch on what has
//! just worked.

use core::time::Duration;

use hallpass_client::Config;
use hallpass_client::clock::Clock;
use hallpass_client::record::Kept;
use hallpass_core::Secrets;
use hallpass_core::dialect::Held;
use hallpass_core::lifecycle::{Loaded, Mark};
use hallpass_core::wire::date::rfc_3339;
use hallpass_profile::{OpenStore, Profile};
use hallpass_store::{Store, StoreError, StoreTrouble};

use super::Patient;
use super::report::{Cause, Step};
use crate::failure::{Failure, Kind};
use crate::login;

/// Long enough to be given back at once.
const LEASE: Duration = Duration::from_secs(2);

/// What a login would start from.
pub(super) struct Holding {
    pub(super) held: Held,
    /// Of a refresh token whose answer was lost.
    pub(super) mark: Option<Mark>,
    /// The store, if it can be opened.
    opened: Option<OpenStore>,
}

impl Patient<'_> {
    /// What a login would start from.
    pub(super) fn store(&mut self, profile: &Profile, config: &Config) -> Holding {
        let mut holding = Holding {
            held: Held { user_key: config.get_user_key().cloned(), ..Held::default() },
            mark: None,
            opened: None,
        };
        let opened = match login::open(self.globals, profile) {
            Ok(opened) => opened,
            Err(failure) => {
                let cause = Cause::new("store", "the store cannot be opened", "correct `store`, or what it refers to");
                self.steps.push(Step::failed("store", failure, vec![cause]));
                return holding;
            }
        };
        let store = opened.store();
        let dialect = config.dialect();
        let of_login = |error| (error, "forget --force");
        let read = store.peek(&dialect.key()).map_err(of_login).and_then(|login| {
            let identity = dialect.identity().map(|key| store.peek(&key)).transpose();
            let identity = identity.map_err(|error| (error, "forget --force --user-key"))?.flatten();
            Ok((login, identity, free(&*store, config).map_err(of_login)?))
        });
        let (login, identity, free) = match read {
            Ok(read) => read,
            Err((error, way_out)) => {
                let (message, cause) = (format!("the store failed: {error}"), trouble(&error, way_out));
                self.steps.push(Step::failed("store", Failure::new(Kind::Store, message), vec![cause]));
                return holding;
            }
        };
        let key = identity.and_then(|loaded| loaded.record.held.user_key);
        holding.held.user_key = holding.held.user_key.or(key);
        if let Some(Loaded { record, .. }) = &login {
            holding.held.refresh_token.clone_from(&record.held.refresh_token);
            holding.mark.clone_from(&record.spending);
        }
        let mut causes: Vec<_> = login.as_ref().map(warnings).unwrap_or_default();
        if !free {
            causes.push(Cause::new(
                "store-locked",
                "another login of this profile is under way, or ended without giving its lock back",
                "wait for it; a lock that nobody holds any more ends by itself",
            ));
        }
        let kept = login.as_ref().map_or_else(|| "nothing is held".to_owned(), told);
        self.steps.push(Step::seen("store", format!("{opened}: {kept}"), causes));
        Holding { opened: Some(opened), ..holding }
    }

    /// The login works: these secrets are not left alone any more. Where the lock is busy or the store fails, they are, as the
    /// report says.
    pub(super) fn open_latch(&mut self, profile: &Profile, holding: &Holding, secrets: &Secrets) {
        let records = holding.opened.as_ref().and_then(|opened| profile.records_on(opened.store()).ok());
        let kept = records.and_then(|records| Kept::try_lock(&records, &records.dialect().key(), LEASE).ok()?);
        if kept.is_some_and(|kept| kept.open_latch(Clock::start().now(), secrets) == Ok(true)) {
            for step in &mut self.steps {
                step.settle("latched", "; it was left alone after a refusal, and is open again");
            }
        }
    }
}

/// Whether the login's record can be locked; it is given back at once.
fn free(store: &dyn Store, config: &Config) -> Result<bool, StoreError> {
    let lock = store.try_lock(&config.dialect().key(), LEASE)?;
    lock.map_or(Ok(false), |lock| lock.unlock().map(|()| true))
}

fn told(loaded: &Loaded) -> String {
    let now = Clock::start().now();
    let Some(grant) = &loaded.record.grant else { return "no access token is held".into() };
    match (grant.age(now, loaded.age), grant.life) {
        (Some(age), Some(life)) if age < life => {
            format!("a token with {} s to live", life.saturating_sub(age).as_secs())
        }
        (Some(_), Some(_)) => "an expired token: the next login replaces it".into(),
        (Some(age), None) => format!("a token of {} s, and nobody said how long it lives", age.as_secs()),
        (None, _) => "a token that claims to come from the future: the next login replaces it".into(),
    }
}

fn warnings(loaded: &Loaded) -> Vec<Cause> {
    let record = &loaded.record;
    let now = Clock::start().now();
    let latch = record.closed.as_ref().and_then(|closed| Some((closed, closed.remaining(now, loaded.age)?)));
    let latch = latch.map(|(closed, left)| {
        let why = closed.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let until = rfc_3339(now.after(left).wall);
        // What was refused beside a refresh token is proved by no other login.
        let (tried, way) = match record.held.refresh_token {
            Some(_) => ("", "import --force` of its refresh token"),
            None => ("a login that works here, or ", "forget`"),
        };
        Cause::new(
            "latched",
            format!("these credentials were refused{why}; they are left alone until {until}"),
            format!("a changed secret opens it at once, and so does {tried}`hallpass {way}"),
        )
    });
    let marked = record.spending.as_ref().map(|mark| {
        Cause::new(
            "marked",
            format!("a refresh token was sent at {} by {}, and its answer is not known", rfc_3339(mark.since), mark.by),
            "the next login authenticates anew; where it cannot, `hallpass import` takes a new refresh token",
        )
    });
    latch.into_iter().chain(marked).collect()
}

/// `way_out` forgets the record where no key opens it.
fn trouble(error: &StoreError, way_out: &str) -> Cause {
    match error.kind {
        StoreTrouble::Sealed => {
            let remedy =
                format!("put the key that it was sealed with into the store's `keys`, or `hallpass {way_out}` it");
            Cause::new("store-sealed", "what is held was sealed with another key", remedy)
        }
        StoreTrouble::Folder => {
            let remedy =
                "make it a folder of your own with mode 700 and only plain files of yours in it, or name another";
            Cause::new("store-folder", "the store's folder, or a file in it, cannot be used", remedy)
        }
        _ => {
            let remedy =
                "do what the message says; if it is a server, check that it runs, and that `store` names it rightly";
            Cause::new("store", "the store cannot be used", remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_files_is_not_told_to_run_or_to_become_a_folder_for_a_full_disk() {
        let told =
            trouble(&StoreError::new("cannot write /tokens/x: no space left: make room there"), "forget --force");
        assert!(told.remedy.starts_with("do what the message says; if it is a server, "), "{told:?}");
    }

    /// Servers and paths have words of their own.
    #[test]
    fn what_a_store_says_does_not_decide_what_is_told_about_it() {
        for said in ["NOPERM this user has no permissions to run the command", "cannot lock /folder/x: remove it"] {
            assert_eq!(trouble(&StoreError::new(said), "forget --force").id, "store", "{said}");
        }
    }
}
