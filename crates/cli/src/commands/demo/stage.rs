//! Where the demo plays: a server whose records tell what happened.

use hallpass_core::Grant;
use hallpass_testkit::provider::Endpoint as At;
use hallpass_testserver::{Recorded, TestServer};
use http::{StatusCode, header};

use super::show;
use super::table::Mark;
use crate::failure::Failure;

/// The server, how many of its records were seen, and where the story goes.
pub(super) struct Stage<'s> {
    server: &'s TestServer,
    seen: usize,
    print: fn(&str) -> Result<(), Failure>,
}

/// A request as the server received it, and its answer.
pub(super) struct Exchange(pub(super) Recorded);

impl<'s> Stage<'s> {
    pub(super) fn new(server: &'s TestServer, print: fn(&str) -> Result<(), Failure>) -> Self {
        Self { server, seen: 0, print }
    }

    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        (self.print)(text)
    }

    pub(super) fn server(&self) -> &'s TestServer {
        self.server
    }

    /// Announces a step, does it, and prints each exchange that it led to.
    pub(super) fn step<T>(
        &mut self,
        name: &str,
        why: &str,
        act: impl FnOnce() -> T,
    ) -> Result<(T, Vec<Exchange>), Failure> {
        self.print(&show::step(name, why))?;
        let result = act();
        let new = self.server.requests().split_off(self.seen);
        self.seen += new.len();
        let exchanges: Vec<_> = new.into_iter().map(Exchange).collect();
        for exchange in &exchanges {
            self.print(&show::exchange(exchange))?;
        }
        Ok((result, exchanges))
    }

    /// Says what came of a step, if that is so.
    pub(super) fn outcome(&self, good: bool, what: &str) -> Result<Mark, Failure> {
        self.print(&show::outcome(good, what))?;
        Ok(Mark::of(good))
    }

    /// An error where there should be none is shown, and the demo goes on.
    pub(super) fn fine<T>(&self, result: Result<T, hallpass_core::Error>) -> Result<Option<T>, Failure> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => self.print(&show::error(&error)).map(|()| None),
        }
    }
}

impl Exchange {
    pub(super) fn status(&self) -> Option<StatusCode> {
        self.0.reply.as_ref().map(http::Response::status)
    }

    /// A member of the reply's JSON object.
    pub(super) fn replied(&self, name: &str) -> Option<String> {
        let object: serde_json::Value = serde_json::from_slice(self.0.reply.as_ref()?.body()).ok()?;
        object.get(name)?.as_str().map(str::to_owned)
    }

    /// A member of the request's body, whichever its format.
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        show::members(&self.0.body, self.0.header("content-type"))
            .into_iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Whether it asked for a token, or for a `user_key`, in the right place.
    pub(super) fn asked(&self, at: At) -> bool {
        self.0.target == at.path() && self.0.method == "POST"
    }

    /// Whether it was answered with this very token.
    pub(super) fn gave(&self, grant: &Grant) -> bool {
        self.replied("access_token").as_deref() == Some(grant.access_token().expose())
    }

    /// Whether it was a call with this very token, and how it was answered.
    pub(super) fn called(&self, grant: &Grant, status: StatusCode) -> bool {
        self.0.headers.get(header::AUTHORIZATION) == Some(grant.header_value()) && self.status() == Some(status)
    }
}

/// The one exchange that a step may have led to, if it asked in the right place.
pub(super) fn only(exchanges: &[Exchange], at: At) -> Option<&Exchange> {
    match exchanges {
        [exchange] if exchange.asked(at) => Some(exchange),
        _ => None,
    }
}
