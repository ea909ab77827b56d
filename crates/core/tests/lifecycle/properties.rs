//! Any sequence of calls and answers, shrunk where it breaks a rule.

use hallpass_testkit::play::{Op, play};
use proptest::prelude::*;

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let year = 365 * 86_400_i64;
    let op = prop_oneof![
        6 => (prop_oneof![4 => Just(0), 1 => any::<u32>()], proptest::option::weighted(0.2, any::<u8>()))
            .prop_map(|(min_life, not)| Op::Get { min_life, not }),
        20 => (any::<u8>(), prop_oneof![3 => Just(0), 1 => any::<u8>()]).prop_map(|(pick, way)| Op::Answer { pick, way }),
        1 => any::<u8>().prop_map(Op::Lose),
        1 => any::<u8>().prop_map(Op::Rejected),
        1 => any::<u8>().prop_map(Op::Accepted),
        1 => Just(Op::Abandon),
        3 => prop_oneof![0_u32..5, 0_u32..4000, any::<u32>()].prop_map(Op::Pass),
        1 => (-year..year).prop_map(Op::Jump),
        1 => (0_u32..100_000).prop_map(Op::Suspend),
        1 => Just(Op::Flush),
        1 => Just(Op::Settle),
    ];
    proptest::collection::vec(op, 0..120)
}

proptest! {
    /// Invariants 1, 8, 9, 13 and 17, and that exactly one leads each flight.
    #[test]
    fn any_sequence_keeps_the_rules(ops in ops(), life in prop_oneof![Just(0_u64), Just(60), Just(3600)]) {
        let first = play(&ops, life);
        prop_assert_eq!(first, play(&ops, life), "the same calls give the same answers");
    }
}
