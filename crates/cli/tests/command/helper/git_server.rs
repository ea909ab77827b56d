//! A repository over http that wants Basic authorization, as git's dumb protocol reads it: files.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use hallpass_core::Secret;
use hallpass_core::wire::basic::{BasicEncoding, authorization};

/// Serves the files of a folder to whoever brings the password that counts now.
pub(super) struct GitServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    password: Mutex<String>,
    refused: Mutex<Vec<String>>,
}

impl GitServer {
    pub(super) fn start(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared { folder, password: Mutex::default(), refused: Mutex::default() });
        let theirs = shared.clone();
        // It ends with the tests: nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = theirs.clone();
                thread::spawn(move || shared.serve(stream.expect("a connection")));
            }
        });
        Self { address, shared }
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn accept(&self, password: &str) {
        password.clone_into(&mut self.shared.password.lock().expect("no panic"));
    }

    /// Every authorization that was not right.
    pub(super) fn refused(&self) -> Vec<String> {
        self.shared.refused.lock().expect("no panic").clone()
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines().map_while(Result::ok);
        let Some(line) = lines.next() else { return };
        let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        let path = line.split(['?', ' ']).nth(1).unwrap_or_default().trim_start_matches('/');
        let sent = head.iter().find_map(|line| line.strip_prefix("Authorization: "));
        let password = Secret::new(self.password.lock().expect("no panic").as_str());
        let wanted = authorization("oauth2", &password, BasicEncoding::Raw).expect("plain");
        let (status, body) = match sent {
            Some(sent) if sent.as_bytes() == wanted.as_bytes() => match std::fs::read(self.folder.join(path)) {
                Ok(bytes) => ("200 OK", bytes),
                Err(_) => ("404 Not Found", Vec::new()),
            },
            sent => {
                self.refused.lock().expect("no panic").extend(sent.map(str::to_owned));
                ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"", Vec::new())
            }
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    }
}
