//! What arrived.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Method, Response};
use serde_json::Value;

/// How many requests a server remembers unless it is told otherwise.
pub(crate) const KEPT: usize = 10_000;

/// One request as a server received it, credentials and all.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// Path and query as they stood in the request line.
    pub target: String,
    /// The headers, in the order they came.
    pub headers: HeaderMap,
    /// The body, after a transfer coding was undone.
    pub body: Vec<u8>,
    /// On which connection it came, counted from 0.
    pub connection: usize,
    /// What it was answered. `None` where a script plays, which is not bound to answer at all.
    pub reply: Option<Response<Vec<u8>>>,
}

impl Recorded {
    /// A header's first value, if it came and is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A field of a form, the first of its name.
    ///
    /// ```
    /// let server = hallpass_testserver::TestServer::start()?;
    /// let sent = ureq::post(server.url("/oauth/token")).config().http_status_as_error(false).build();
    /// sent.send_form([("grant_type", "client credentials")])?;
    /// assert_eq!(server.requests()[0].form("grant_type").as_deref(), Some("client credentials"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn form(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// What a JSON body has at this pointer (RFC 6901).
    ///
    /// ```
    /// let server = hallpass_testserver::TestServer::start()?;
    /// let sent = ureq::post(server.url("/oauth/token")).config().http_status_as_error(false).build();
    /// sent.send(r#"{"audience":"demo-api"}"#)?;
    /// assert_eq!(server.requests()[0].json("/audience").expect("it was sent"), "demo-api");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json(&self, pointer: &str) -> Option<Value> {
        serde_json::from_slice::<Value>(&self.body).ok()?.pointer(pointer).cloned()
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The last requests, so that a server that runs for months does not grow.
#[derive(Debug)]
pub(crate) struct Recorder {
    kept: usize,
    requests: Mutex<VecDeque<Recorded>>,
    came: Condvar,
}

impl Recorder {
    pub(crate) fn new(kept: usize) -> Self {
        Self { kept, requests: Mutex::default(), came: Condvar::new() }
    }

    pub(crate) fn push(&self, request: Recorded) {
        if self.kept == 0 {
            return;
        }
        let mut requests = lock(&self.requests);
        if requests.len() == self.kept {
            requests.pop_front();
        }
        requests.push_back(request);
        self.came.notify_all();
    }

    /// Waits until that many are kept. False if that took longer than `within`.
    pub(crate) fn wait_for(&self, count: usize, within: Duration) -> bool {
        let fewer = |requests: &mut VecDeque<_>| requests.len() < count;
        let waited = self.came.wait_timeout_while(lock(&self.requests), within, fewer);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        lock(&self.requests).iter().cloned().collect()
    }
}

/// A test's own panic while it holds a lock must not turn into a second one here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
