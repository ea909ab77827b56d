//! Where the demo plays: a server whose records tell what happened.

use hallpass_testkit::provider::Provider;
use hallpass_testserver::{Recorded, TestServer};
use http::{Request, Response};

use super::show;
use crate::failure::Failure;

/// The server, how many of its records were seen, and where the story goes.
pub(super) struct Stage<'s> {
    server: &'s TestServer,
    seen: usize,
    print: fn(&str) -> Result<(), Failure>,
}

/// A request as the server received it, and its answer.
pub(super) struct Exchange {
    pub(super) request: Recorded,
    pub(super) reply: Response<Vec<u8>>,
}

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
        let before = self.server.with_provider(|provider| provider.clone());
        let result = act();
        let exchanges = self.exchanges(before);
        for exchange in &exchanges {
            self.print(&show::exchange(exchange))?;
        }
        Ok((result, exchanges))
    }

    /// The server keeps requests only. Its provider answers the same requests in the same way each time, so a copy from
    /// before says again what was answered.
    fn exchanges(&mut self, mut before: Provider) -> Vec<Exchange> {
        let new = self.server.requests().split_off(self.seen);
        self.seen += new.len();
        let answer = |request: Recorded| {
            let mut asked = Request::new(request.body.clone());
            *asked.method_mut() = request.method.clone();
            *asked.uri_mut() = request.target.parse().unwrap_or_default();
            *asked.headers_mut() = request.headers.clone();
            let reply = before.handle(self.server.now(), &asked);
            Exchange { request, reply }
        };
        new.into_iter().map(answer).collect()
    }
}

impl Exchange {
    /// A member of the reply's JSON object.
    pub(super) fn replied(&self, name: &str) -> Option<String> {
        let object: serde_json::Value = serde_json::from_slice(self.reply.body()).ok()?;
        object.get(name)?.as_str().map(str::to_owned)
    }

    /// A member of the request's body, whichever its format.
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        show::members(&self.request.body, self.request.header("content-type"))
            .into_iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }
}
