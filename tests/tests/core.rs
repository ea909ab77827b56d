//! The suite on the bare core.

use hallpass_conformance::bad::volume::Volume;
use hallpass_conformance::{CoreMount, Mount, Report, Twins, bad, cases, vector};

#[test]
fn every_vector_holds_on_the_core() {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    let report = Report::run(&CoreMount, &cases);
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
}

#[test]
fn the_suite_is_as_large_as_it_is_meant_to_be() {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    let report = Report::run(&CoreMount, &cases);
    let vectors = |wanted: &str| -> usize {
        report.classes.iter().filter(|class| class.name.starts_with(wanted)).map(|class| class.vectors).sum()
    };
    assert!(vectors("") - vectors("request-") - vectors("basic") >= 170);
    assert!(vectors("request-") >= 30);
    assert!(vectors("basic") >= 25);
}

/// What the core cannot show is on the wire or at the API, and nothing else.
#[test]
fn the_core_skips_sockets_and_apis_only() {
    for case in vector::cases().unwrap_or_else(|bad| panic!("{bad}")) {
        let expected = case.class == "wire" || case.class == "api";
        assert_eq!(CoreMount.skips(&case).is_some(), expected, "{}", case.name());
    }
}

/// A dialect that is described speaks as the one that is written: the same bytes, the same outcome.
#[test]
fn described_twins_are_the_same_to_the_byte() {
    let twins = Twins::of(CoreMount);
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    let report = Report::run(&twins, &cases);
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
    for case in cases.iter().filter(|case| twins.skips(case).is_none()) {
        let sent = |outcome: hallpass_conformance::Outcome| outcome.seen;
        assert_eq!(sent(twins.login(case)), sent(CoreMount.login(case)), "{}", case.name());
    }
}

#[test]
fn every_bad_input_holds_on_the_core() {
    let report = Report::run(&CoreMount, &bad::cases());
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
    assert_eq!(bad::urls::differences(), [""; 0]);
    assert_eq!(bad::clocks::differences(), [""; 0]);
}

#[test]
fn there_are_as_many_bad_inputs_as_there_should_be() {
    let cases = [cases().unwrap_or_else(|bad| panic!("{bad}")), bad::cases()].concat();
    let volume = Volume::of(&cases);
    for (name, goal, there) in &volume.0 {
        assert!(there >= goal, "{name}: {there} of {goal}\n{volume}");
    }
}
