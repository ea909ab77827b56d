//! What the index of rules names is really there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hallpass_conformance::rules::{RULES, TRAPS};
use hallpass_conformance::suite::TESTS;
use hallpass_conformance::{Case, cases};

/// Why a witness does not exist.
fn missing(witness: &str, cases: &[Case]) -> Option<String> {
    if let Some((file, test)) = witness.split_once(' ') {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file));
        let found = text.is_ok_and(|text| {
            text.contains(&format!("#[test]\nfn {test}()")) || text.contains(&format!("#[test]\n    fn {test}()"))
        });
        return (!found).then(|| format!("{file} has no test {test}"));
    }
    let found = match witness.split_once('/') {
        _ if witness.contains("::") => TESTS.contains(&witness),
        Some((class, vector)) => cases.iter().any(|case| case.class == class && case.vector == vector),
        None => cases.iter().any(|case| case.class == witness),
    };
    (!found).then(|| format!("there is no {witness}"))
}

#[test]
fn every_rule_and_every_trap_is_shown_by_something_that_exists() {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    let numbers: Vec<_> = RULES.iter().filter_map(|rule| rule.number).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<u8>>());
    for rule in RULES.iter().chain(TRAPS) {
        assert!(!rule.shown_by.is_empty(), "{}", rule.says);
        let missing: Vec<_> = rule.shown_by.iter().filter_map(|witness| missing(witness, &cases)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", rule.says);
    }
}

#[test]
fn a_witness_that_is_gone_is_noticed() {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    for wrong in ["lief", "life/never", "tls::bad", "tests/tests/rules.rs no_such_test", "no/such/file.rs test"] {
        assert!(missing(wrong, &cases).is_some(), "{wrong}");
    }
    assert_eq!(missing("tests/tests/rules.rs a_witness_that_is_gone_is_noticed", &cases), None);
}

/// A test of the suite that no driver runs would be worse than none.
#[test]
fn every_function_of_the_suite_is_mounted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suite");
    let mut written = BTreeSet::new();
    for file in fs::read_dir(folder).expect("the suite's folder") {
        let path = file.expect("a file").path();
        let module = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let text = fs::read_to_string(&path).expect("text");
        let names = text.lines().filter_map(|line| line.strip_prefix("pub fn ")?.strip_suffix("<D: Driver>() {"));
        written.extend(names.map(|name| format!("{module}::{name}")));
    }
    assert_eq!(written, TESTS.iter().map(|&test| test.to_owned()).collect());
}
