//! A token endpoint that costs next to nothing, so that it does not hide what the client costs.
//!
//! It reads requests far enough to tell where they end, and answers each with the same bytes in one write. It allocates
//! nothing per request, so allocations that are counted meanwhile are the client's.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Starts a server on a free loopback port and returns its URL. It answers with `body` until the process ends.
///
/// ```
/// let url = hallpass_bench::server::start("{}")?;
/// assert_eq!(ureq::post(url).send("a=b")?.body_mut().read_to_string()?, "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start(body: &str) -> io::Result<String> {
    Ok(Server::start(&Plan { body: body.into(), ..Plan::default() })?.url)
}

/// How a server answers.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What it grants.
    pub body: String,
    /// What it grants the first who asks, if that is another.
    pub first: Option<String>,
    /// How long it takes.
    pub delay: Duration,
    /// How many requests fail before one is granted.
    pub failures: usize,
}

/// A server that counts.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its token endpoint.
    pub url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts it; it answers until the process ends.
    pub fn start(plan: &Plan) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}/oauth/token", listener.local_addr()?);
        let requests = Arc::new(AtomicUsize::new(0));
        let (counted, answers) = (requests.clone(), Arc::new(Answers::new(plan)));
        thread::Builder::new().name("server".into()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, counted) = (answers.clone(), counted.clone());
                let serving = thread::Builder::new().stack_size(STACK);
                drop(serving.spawn(move || serve(stream, &answers, &counted)));
            }
        })?;
        Ok(Self { url, requests })
    }

    /// How many requests it has had.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// A thousand clients may come at once.
const STACK: usize = 128 * 1024;

/// Made before anybody asks.
struct Answers {
    plan: Plan,
    failure: Vec<u8>,
    first: Vec<u8>,
    grant: Vec<u8>,
}

impl Answers {
    fn new(plan: &Plan) -> Self {
        let reply = |status: &str, body: &str| {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\ndate: Sat, 01 Jan 2022 00:00:00 GMT\r\ncontent-type: application/json\r\n\
                 cache-control: no-store\r\npragma: no-cache\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            head.into_bytes()
        };
        Self {
            failure: reply("500 Internal Server Error", "{}"),
            first: reply("200 OK", plan.first.as_ref().unwrap_or(&plan.body)),
            grant: reply("200 OK", &plan.body),
            plan: plan.clone(),
        }
    }

    fn to(&self, request: usize) -> &[u8] {
        match request.checked_sub(self.plan.failures) {
            None => &self.failure,
            Some(0) => &self.first,
            Some(_) => &self.grant,
        }
    }
}

/// Answers until the client leaves.
fn serve(mut stream: TcpStream, answers: &Answers, requests: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 16 * 1024];
    let mut filled = 0;
    loop {
        while let Some(length) = request_length(&buffer[..filled]).filter(|length| *length <= filled) {
            buffer.copy_within(length..filled, 0);
            filled -= length;
            let request = requests.fetch_add(1, Ordering::SeqCst);
            if !answers.plan.delay.is_zero() {
                thread::sleep(answers.plan.delay);
            }
            stream.write_all(answers.to(request))?;
        }
        match stream.read(&mut buffer[filled..])? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
}

/// The length of the first request, head and body; `None` while its head is not whole.
fn request_length(bytes: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let mut lines = bytes[..head].split(|byte| *byte == b'\n');
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value.trim_ascii())
    });
    let body = length.and_then(|text| str::from_utf8(text).ok()?.parse::<usize>().ok());
    Some(head + body.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_where_its_body_does() {
        assert_eq!(request_length(b"GET / HTTP/1.1\r\n"), None);
        assert_eq!(request_length(b"GET / HTTP/1.1\r\n\r\nGET"), Some(18));
        assert_eq!(request_length(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), Some(41));
    }
}
