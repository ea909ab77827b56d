//! Any sequence of calls and answers.

use arbitrary::{Result, Unstructured};
use hallpass_testkit::play::{Op, play};

/// More than any history needs, and few enough to be quick.
const LONGEST: usize = 200;

/// Plays the sequence twice: the rules hold, and both come to the same (invariant 17).
pub fn lifecycle(data: &[u8]) {
    let Ok((ops, life)) = read(&mut Unstructured::new(data)) else { return };
    assert_eq!(play(&ops, life), play(&ops, life), "the same calls give the same answers");
}

fn read(u: &mut Unstructured<'_>) -> Result<(Vec<Op>, u64)> {
    let life = *u.choose(&[0, 1, 20, 60, 3600, 86_400, u64::MAX])?;
    let mut ops = Vec::new();
    while !u.is_empty() && ops.len() < LONGEST {
        ops.push(op(u)?);
    }
    Ok((ops, life))
}

fn op(u: &mut Unstructured<'_>) -> Result<Op> {
    let kind: u8 = u.arbitrary()?;
    Ok(match kind {
        // Well answered: a byte an effect, so that long histories are short inputs.
        0..=99 => Op::Answer { pick: kind, way: 0 },
        100..=159 => Op::Answer { pick: kind, way: u.arbitrary()? },
        160..=199 => Op::Get { min_life: 0, not: None },
        200..=207 => Op::Get { min_life: u.arbitrary()?, not: u.arbitrary()? },
        208..=213 => Op::Lose(u.arbitrary()?),
        214..=219 => Op::Rejected(u.arbitrary()?),
        220..=223 => Op::Accepted(u.arbitrary()?),
        224..=229 => Op::Abandon,
        230..=239 => Op::Pass(u.arbitrary::<u16>()?.into()),
        240..=244 => Op::Pass(u.arbitrary()?),
        245..=248 => Op::Jump(i64::from(u.arbitrary::<i32>()?)),
        249..=252 => Op::Suspend(u.arbitrary()?),
        253 => Op::Settle,
        _ => Op::Flush,
    })
}
