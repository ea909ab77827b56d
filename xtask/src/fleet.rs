//! `cargo xtask fleet`: a fleet on paper, in a table and a chart.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use hallpass_testkit::world::fleet::{Client, Fleet, Seen, watch};

use crate::chart::Chart;
use crate::child::{self, Trouble};
use crate::figures::grouped;
use crate::proof::results::{Found, keep, stamp};

/// The chart, from the root.
const CHART: &str = "docs/proof/fleet.svg";

/// The options of `cargo xtask fleet`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many processes share the login
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    instances: usize,
    /// How long they are watched
    #[arg(long, value_name = "N", default_value_t = 24)]
    hours: u64,
    /// The source of all chance
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Draw the chart, and keep the figures for the page that `cargo xtask proof` makes
    #[arg(long)]
    record: bool,
}

/// Watches the fleet with each kind of client.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    if cfg!(debug_assertions) {
        return child::optimised(&[], root);
    }
    let stamp = args.record.then(|| stamp(root)).transpose()?;
    let fleet = Fleet { instances: args.instances, hours: args.hours, seed: args.seed };
    let begun = Instant::now();
    let mut all = Vec::new();
    for &client in Client::ALL {
        all.push((client, watch(&fleet, client)));
        eprintln!("{}: {:.1} s", client.name(), begun.elapsed().as_secs_f64());
    }
    let table = table(&fleet, &all);
    print!("{table}");
    if let Some(stamp) = stamp {
        let path = root.join(CHART);
        child::write(&path, &chart(&fleet, &all).svg())?;
        let command = format!("fleet --instances {} --hours {}", args.instances, args.hours);
        let figure = figure(&fleet, &all);
        keep(root, Found { claim: "fleet", command: &command, figure: &figure, table: Some(&table), stamp })?;
    }
    Ok(true)
}

fn figure(fleet: &Fleet, all: &[(Client, Seen)]) -> String {
    let requests = |wanted| all.iter().find(|(client, _)| *client == wanted).map_or(0, |(_, seen)| seen.requests);
    let (instances, hours) = (grouped(fleet.instances as u64), fleet.hours);
    let (cache, shared) = (grouped(requests(Client::PerProcess)), grouped(requests(Client::Redis)));
    format!("{instances} processes, {hours} hours: {shared} token requests, {cache} with a cache in each process")
}

fn chart(fleet: &Fleet, all: &[(Client, Seen)]) -> Chart {
    let title = format!("Token requests in ten minutes, {} processes with one login", fleet.instances);
    let chart = Chart::new("fleet", title, ["hours", "requests"]).hours(fleet.hours);
    all.iter().fold(chart, |chart, (client, seen)| {
        let point = |(tenth, count): (u32, &u64)| (f64::from(tenth) / 6.0, number(*count));
        chart.line(client.name(), (0..).zip(&seen.over_time).map(point).collect())
    })
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn table(fleet: &Fleet, all: &[(Client, Seen)]) -> String {
    let mut text = format!(
        "{:<24}{:>12}{:>12}{:>10}{:>10}{:>9}{:>9}{:>9}{:>12}{:>11}\n",
        "client", "requests", "a life", "peak/s", "429", "p50 ms", "p99 ms", "max ms", "served", "failed"
    );
    for (client, seen) in all {
        let waits = |part| grouped(u64::from(seen.waits.per_mille(part)));
        let _ = writeln!(
            text,
            "{:<24}{:>12}{:>12}{:>10}{:>10}{:>9}{:>9}{:>9}{:>12}{:>11}",
            client.name(),
            grouped(seen.requests),
            grouped(seen.requests / fleet.hours.max(1)),
            grouped(seen.peak),
            grouped(seen.too_many),
            waits(500),
            waits(990),
            waits(1000),
            grouped(seen.served),
            grouped(seen.failed),
        );
    }
    let _ = write!(
        text,
        "\n{} processes on {} hosts, {} hours; each calls the API {} times an hour. A token lives for an hour.\n\
         All are deployed anew every 6 hours within 15 minutes; each crashes once in 10 days. The provider serves {}\n\
         requests a second and refuses the others with 429; it is down for 15 minutes (503) and for 5 (no connection).\n\
         The one Redis is down for 10 minutes. The usual clients repeat a refused request three times.\n",
        grouped(fleet.instances as u64),
        grouped(fleet.instances.div_ceil(Fleet::PER_HOST) as u64),
        fleet.hours,
        Fleet::CALLS,
        grouped(fleet.limit()),
    );
    text
}
