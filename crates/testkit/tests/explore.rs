//! Small worlds, explored completely; larger ones take `cargo xtask explore`.

use hallpass_testkit::world;

#[test]
fn nothing_breaks_in_any_state() {
    for model in [world::models(2, 0), world::models(1, 1)].concat() {
        let explored = world::explore(&model, u64::MAX);
        assert_eq!(explored.violation, None, "{}: {:#?}", model.name, explored.history);
        assert!(explored.states > 50 && !explored.cut, "{}: {} states", model.name, explored.states);
    }
}

#[test]
fn the_states_are_the_same_each_time() {
    let model = &world::models(2, 0)[0];
    let (one, two) = (world::explore(model, u64::MAX), world::explore(model, u64::MAX));
    assert_eq!((one.states, one.histories, one.checks), (two.states, two.histories, two.checks));
}

/// What proves that it can fail.
#[cfg(feature = "plant")]
#[test]
fn a_planted_bug_has_a_short_history() {
    use hallpass_testkit::world::{Bug, Planted};

    for bug in [Bug::SendsMarked, Bug::NoMark, Bug::PublishesFirst, Bug::RegistersUnmarked] {
        let _planted = Planted::new(Some(bug));
        let mut found = world::models(2, 1).into_iter().map(|model| world::explore(&model, 6_000));
        let found = found.find_map(|explored| explored.violation.map(|violation| (violation, explored.history)));
        let (_, history) = found.unwrap_or_else(|| panic!("{} is not found", bug.name()));
        assert!(history.len() < 80, "{}: {} lines", bug.name(), history.len());
    }
}
