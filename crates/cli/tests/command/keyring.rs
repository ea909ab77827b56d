//! Secrets from the system's keyring, and tokens sealed with a key from there.

use hallpass_testserver::keyring::Keyring;

use crate::world::{CLIENT_SECRET, Home, Ran, SECRETS, profile, server};

fn home(origin: &str, more: &str) -> Home {
    let text = profile(origin, more).replace(&format!("'{CLIENT_SECRET}'"), "{ keyring = 'reports/of/reports' }");
    Home::new(&text)
}

fn run(keyring: &Keyring, home: &Home, args: &[&str]) -> Ran {
    Ran::of(keyring.meet(&mut home.command(args)).output().expect("it runs"))
}

#[test]
fn a_secret_comes_from_there_and_tokens_are_sealed() {
    let (server, keyring) = (server(), Keyring::unlocked().expect("a keyring"));
    let home = home(&server.origin(), "store = 'keyring'");
    let missing = run(&keyring, &home, &["token", "x"]);
    assert!(missing.code == 2 && missing.err.contains("no such entry"), "{}", missing.err);
    keyring.put("reports/of", "reports", CLIENT_SECRET).expect("it is put there");
    let token = run(&keyring, &home, &["token", "x"]).fine().out;
    assert_eq!(run(&keyring, &home, &["token", "x"]).fine().out, token);
    assert_eq!(server.requests().len(), 1, "it was kept");
    assert!(run(&keyring, &home, &["status", "x"]).fine().out.contains("keyring"));
    let kept = keyring.home().join("state/hallpass/keyring");
    let found = std::process::Command::new("grep").args(["-rF", token.trim()]).arg(kept).status();
    assert_eq!(found.expect("grep runs").code(), Some(1), "it is sealed");
}

/// Never in plain text instead.
#[test]
fn without_a_keyring_nothing_is_kept_and_nothing_sent() {
    let (server, bus) = (server(), Keyring::none().expect("a bus"));
    let stored = Home::new(&profile(&server.origin(), "store = 'keyring'"));
    for (home, code) in [(stored, 2), (home(&server.origin(), ""), 2)] {
        let ran = run(&bus, &home, &["token", "x"]);
        assert!(ran.code == code && ran.err.contains("no keyring can be reached"), "{} {}", ran.code, ran.err);
        ran.hides(&SECRETS);
    }
    assert!(server.requests().is_empty());
    assert!(!bus.home().join("state/hallpass/keyring").exists(), "nothing was written");
}
