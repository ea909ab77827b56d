//! Files that a machine does again, that were changed, and that are no traces.

use hallpass_testkit::world::{self, Bounds};

use super::round_trips;
use crate::world::{Home, profiles, server};

#[test]
fn where_a_trace_was_tampered_with_is_told() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let (_, file) = round_trips(&home, &["basic-form"]);
    for (line, from, to) in [
        (3, "\"lease_ns\":45", "\"lease_ns\":46"),
        (6, "\"status\":200", "\"status\":500"),
        (6, "access-token-1", "access-token-2"),
        (5, "authorization", "x-authorization"),
        (8, "\"unsaved\":false", "\"unsaved\":true"),
        (3, "\"record\":\"login\"},\"at\"", "\"record\":\"login\"},\"was\":1,\"at\""),
        (6, "\"seed\":", "\"seed\":7,\"was\":"),
    ] {
        let bent = file.replacen(from, to, 1);
        assert_ne!(bent, file, "{from}");
        home.write("bent.jsonl", bent.as_bytes());
        let ran = home.run(&["trace", "--replay", "bent.jsonl"]);
        match to {
            // What nobody reads makes no difference.
            to if to.contains("\"was\":1") => drop(ran.fine()),
            _ => assert!(ran.code == 1 && ran.err.contains(&format!("differs at line {line}.")), "{to}: {}", ran.err),
        }
    }
    let lines: Vec<_> = file.lines().collect();
    let without = [&lines[..2], &lines[3..]].concat().join("\n");
    home.write("bent.jsonl", without.as_bytes());
    let ran = home.run(&["trace", "--replay", "bent.jsonl"]);
    assert!(ran.code == 1 && ran.err.contains("differs at line 3."), "{}", ran.err);
}

#[test]
fn what_is_no_trace_is_refused_in_words() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let (_, file) = round_trips(&home, &["auth0-json"]);
    let lines: Vec<_> = file.lines().collect();
    let cut = lines[..lines.len() - 1].join("\n");
    for (text, why) in [
        (String::new(), "this is no trace"),
        ("hello\n".to_owned(), "this is no trace"),
        ("{}\n".to_owned(), "this is no trace"),
        ("{\"hallpass_trace\":1}\n".to_owned(), "line 1 cannot be read"),
        ("{\"hallpass_trace\":7}\n".to_owned(), "version 7"),
        (cut, "it was cut"),
        (file.replace("\"effect\":\"lock\"", "\"effect\":\"dance\""), "line 3 cannot be read"),
        (file.replacen("{\"effect\"", "{\"effect", 1), "line 2 cannot be read: it is no JSON"),
        (file.replace("[profiles.traced]", "[profiles.other]"), "its profile is none"),
        (file.replace("auth0-json", "auth1-json"), "makes no sense"),
        ("{\"hallpass_trace\":1,\"of\":\"world\"}".to_owned(), "no `seed`"),
        ("{\"hallpass_trace\":1,\"of\":\"world\",\"seed\":1,\"instances\":99}".to_owned(), "`instances`"),
    ] {
        home.write("bad.jsonl", text.as_bytes());
        let ran = home.run(&["trace", "--replay", "bad.jsonl"]);
        assert!(ran.code == 2 && ran.err.contains(why), "{why}: {ran:?}");
    }
    home.write("bad.jsonl", b"\xff\xfe");
    assert!(home.run(&["trace", "--replay", "bad.jsonl"]).err.contains("no text"));
    assert_eq!(home.run(&["trace", "--replay", "none.jsonl"]).code, 2);
    assert_eq!(home.run(&["trace"]).code, 2);
}

/// A file from anywhere is only told and computed with.
#[test]
fn a_trace_runs_no_program_and_reads_no_file() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let (_, file) = round_trips(&home, &["auth0-json"]);
    let told = "client_id = \\\"client-id-redacted\\\"";
    for evil in
        ["client_id = { command = [\\\"touch\\\", \\\"ran\\\"] }", "ca_file = \\\"none\\\"\\nclient_id = \\\"x\\\""]
    {
        let bent = file.replacen(told, evil, 1);
        assert_ne!(bent, file);
        home.write("bent.jsonl", bent.as_bytes());
        home.run(&["trace", "--replay", "bent.jsonl"]).fine();
        assert!(!home.path("ran").exists());
    }
}

#[test]
fn a_world_is_done_again_from_the_same_kind_of_file() {
    let home = Home::new("");
    let text = world::trace(5, &Bounds::default());
    home.write("world.jsonl", text.as_bytes());
    let ran = home.run(&["trace", "--replay", "world.jsonl"]).fine();
    assert!(ran.out.contains("The same again"), "{ran:?}");
    home.write("world.jsonl", text.replacen("peek", "peep", 1).as_bytes());
    let ran = home.run(&["trace", "--replay", "world.jsonl"]);
    assert!(ran.code == 1 && ran.err.contains("peep"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_trace_may_come_through_a_pipe() {
    let text = world::trace(5, &Bounds::default());
    let ran = Home::new("").run_with_stdin(&["trace", "--replay", "/dev/stdin"], text.as_bytes()).fine();
    assert!(ran.out.contains("The same again"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_no_trace() {
    let ran = Home::new("").run(&["trace", "--replay", "/dev/zero"]);
    assert!(ran.code == 2 && ran.err.contains("more than 64 MiB"), "{ran:?}");
}
