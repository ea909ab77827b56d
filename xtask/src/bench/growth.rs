//! What grows with what: linear or better, in tables and charts.

use super::programs::{Programs, number, odd, rows};
use super::report::Section;
use super::table::Table;
use crate::chart::Chart;
use crate::child::Trouble;

/// A lookup in the pool over one in a plain sharded map.
const LOOKUP: f64 = 1.5;

/// One of many records over the same alone.
const AMONG_OTHERS: f64 = 50.0;

/// Their tables.
pub(super) fn sections(bench: &Programs<'_>) -> Result<Vec<Section>, Trouble> {
    let printed = bench.output("many", &[])?;
    let reader = Reader { printed: &printed };
    Ok(vec![reader.pool()?, reader.flights()?, reader.stores()?, reader.worlds()?, reader.growth()?])
}

struct Reader<'a> {
    printed: &'a str,
}

/// A size, and the cost of all of it.
type Points = Vec<(f64, f64)>;

const STORES: [&str; 2] = ["memory", "file"];

impl Reader<'_> {
    fn pool(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["a pool of 1,000,000 keys", "figure", "budget"]);
        for fields in rows(self.printed, "pool") {
            let [name, figure] = fields[..] else { return Err(self.odd()) };
            let is_ratio = name == "ratio";
            table.name(name);
            table.figure_if(number("many", figure)?, if is_ratio { 2 } else { 0 }, is_ratio.then_some(LOOKUP));
        }
        Ok(Section::new("Many keys", table).note(
            "No other library has a pool by key, and so none is in this table: huskarl, google-cloud-auth and reqsign \
             keep the token of one login; azure_identity, tame-oauth and yup-oauth2 those of one login, by scope; \
             aws-smithy-runtime one for each resolver, and the resolvers are the caller's to keep; oauth2 none. What \
             anybody would put around them is the plain sharded map.",
        ))
    }

    fn flights(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["a flight's waiters", "us for each"]);
        for (waiters, each) in self.points("flight", 1)? {
            table.name(&waiters.to_string());
            table.figure(each, 2, None);
        }
        let chart = Chart::new("waiters", "A flight's waiters, spawned and answered", ["waiters", "us in all"]);
        Ok(Section::new("Waiters of a flight", table).chart(chart.line("hallpass-async", self.waiters()?)))
    }

    fn stores(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["records in the store", "store", "us to read one", "us to save one"]);
        let mut chart = Chart::new("records", "A store's records", ["records", "us for one"]);
        for name in STORES {
            let (read, save) = (self.points(name, 1)?, self.points(name, 2)?);
            for ((records, read), (_, save)) in read.iter().zip(&save) {
                table.name(&records.to_string());
                table.text(name);
                table.figure(*read, 2, None);
                table.figure(*save, 2, None);
            }
            chart = chart.line(format!("{name}, read"), read).line(format!("{name}, save"), save);
        }
        Ok(Section::new("Records of a store", table)
            .note("The file store's folder is in memory where the system has such a place: what the disk takes is not ours.")
            .chart(chart))
    }

    fn worlds(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["instances in a simulated world", "worlds a second", "us for each instance"]);
        let points = self.points("sim", 1)?;
        for (instances, worlds) in &points {
            table.name(&instances.to_string());
            table.figure(*worlds, 0, None);
            table.figure(1e6 / worlds / instances, 0, None);
        }
        let chart = Chart::new("worlds", "Simulated worlds", ["instances", "worlds a second"]);
        Ok(Section::new("Instances of a simulated world", table).chart(chart.line("one core", points)))
    }

    /// All of it in one table: a whole grows no faster than its parts are many, and one record does not cost what all do.
    fn growth(&self) -> Result<Section, Trouble> {
        let mut lines = vec![("a flight, with its waiters".to_owned(), self.waiters()?, None)];
        for name in STORES {
            for (place, what) in [(1, "to read a record"), (2, "to save a record")] {
                let line = format!("{name}: {what}, with those in the store");
                lines.push((line, self.points(name, place)?, Some(AMONG_OTHERS)));
            }
        }
        let worlds = self.points("sim", 1)?.into_iter().map(|(instances, worlds)| (instances, 1.0 / worlds));
        lines.push(("a simulated world, with its instances".to_owned(), worlds.collect(), None));
        let mut table = Table::new(&["what costs more with what", "from", "to", "times the cost", "budget"]);
        for (name, points, budget) in &lines {
            let [(from, least), .., (to, most)] = points[..] else { return Err(self.odd()) };
            table.name(name);
            table.text(&from.to_string());
            table.text(&to.to_string());
            table.figure(most / least, 1, Some(budget.unwrap_or(to / from)));
        }
        Ok(Section::new("Growth", table).note(
            "From the first size to the last of the tables above. A flight and a world are linear: as many times the cost as \
             they are times as large. One record among many may cost what colder caches do, and no search.",
        ))
    }

    /// What a flight costs in all.
    fn waiters(&self) -> Result<Points, Trouble> {
        Ok(self.points("flight", 1)?.into_iter().map(|(waiters, each)| (waiters, waiters * each)).collect())
    }

    /// The first field and this one, of each line of a kind.
    fn points(&self, kind: &str, field: usize) -> Result<Points, Trouble> {
        let point = |fields: Vec<&str>| match (fields.first(), fields.get(field)) {
            (Some(x), Some(y)) => Ok((number("many", x)?, number("many", y)?)),
            _ => Err(self.odd()),
        };
        rows(self.printed, kind).map(point).collect()
    }

    fn odd(&self) -> Trouble {
        odd("many", self.printed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_than_in_proportion_misses_its_budget() {
        let growth = |flight: &str, read: &str| {
            let printed = format!(
                "flight\t1\t9\nflight\t10\t{flight}\nmemory\t1\t1\t1\nmemory\t1000\t{read}\t1\n\
                 file\t1\t1\t1\nfile\t1000\t1\t1\nsim\t1\t40\nsim\t2\t20\n"
            );
            Reader { printed: &printed }.growth().expect("figures").print()
        };
        assert_eq!(growth("9", "50"), 0, "ten waiters cost ten times as much");
        assert_eq!(growth("9.1", "50"), 1);
        assert_eq!(growth("9", "51"), 1, "a thousand records are not searched");
    }
}
