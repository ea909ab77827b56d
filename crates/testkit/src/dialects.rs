//! Logins that only tests have.

use hallpass_core::dialect::{Ambiguity, Dialect, Exchange, Gain, Goal, Held, Key, PasswordForm, Refusal};
use hallpass_core::{Endpoint, Misuse, Now, Reply, Request, Secrets};

/// A login that was imported as a refresh token: it can refresh, and nothing else.
#[derive(Debug, Clone)]
pub struct Imported {
    url: Endpoint,
    form: PasswordForm,
    on_lost: Ambiguity,
}

impl Imported {
    /// One that refreshes at this URL.
    pub fn new(url: Endpoint) -> Self {
        Self { form: PasswordForm::new(url.clone(), ""), url, on_lost: Ambiguity::Stop }
    }

    /// Says what follows when a refresh was sent and its answer lost.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn on_lost_refresh(mut self, ambiguity: Ambiguity) -> Self {
        self.on_lost = ambiguity;
        self
    }
}

impl Dialect for Imported {
    fn key(&self) -> Key {
        Key::new("imported", &self.url)
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        match (goal, &held.refresh_token) {
            (Goal::Token, Some(_)) => Ok(Exchange::refresh().on_lost(self.on_lost)),
            _ => Err(Misuse::Secret { name: "refresh_token".into(), why: "none was imported".into() }),
        }
    }

    fn needs(&self, _exchange: Exchange) -> &[&'static str] {
        &[]
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse> {
        self.form.request(exchange, held, secrets, now)
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        self.form.read(exchange, reply)
    }
}
