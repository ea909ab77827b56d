//! One case: a login, the reply it gets, and what must come of it. It needs nothing beside itself and the time.

use hallpass_core::Now;

use crate::check;
use crate::expect::Expect;
use crate::login::Login;
use crate::outcome::Outcome;
use crate::placeholder::{TOKEN, Values};
use crate::reply::{Canned, Wire};
use crate::request::Wanted;
use crate::settings::{Exchange, Kind};

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The class that it is counted in.
    pub class: String,
    /// The vector's name, unique in its class.
    pub vector: String,
    /// The exchange whose reply is under test.
    pub exchange: Exchange,
    /// The client's side.
    pub login: Login,
    /// The server's side; placeholders not filled yet.
    pub reply: Template,
    /// What must come of it.
    pub expect: Expect,
    /// How the first request must look.
    pub request: Option<Wanted>,
    /// What may be printed nowhere, beside the login's secrets.
    pub hides: Vec<String>,
    /// What an error must say.
    pub shows: Vec<String>,
    /// Why this vector is believed right although hallpass differs; it must differ then.
    pub disputed: Option<String>,
}

/// A reply whose placeholders are not filled yet.
#[derive(Debug, Clone)]
pub struct Template {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// How it travels.
    pub wire: Wire,
    /// Whether every request of that kind gets it, not only the first.
    pub again: bool,
}

impl Case {
    /// `class/vector dialect/exchange`.
    pub fn name(&self) -> String {
        let exchange = format!("{:?}/{:?}", self.exchange.dialect, self.exchange.kind).to_lowercase();
        format!("{}/{} {exchange}", self.class, self.vector)
    }

    /// The answer to the `nth` request, counted from 0: what a script for each connection is made of.
    ///
    /// A login's first request gets the vector's reply, and any further one a good reply with the token `second`. Where
    /// the API's reply is under test, its calls alternate with logins: token, call, token, call.
    pub fn answer(&self, nth: usize, now: Now) -> Result<Canned, String> {
        let is_api = self.exchange.kind == Kind::Api;
        let under_test = usize::from(is_api);
        let same_kind = !is_api || nth % 2 == under_test;
        if nth == under_test || (self.reply.again && same_kind && nth > under_test) {
            return self.canned(now);
        }
        Ok(Canned::json(match nth {
            0 => TOKEN,
            _ if is_api && same_kind => r#"{"pong":true}"#,
            _ => r#"{"access_token":"second","token_type":"Bearer","expires_in":3600}"#,
        }))
    }

    /// The reply under test.
    pub fn canned(&self, now: Now) -> Result<Canned, String> {
        let values = Values { now: now.wall, login: &self.login };
        let headers = self.reply.headers.iter().map(|(name, value)| Ok((name.clone(), values.fill(value)?)));
        Ok(Canned {
            status: self.reply.status,
            headers: headers.collect::<Result<_, String>>()?,
            body: values.fill(&self.reply.body)?,
            wire: self.reply.wire,
        })
    }

    /// How the outcome differs from what must come of it.
    pub fn differences(&self, outcome: &Outcome) -> Vec<String> {
        check::differences(self, outcome)
    }
}

#[cfg(test)]
mod tests {
    use crate::core_mount::now;
    use crate::vector::read;

    #[test]
    fn the_reply_under_test_comes_in_its_turn() {
        let text = r#"x = [ { name = "login", exchange = "basic-form/refresh", status = 400, body = "under test", expect = "denied" },
            { name = "call", exchange = "basic-form/api", status = 401, body = "under test", expect = "api status=200" },
            { name = "calls", exchange = "basic-form/api", status = 401, again = true, body = "under test", expect = "api status=401" } ]"#;
        let cases = read("x.toml", text).expect("it is right");
        let expected = [
            ["under test", "second", "second", "second"],
            ["tok\"", "under test", "second", "pong"],
            ["tok\"", "under test", "second", "under test"],
        ];
        for (case, expected) in cases.iter().zip(expected) {
            for (nth, part) in expected.into_iter().enumerate() {
                let body = case.answer(nth, now()).expect("it can be filled").body;
                assert!(String::from_utf8_lossy(&body).contains(part), "{} {nth}: {part}", case.name());
            }
        }
    }
}
