//! `hallpass serve`: what it prints is a file of profiles that works.

use std::io::Read;
use std::process::{Child, Stdio};

use crate::world::{DIALECTS, Home};

/// A server that ends with the test.
struct Serving(Child);

impl Serving {
    fn start(home: &Home, args: &[&str]) -> (Self, String) {
        let mut child = home.command(args).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut stdout = child.stdout.take().expect("piped");
        let serving = Self(child);
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&bytes).ends_with("# End of the profiles.\n") {
            let length = stdout.read(&mut buffer).expect("readable");
            assert!(length > 0, "it ended: {}", String::from_utf8_lossy(&bytes));
            bytes.extend_from_slice(&buffer[..length]);
        }
        (serving, String::from_utf8(bytes).expect("UTF-8"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn try_out(home: &Home, profiles: &str) {
    home.write("hallpass.toml", profiles.as_bytes());
    let key = home.run(&["register", "user-key"]).fine().out;
    let line = format!("user_key = \"{}\"", key.trim_end());
    let profiles = profiles.replace("# user_key = \"…\"", &line);
    home.write("hallpass.toml", profiles.as_bytes());
    for name in DIALECTS {
        let ran = home.run(&["check", name]).fine();
        assert!(ran.out.starts_with(&format!("{name}: fine.")), "{ran:?}");
    }
    for name in ["auth0-json", "basic-form"] {
        let ran = home.run(&["forget", name, "--revoke"]).fine();
        assert!(ran.out.starts_with(&format!("{name}: revoked ")) && !ran.out.contains(" 0 tokens"), "{ran:?}");
    }
}

#[test]
fn what_it_prints_is_a_file_of_profiles() {
    let home = Home::new("");
    let (_serving, profiles) = Serving::start(&home, &["serve"]);
    assert!(profiles.starts_with("# hallpass test server: http://127.0.0.1:"), "{profiles}");
    try_out(&home, &profiles);
}

/// 0.0.0.0 is no loopback address, so without a word about it nothing is sent there in the clear.
#[cfg(unix)]
#[test]
fn on_every_address_its_profiles_work_too() {
    let home = Home::new("");
    for tls in [&[][..], &["--tls"]] {
        let (_serving, profiles) = Serving::start(&home, &[&["serve", "--listen", "0.0.0.0:0"][..], tls].concat());
        try_out(&home, &profiles);
    }
}

/// The tokens of the last start are refused, and what comes then is new.
#[test]
fn a_profile_outlives_a_restart_on_the_same_port() {
    let home = Home::new("");
    let (serving, profiles) = Serving::start(&home, &["serve"]);
    home.write("hallpass.toml", profiles.as_bytes());
    let check = || {
        for name in ["auth0-json", "password-form"] {
            home.run(&["check", name]).fine();
        }
    };
    check();
    drop(serving);
    let (_, address) = profiles.lines().next().and_then(|line| line.split_once("//")).expect("its origin");
    let (_serving, again) = Serving::start(&home, &["serve", "--listen", address]);
    assert_eq!(again, profiles);
    check();
}

#[test]
fn with_tls_it_names_the_authority() {
    let home = Home::new("");
    let (_serving, profiles) = Serving::start(&home, &["serve", "--tls", "--ca-out", "my ca.pem"]);
    assert!(profiles.contains("https://127.0.0.1:") && !profiles.contains("http://"), "{profiles}");
    assert!(home.path("my ca.pem").exists());
    let elsewhere = Home::new("");
    try_out(&elsewhere, &profiles);
}

#[test]
fn a_name_to_listen_on_is_told_the_address() {
    let ran = Home::new("").run(&["serve", "--listen", "localhost:8443"]);
    assert!(ran.code == 2 && ran.err.contains("not a name: try 127.0.0.1:8443"), "{ran:?}");
}

#[test]
fn an_address_that_is_taken_is_a_usage_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ran = Home::new("").run(&["serve", "--listen", &address, "--errors", "json"]);
    assert_eq!((ran.code, ran.error()["kind"].as_str()), (2, Some("usage")), "{ran:?}");
}
