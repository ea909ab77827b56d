//! Histories that have broken an invariant once: each is played again, and must break none.

use std::fs;
use std::path::Path;

use hallpass_testkit::world;

#[test]
fn what_has_broken_an_invariant_once_breaks_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let files = fs::read_dir(&folder).expect("the folder is there").map(|entry| entry.expect("a file").path());
    let mut played = 0;
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "jsonl")) {
        let text = fs::read_to_string(&file).expect("it can be read");
        let (seed, bounds) = world::named(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        let report = world::tell(seed, &bounds);
        assert_eq!(report.violation, None, "{}: {:#?}", file.display(), report.history);
        played += 1;
    }
    assert!(played > 0, "no history lies in {}", folder.display());
}

#[test]
fn a_text_that_is_no_worlds_trace_says_what_is_wrong_with_it() {
    let version = hallpass_core::trace::VERSION;
    let world = |more: &str| format!("{{\"hallpass_trace\":{version},\"of\":\"world\"{more}}}");
    for (text, what) in [
        (String::new(), "this is no trace"),
        (format!("{{\"hallpass_trace\":{version}}}"), "line 1 cannot be read: it is no world's"),
        (world(""), "line 1 cannot be read: it has no `seed`"),
        (world(",\"seed\":1,\"instances\":17"), "`instances` is 1 to 16"),
        (world(",\"seed\":1,\"without\":[\"rain\"]"), "it is without \"rain\", which is no fault"),
        (world(",\"seed\":1,\"spared\":[128]"), "it spares 128: 0 to 127 are meant"),
    ] {
        let error = world::named(&text).expect_err(&text);
        assert!(error.to_string().contains(what), "{text}: {error}");
        assert_eq!(world::replay(&text), Err(error));
    }
}

/// What proves that it can fail: a bug's history is short, breaks the same invariant again, and none without the bug.
#[cfg(feature = "plant")]
#[test]
fn a_planted_bug_leaves_a_short_history_that_shows_it_again() {
    use hallpass_testkit::world::{Bounds, Bug, Planted};

    for bug in [Bug::SendsMarked, Bug::NoMark, Bug::PublishesFirst, Bug::LoserOverwrites] {
        let planted = Planted::new(Some(bug));
        let whole = Bounds::default();
        let seed = (0..2000).find(|seed| world::run(*seed, &whole).violation.is_some()).expect("a world shows it");
        let (shorter, report) = world::shortest(seed, &whole);
        let text = world::trace(seed, &shorter);
        assert!(report.history.len() < 80, "{}: {} lines", bug.name(), report.history.len());
        let (seed, bounds) = world::named(&text).expect("it is a trace");
        assert_eq!(world::run(seed, &bounds).violation, report.violation, "{}", bug.name());
        drop(planted);
        assert_eq!(world::run(seed, &bounds).violation, None, "{}", bug.name());
    }
}
