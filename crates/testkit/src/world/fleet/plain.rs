//! The two usual clients: no cache, and a cache in each process. Both repeat a request that was turned away.

use std::collections::VecDeque;

use super::super::clock::{At, SECOND};
use super::super::queue::Queue;
use super::provider::{Provider, Said};
use super::timeline::Timeline;
use super::{Client, Fleet, Seen, Waits};

/// So many requests for one call, at most.
const TRIES: u32 = 4;

/// How long before its end a kept token is no longer used.
const LEEWAY: At = 60 * SECOND;

enum Event {
    Call(usize),
    /// A request is sent, for callers that have waited since.
    Try(usize, At, u32),
    /// It was answered.
    Answered(usize, At, u32, Said),
}

/// What a process keeps.
#[derive(Default)]
struct Process {
    good_until: At,
    asking: bool,
    waiting: VecDeque<At>,
}

pub(super) fn watch(fleet: &Fleet, client: Client, mut provider: Provider, mut timeline: Timeline) -> Seen {
    let keeps = client == Client::PerProcess;
    let mut agenda = Queue::default();
    let mut processes: Vec<_> = (0..fleet.instances).map(|_| Process::default()).collect();
    let (mut waits, mut failed) = (Waits::default(), 0);
    for i in 0..fleet.instances {
        agenda.plan(timeline.first(), Event::Call(i));
    }
    while let Some((at, event)) = agenda.next() {
        match event {
            Event::Call(i) => {
                if at >= timeline.end {
                    continue;
                }
                if timeline.begins_anew(i, at) {
                    processes[i].good_until = 0;
                }
                let process = &mut processes[i];
                if keeps && at < process.good_until {
                    let (next, skipped) = timeline.skip(i, at, process.good_until);
                    waits.none(1 + skipped);
                    agenda.plan(next, Event::Call(i));
                    continue;
                }
                if !keeps || !core::mem::replace(&mut process.asking, true) {
                    agenda.plan(at, Event::Try(i, at, 1));
                } else {
                    process.waiting.push_back(at);
                }
                agenda.plan(timeline.next(at), Event::Call(i));
            }
            Event::Try(i, since, tries) => {
                let (said, later) = provider.request(at);
                agenda.plan(at + later, Event::Answered(i, since, tries, said));
            }
            Event::Answered(i, since, tries, said) => {
                if said != Said::Token && tries < TRIES {
                    // As told by Retry-After, or twice as long each time.
                    let pause = if said == Said::TooMany { SECOND } else { SECOND << (tries - 1) };
                    agenda.plan(at + pause, Event::Try(i, since, tries + 1));
                    continue;
                }
                let process = &mut processes[i];
                process.asking = false;
                let callers = core::mem::take(&mut process.waiting);
                if said == Said::Token {
                    process.good_until = at + Fleet::LIFE - LEEWAY;
                    [since].into_iter().chain(callers).for_each(|since| waits.add(at - since));
                } else {
                    failed += 1 + callers.len() as u64;
                }
            }
        }
    }
    seen(provider, waits, failed)
}

pub(super) fn seen(provider: Provider, waits: Waits, failed: u64) -> Seen {
    Seen {
        served: waits.callers(),
        failed,
        requests: provider.requests,
        too_many: provider.too_many,
        peak: provider.peak,
        over_time: provider.over_time,
        waits: waits.sorted(),
    }
}
