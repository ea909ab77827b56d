//! The language of expectations: a verdict, its flags, and `name=value` pairs.
//!
//! ```text
//! token life=3600 refresh=ref-2       life=unknown|default|capped|SECONDS  access=TOKEN|any
//! registered key=uk-1
//! denied code=invalid_grant text="…"  code=none and text=none mean that there is none
//! passing wait=2                      wait=none|capped|SECONDS, or `never`  code= text=
//! malformed html|not-json             the names of `Oddity`; one with a member: missing:access_token   to=ORIGIN
//! unreachable maybe-sent              or not-sent; `never`: trying again cannot help
//! misuse                              refused before anything is sent
//! api status=401
//! ```
//! All take `sends=refresh,authenticate` (default: the vector's own exchange, once) and `refresh=` (default: what is
//! held did not change; `none`, `any`). What is not said is not compared, but an access token is `tok`.

use std::str::FromStr;

use crate::settings::Kind;

/// What a vector expects.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// The result.
    pub wanted: Wanted,
    /// The refresh token held afterwards.
    pub refresh: Refresh,
    /// The requests that the server sees, in order; `None` is the vector's exchange, once.
    pub sends: Option<Vec<Kind>>,
}

/// The result that is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// An access token; `access` is `None` for any.
    Token {
        /// The token itself.
        access: Option<String>,
        /// How long it lives.
        life: Life,
    },
    /// A registration's `user_key`.
    Registered(String),
    /// A refusal.
    Denied(Said),
    /// A passing fault.
    Passing(Wait, Said),
    /// A reply that is no answer.
    Malformed {
        /// Any of these oddities; none for any.
        oddities: Vec<String>,
        /// Where a redirect wanted us.
        to: Option<String>,
    },
    /// No reply.
    Unreachable {
        /// Whether a byte may have left.
        sent: Option<bool>,
        /// Whether trying again can help.
        again: bool,
    },
    /// The caller's mistake.
    Misuse,
    /// What the program gets of the API.
    Api(u16),
}

/// A code and a text; `None` is not compared, `Some(None)` is "there is none".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// The error code.
    pub code: Option<Option<String>>,
    /// The text.
    pub text: Option<Option<String>>,
}

/// A token's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Not compared.
    Any,
    /// So many seconds.
    Seconds(u64),
    /// What the dialect assumes where nobody says.
    Default,
    /// Not known.
    Unknown,
    /// Known and absurd: between one year and a hundred.
    Capped,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Not compared.
    Any,
    /// So many seconds; zero where the server did not say.
    Seconds(u64),
    /// At most a week and at least an hour.
    Capped,
    /// Trying again cannot help.
    Never,
}

/// The refresh token held afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// The same as before.
    Unchanged,
    /// None.
    Gone,
    /// Not compared.
    Any,
    /// This one.
    Is(String),
}

impl FromStr for Expect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = Words::split(text)?;
        let verdict = words.flags.first().cloned().ok_or("an expectation begins with a verdict")?;
        words.flags.remove(0);
        let wanted = match verdict.as_str() {
            "token" => Wanted::Token {
                access: match words.take("access") {
                    None => Some("tok".into()),
                    Some(any) if any == "any" => None,
                    access => access,
                },
                life: words.take("life").map_or(Ok(Life::Any), |life| Life::parse(&life))?,
            },
            "registered" => Wanted::Registered(words.take("key").ok_or("`registered` needs key=")?),
            "denied" => Wanted::Denied(words.said()),
            "passing" => {
                let wait = words.take("wait").map_or(Ok(Wait::Any), |wait| Wait::parse(&wait))?;
                Wanted::Passing(if words.flag("never") { Wait::Never } else { wait }, words.said())
            }
            "malformed" => {
                let oddities = if words.flags.is_empty() { String::new() } else { words.flags.remove(0) };
                let oddities = oddities.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect();
                Wanted::Malformed { oddities, to: words.take("to") }
            }
            "unreachable" => {
                let sent = if words.flag("maybe-sent") { Some(true) } else { words.flag("not-sent").then_some(false) };
                Wanted::Unreachable { sent, again: !words.flag("never") }
            }
            "misuse" => Wanted::Misuse,
            "api" => Wanted::Api(words.take("status").and_then(|it| it.parse().ok()).ok_or("`api` needs status=")?),
            other => return Err(format!("`{other}` is no verdict")),
        };
        let refresh = words.take("refresh").map_or(Refresh::Unchanged, |refresh| match refresh.as_str() {
            "none" => Refresh::Gone,
            "any" => Refresh::Any,
            _ => Refresh::Is(refresh),
        });
        let sends = words.take("sends").map(|sends| kinds(&sends)).transpose()?;
        words.end()?;
        Ok(Self { wanted, refresh, sends })
    }
}

impl Life {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "default" => Self::Default,
            "unknown" => Self::Unknown,
            "capped" => Self::Capped,
            seconds => Self::Seconds(seconds.parse().map_err(|_| format!("life={seconds} is no life"))?),
        })
    }
}

impl Wait {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "none" => Self::Seconds(0),
            "capped" => Self::Capped,
            seconds => Self::Seconds(seconds.parse().map_err(|_| format!("wait={seconds} is no wait"))?),
        })
    }
}

fn kinds(text: &str) -> Result<Vec<Kind>, String> {
    if text == "none" { Ok(Vec::new()) } else { text.split(',').map(str::parse).collect() }
}

/// An expectation's words, used up as they are understood.
struct Words {
    flags: Vec<String>,
    pairs: Vec<(String, String)>,
}

impl Words {
    /// Splits at blanks outside double quotes; in them, a backslash keeps the next character.
    fn split(text: &str) -> Result<Self, String> {
        let mut words = vec![String::new()];
        let (mut quoted, mut chars) = (false, text.chars());
        while let Some(c) = chars.next() {
            let word = words.last_mut().expect("there is always one word");
            match c {
                '"' => quoted = !quoted,
                '\\' if quoted => word.extend(chars.next()),
                ' ' if !quoted => words.push(String::new()),
                c => word.push(c),
            }
        }
        if quoted {
            return Err("a quote is not closed".into());
        }
        let (mut flags, mut pairs) = (Vec::new(), Vec::new());
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            match word.split_once('=') {
                Some((name, value)) => pairs.push((name.to_owned(), value.to_owned())),
                None => flags.push(word),
            }
        }
        Ok(Self { flags, pairs })
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(known, _)| known == name)?;
        Some(self.pairs.remove(at).1)
    }

    fn flag(&mut self, name: &str) -> bool {
        let at = self.flags.iter().position(|known| known == name);
        at.map(|at| self.flags.remove(at)).is_some()
    }

    fn said(&mut self) -> Said {
        let mut said = |name| self.take(name).map(|it| (it != "none").then_some(it));
        Said { code: said("code"), text: said("text") }
    }

    fn end(self) -> Result<(), String> {
        let left: Vec<_> = self.flags.into_iter().chain(self.pairs.into_iter().map(|(name, _)| name)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("not understood: {}", left.join(", "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_read() {
        let expect: Expect = "token life=3600 refresh=ref-2 sends=refresh,authenticate".parse().expect("it is right");
        assert_eq!(expect.wanted, Wanted::Token { access: Some("tok".into()), life: Life::Seconds(3600) });
        assert_eq!(expect.refresh, Refresh::Is("ref-2".into()));
        assert_eq!(expect.sends, Some(vec![Kind::Refresh, Kind::Authenticate]));
        let expect: Expect = r#"denied code=none text="a \"b\" = c""#.parse().expect("it is right");
        let text = Some(Some(r#"a "b" = c"#.to_owned()));
        assert_eq!(expect.wanted, Wanted::Denied(Said { code: Some(None), text }));
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in ["", "maybe", "token life=long", "token lief=3", "denied \"", "passing wait=x", "token x", "api"] {
            assert!(wrong.parse::<Expect>().is_err(), "{wrong}");
        }
    }
}
