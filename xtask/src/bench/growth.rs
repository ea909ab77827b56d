//! What grows with what: linear or better, in tables and charts.

use super::programs::{Programs, number, odd, rows};
use super::report::Section;
use super::table::Table;
use crate::chart::Chart;
use crate::child::Trouble;

/// A lookup in the pool over one in a plain sharded map.
const LOOKUP: f64 = 1.5;

/// Their tables.
pub(super) fn sections(bench: &Programs<'_>) -> Result<Vec<Section>, Trouble> {
    let printed = bench.output("many", &[])?;
    let reader = Reader { printed: &printed };
    Ok(vec![reader.pool()?, reader.flights()?, reader.stores()?, reader.worlds()?])
}

struct Reader<'a> {
    printed: &'a str,
}

impl Reader<'_> {
    fn pool(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["a pool of 1,000,000 keys", "figure", "budget"]);
        for fields in rows(self.printed, "pool") {
            let [name, figure] = fields[..] else { return Err(self.odd()) };
            table.name(name);
            table.figure(
                number("many", figure)?,
                if name == "ratio" { 2 } else { 0 },
                (name == "ratio").then_some(LOOKUP),
            );
            if name != "ratio" {
                table.text("");
            }
        }
        Ok(Section::new("Many keys", table))
    }

    fn flights(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["a flight's waiters", "us for each"]);
        let points = self.points("flight", 1)?;
        for (waiters, each) in &points {
            table.name(&waiters.to_string());
            table.figure(*each, 2, None);
        }
        let total = points.iter().map(|(waiters, each)| (*waiters, waiters * each)).collect();
        let chart = Chart::new("waiters", "A flight's waiters, spawned and answered", ["waiters", "us in all"]);
        Ok(Section::new("Waiters of a flight", table).chart(chart.line("hallpass-async", total)))
    }

    fn stores(&self) -> Result<Section, Trouble> {
        let mut table = Table::new(&["records in the store", "store", "us to read one", "us to save one"]);
        let mut chart = Chart::new("records", "A store's records", ["records", "us for one"]);
        for name in ["memory", "file"] {
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

    /// The first field and this one, of each line of a kind.
    fn points(&self, kind: &str, field: usize) -> Result<Vec<(f64, f64)>, Trouble> {
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
