//! `hallpass request`: one API call with the token, its body passed on as it comes.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use hallpass_blocking::Body;
use hallpass_client::call as rules;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, response};

use crate::answer::Answer;
use crate::args::{Globals, Request};
use crate::failure::{Failure, Kind};
use crate::login::Login;
use crate::written::Written;
use crate::{lost, output, target};

pub(super) fn run(globals: &Globals, args: &Request) -> Result<(), Failure> {
    Login::with(globals, &args.profile, |login| call(globals, args, login))
}

fn call(globals: &Globals, args: &Request, login: &Login<'_>) -> Result<(), Failure> {
    let client = login.client()?;
    let config = client.config();
    let endpoint = target::resolve(config.get_api_url(), &args.url)?;
    // Before stdin is read, and before a password command runs.
    if args.no_auth {
        rules::target(config, endpoint.uri())?;
    } else {
        rules::admit(config, endpoint.uri())?;
    }
    let method = method(args)?;
    let send_as = config.dialect().send_as();
    let headers = headers(args, (!args.no_auth).then(|| send_as.header()).as_ref())?;
    let mut request = http::Request::new(body(args)?);
    *request.method_mut() = method.clone();
    *request.uri_mut() = endpoint.uri().clone();
    *request.headers_mut() = headers;
    let mut sink = Sink::open(args.output.as_ref())?;

    let (response, sent) = if args.no_auth {
        (client.send_plain(request).map_err(|error| lost::explain(&method, error))?, Vec::new())
    } else {
        login.send(&client, request)?
    };
    let (head, mut body) = response.into_parts();
    let answer = Answer { method: &method, endpoint: &endpoint, head: &head, sent: &sent };
    output::verbose(globals, &answer.line());
    sink.begin()?;
    if args.include {
        sink.write(&head_bytes(&head))?;
    }
    sink.copy(&mut body, &answer, &args.profile)?;
    if let Some(to) = answer.leads_to() {
        output::note(globals, &format!("{}: it leads to {to}, and no redirect is followed", answer.line()));
    }
    let kept = sent.last().is_some_and(|token| login.gave(token)).then_some(args.profile.as_str());
    let advice = if args.no_auth { String::new() } else { answer.advice(kept) };
    answer.failure(&advice).map_or(Ok(()), Err)
}

fn method(args: &Request) -> Result<Method, Failure> {
    let default = if args.data.is_some() { "POST" } else { "GET" };
    let method = args.method.as_deref().unwrap_or(default);
    if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
        let upper = method.to_ascii_uppercase();
        return Err(Failure::usage(format!("-X: a method is written in upper case: did you mean {upper}?")));
    }
    let parsed = Method::from_bytes(method.as_bytes()).ok().filter(|method| *method != Method::CONNECT);
    parsed.ok_or_else(|| Failure::usage("-X: that is no method of an API call, such as GET, PUT or DELETE"))
}

/// What `-H` gives. The header that the token goes into is not the caller's to set: the token would take its place, and
/// nobody would be told. No text here repeats a header's value, which may be a secret.
fn headers(args: &Request, token: Option<&HeaderName>) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (place, text) in lines(args)? {
        let wrong = |why: &str| Failure::usage(format!("{place}: {why}"));
        let (name, value) = text.split_once(':').ok_or_else(|| wrong("write it as 'name: value'"))?;
        let name =
            HeaderName::try_from(name.trim()).map_err(|_| wrong("what stands before the colon is no header name"))?;
        let mut value = HeaderValue::try_from(value.trim())
            .map_err(|_| wrong("the value has a line break or another control character"))?;
        if rules::FRAMING_HEADERS.contains(&name) {
            return Err(wrong(&format!("`{name}` follows from the request and cannot be set")));
        }
        if token == Some(&name) {
            let why = format!("the profile's token is sent in `{name}`: leave the header out, or add --no-auth");
            return Err(wrong(&why));
        }
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

/// Each header that `-H` gives, and where it stands. An argument is seen by every user of the machine; a file is not.
fn lines(args: &Request) -> Result<Vec<(String, String)>, Failure> {
    let mut lines = Vec::new();
    for (number, given) in args.headers.iter().enumerate() {
        let Some(path) = given.strip_prefix('@') else {
            lines.push((format!("-H number {}", number + 1), given.clone()));
            continue;
        };
        let text =
            String::from_utf8(file("-H", path)?).map_err(|_| Failure::usage(format!("-H @{path}: not UTF-8")))?;
        let filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.extend(filled.map(|(number, line)| (format!("-H @{path}, line {}", number + 1), line.to_owned())));
    }
    Ok(lines)
}

/// The longest body; a device has no end.
const MOST: u64 = 256 * 1024 * 1024;

fn body(args: &Request) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match args.data.as_deref() {
        None => {}
        Some("-") => {
            let read = io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes);
            read.map_err(|error| Failure::usage(format!("-d -: stdin cannot be read: {error}")))?;
        }
        Some(data) => match data.strip_prefix('@') {
            Some(path) => bytes = file("-d", path)?,
            None => bytes = data.as_bytes().to_vec(),
        },
    }
    if bytes.len() as u64 > MOST {
        return Err(Failure::usage(
            "-d: it has more than 256 MiB, which are not held in memory: send it with another program, which has its \
             token from `hallpass token` or `hallpass exec`",
        ));
    }
    Ok(bytes)
}

fn file(option: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    let hint = if (option, path) == ("-d", "-") { "; stdin is `-d -`" } else { "" };
    read.map_err(|error| Failure::usage(format!("{option} @{path}: {error}{hint}")))?;
    Ok(bytes)
}

/// Status line and headers, names in lower case.
fn head_bytes(head: &response::Parts) -> Vec<u8> {
    let reason = head.status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("{:?} {} {reason}\r\n", head.version, head.status.as_u16()).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

fn more_time(profile: &str) -> String {
    format!("; raise `call_timeout` of profile `{profile}`, which is for the whole call, body included")
}

/// Where the answer goes.
enum Sink {
    /// Whether anybody still reads it.
    Stdout(bool),
    File(Written),
}

impl Sink {
    fn open(path: Option<&PathBuf>) -> Result<Self, Failure> {
        let path = path.filter(|path| path.as_os_str() != "-");
        path.map_or(Ok(Self::Stdout(true)), |path| Written::open("-o", path).map(Self::File))
    }

    fn begin(&mut self) -> Result<(), Failure> {
        if let Self::File(written) = self { written.begin() } else { Ok(()) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stdout(open) => {
                *open = *open && output::print_bytes(bytes)?;
                Ok(())
            }
            Self::File(written) => written.write(bytes),
        }
    }

    /// Passes the body on as it comes.
    fn copy(&mut self, body: &mut Body, answer: &Answer<'_>, profile: &str) -> Result<(), Failure> {
        let mut buffer = vec![0; 64 * 1024];
        while !matches!(self, Self::Stdout(false)) {
            match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => self.write(&buffer[..length])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let message =
                        format!("{}, but its body broke off: {error}; what was written is incomplete", answer.line());
                    let failure = Failure::new(Kind::Unreachable, message).said(answer.head.status, None);
                    // A next try would have no more time.
                    let late = error.kind() == io::ErrorKind::TimedOut;
                    let failure = if late { failure.with(&more_time(profile)) } else { failure };
                    return Err(match lost::advice(answer.method) {
                        Some(advice) => failure.with(&format!("; {advice}")),
                        None if late => failure,
                        None => failure.may_pass(None),
                    });
                }
            }
        }
        Ok(())
    }
}
