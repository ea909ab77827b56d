//! What arrived.

use http::{HeaderMap, Method, Response};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
}

impl Recorder {
    pub(crate) fn new(kept: usize) -> Self {
        Self { kept, requests: Mutex::default() }
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
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        lock(&self.requests).iter().cloned().collect()
    }
}

/// A test's own panic while it holds a lock must not turn into a second one here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
