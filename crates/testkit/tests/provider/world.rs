//! A provider, a clock that the test turns, and requests in one line.

use std::time::Duration;

use hallpass_testkit::provider::{Provider, ProviderConfig};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use time::UtcDateTime;

pub(crate) const DEMO_BASIC: (&str, &str) = ("authorization", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=");

pub(crate) struct World {
    pub(crate) provider: Provider,
    pub(crate) now: UtcDateTime,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) fn new(change: impl FnOnce(&mut ProviderConfig)) -> Self {
        let mut config = ProviderConfig::default();
        change(&mut config);
        let now = UtcDateTime::from_unix_timestamp(784_111_777).unwrap();
        Self { provider: Provider::new(config), now }
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, body) = self.provider.handle(self.now, &request.body(body.to_vec()).unwrap()).into_parts();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub(crate) fn form(&mut self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let form = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[&[form], headers].concat(), body.as_bytes())
    }

    pub(crate) fn json(&mut self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub(crate) fn call(&mut self, path: &str, token: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], b"")
    }
}

impl Answer {
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A string member that must be there.
    pub(crate) fn text(&self, member: &str) -> String {
        self.value()[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.value())).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn is_error(&self, status: u16, error: &str) -> bool {
        self.status == status && self.value()["error"] == error
    }
}
