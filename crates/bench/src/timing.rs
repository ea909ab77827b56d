//! What the timed programs share.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use http::HeaderMap;

use crate::Result;

/// Nanoseconds a call, all threads at it at once, each with a call and a map of its own.
///
/// # Panics
///
/// If a call does.
///
/// ```
/// let took = hallpass_bench::timing::on_threads(2, 10, &|| |map: &mut http::HeaderMap| map.clear());
/// assert!(took > 0.0);
/// ```
pub fn on_threads<F: FnMut(&mut HeaderMap)>(threads: usize, calls: u32, make: &(dyn Fn() -> F + Sync)) -> f64 {
    let (start, running) = (Barrier::new(threads), AtomicUsize::new(0));
    // Threads that are woken one after the other would not meet.
    let all_at_once = thread::available_parallelism().is_ok_and(|cores| threads <= cores.get());
    let work = || {
        let (mut map, mut call) = (HeaderMap::with_capacity(4), make());
        call(&mut map);
        start.wait();
        running.fetch_add(1, Ordering::AcqRel);
        while all_at_once && running.load(Ordering::Acquire) < threads {
            spin_loop();
        }
        let began = Instant::now();
        for _ in 0..calls {
            call(&mut map);
        }
        began.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    let took: Vec<f64> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    });
    let all = u32::try_from(threads).expect("no machine runs so many");
    took.iter().sum::<f64>() / f64::from(all)
}

/// The one in the middle, or the one after it.
///
/// ```
/// assert_eq!(hallpass_bench::timing::median(vec![3.0, 1.0, 2.0]), 2.0);
/// ```
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Figures of each contender, one a round, by its place.
///
/// ```
/// let figures = hallpass_bench::timing::interleaved(2, 3, |place| Ok(place as f64))?;
/// assert_eq!(figures, [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn interleaved(
    rounds: usize,
    contenders: usize,
    mut turn: impl FnMut(usize) -> Result<f64>,
) -> Result<Vec<Vec<f64>>> {
    let mut figures = vec![Vec::with_capacity(rounds); contenders];
    for round in 0..rounds {
        for at in 0..contenders {
            // Each round begins with another, so that none always follows the same.
            let place = (at + round) % contenders;
            figures[place].push(turn(place)?);
        }
    }
    Ok(figures)
}

/// Of figures of the same rounds: what slows the machine for longer slows both.
pub fn ratios(own: &[f64], floor: &[f64]) -> Vec<f64> {
    own.iter().zip(floor).map(|(own, floor)| own / floor).collect()
}
