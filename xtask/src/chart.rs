//! Lines over powers of ten, as SVG that needs nothing beside itself.

use std::fmt::Write;

const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 44.0;

/// How far apart the names of two lines are at the least.
const LEADING: f64 = 14.0;

/// How far below the lowest power of ten zero is drawn.
const ZERO: f64 = 0.15;

/// Told apart without red and green, and without colours by the names at the lines' ends.
const COLOURS: [&str; 5] = ["#000000", "#d55e00", "#0072b2", "#56b4e9", "#e69f00"];

/// Points of one line.
type Points = Vec<(f64, f64)>;

/// A chart of some lines.
pub(crate) struct Chart {
    name: &'static str,
    title: String,
    units: [&'static str; 2],
    hours: Option<u64>,
    lines: Vec<(String, Points)>,
}

impl Chart {
    /// `units` says what is counted below and what at the left, both in powers of ten.
    pub(crate) fn new(name: &'static str, title: impl Into<String>, units: [&'static str; 2]) -> Self {
        Self { name, title: title.into(), units, hours: None, lines: Vec::new() }
    }

    /// Below, it is hours that are counted, so many of them.
    pub(crate) fn hours(self, hours: u64) -> Self {
        Self { hours: Some(hours), ..self }
    }

    /// One more line. At the left, zero is drawn a little below the lowest power; below, it has no place among powers.
    pub(crate) fn line(mut self, name: impl Into<String>, points: Points) -> Self {
        let points: Points = points.into_iter().filter(|(x, _)| self.hours.is_some() || *x > 0.0).collect();
        if !points.is_empty() {
            self.lines.push((name.into(), points));
        }
        self
    }

    /// The file's name, without its ending.
    pub(crate) fn name(&self) -> &str {
        self.name
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn svg(&self) -> String {
        let (width, height) = if self.hours.is_some() { (960.0, 420.0) } else { (560.0, 300.0) };
        let (right, bottom) = (width - RIGHT, height - BOTTOM);
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let x = match self.hours {
            Some(hours) => Axis::hours(hours, LEFT, right),
            None => Axis::powers(points().map(|(x, _)| *x), LEFT, right),
        };
        let y = Axis::powers(points().map(|(_, y)| *y), bottom, TOP);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"{LEFT}\" y=\"18\" font-weight=\"bold\">{}</text>\n",
            self.title
        );
        for (value, at) in x.ticks() {
            let _ =
                writeln!(svg, "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" stroke=\"#dddddd\"/>");
            let below = bottom + 16.0;
            let _ = writeln!(svg, "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{value}</text>");
        }
        for (value, at) in y.ticks() {
            let _ =
                writeln!(svg, "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>");
            let (beside, middle) = (LEFT - 6.0, at + 4.0);
            let _ = writeln!(svg, "<text x=\"{beside}\" y=\"{middle:.1}\" text-anchor=\"end\">{value}</text>");
        }
        let [below, left] = self.units;
        let foot = height - 8.0;
        let _ = writeln!(svg, "<text x=\"{right}\" y=\"{foot}\" text-anchor=\"end\">{below}</text>");
        let _ = writeln!(svg, "<text x=\"4\" y=\"{foot}\">{left}</text>");
        self.draw(&mut svg, &x, &y);
        svg.push_str("</svg>\n");
        svg
    }

    fn draw(&self, svg: &mut String, x: &Axis, y: &Axis) {
        let place = |points: &Points| points.iter().map(|(px, py)| (x.place(*px), y.place(*py))).collect::<Points>();
        let placed: Vec<Points> = self.lines.iter().map(|(_, points)| place(points)).collect();
        let ends = apart(placed.iter().map(|points| points[points.len() - 1].1 + 4.0).collect());
        for (((name, _), points), (level, colour)) in
            self.lines.iter().zip(&placed).zip(ends.iter().zip(COLOURS.iter().cycle()))
        {
            let path: Vec<_> = points.iter().map(|(px, py)| format!("{px:.1},{py:.1}")).collect();
            let path = path.join(" ");
            let _ = writeln!(svg, "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            // A point of many hours says nothing by itself.
            for (px, py) in points.iter().filter(|_| self.hours.is_none()) {
                let _ = writeln!(svg, "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"3\" fill=\"{colour}\"/>");
            }
            let beside = points[points.len() - 1].0 + 8.0;
            let _ = writeln!(svg, "<text x=\"{beside:.1}\" y=\"{level:.1}\" fill=\"{colour}\">{name}</text>");
        }
    }
}

/// The same levels, moved down where two names would stand on each other.
fn apart(mut levels: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|one, other| levels[*one].total_cmp(&levels[*other]));
    for pair in order.windows(2) {
        levels[pair[1]] = levels[pair[1]].max(levels[pair[0]] + LEADING);
    }
    levels
}

/// What is counted, from the first to the last, between two places.
struct Axis {
    unit: Unit,
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

enum Unit {
    PowersOfTen,
    Hours,
}

impl Axis {
    fn powers(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (least, most) = values
            .filter(|value| *value > 0.0)
            .fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        if most < least {
            return Self { unit: Unit::PowersOfTen, first: 0, last: 1, from, to };
        }
        let first = whole(least.log10().floor());
        Self { unit: Unit::PowersOfTen, first, last: whole(most.log10().ceil()).max(first + 1), from, to }
    }

    fn hours(hours: u64, from: f64, to: f64) -> Self {
        Self { unit: Unit::Hours, first: 0, last: i32::try_from(hours).unwrap_or(i32::MAX).max(1), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let first = f64::from(self.first);
        let at = match self.unit {
            Unit::PowersOfTen if value > 0.0 => value.log10(),
            Unit::PowersOfTen => first - ZERO,
            Unit::Hours => value,
        };
        self.from + (at - first) / f64::from(self.last - self.first) * (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = (String, f64)> {
        let step = match self.unit {
            Unit::PowersOfTen => 1,
            // Eight are enough to go by.
            Unit::Hours => usize::try_from(self.last).unwrap_or(1).div_ceil(8),
        };
        (self.first..=self.last).step_by(step).map(|at| {
            let (name, value) = match self.unit {
                Unit::PowersOfTen => (label(at), 10_f64.powi(at)),
                Unit::Hours => (at.to_string(), at.into()),
            };
            (name, self.place(value))
        })
    }
}

/// A double's logarithm is between -324 and 309.
#[expect(clippy::cast_possible_truncation)]
fn whole(logarithm: f64) -> i32 {
    logarithm as i32
}

fn label(power: i32) -> String {
    match power {
        6.. => format!("{} M", 10_f64.powi(power - 6)),
        3.. => format!("{} k", 10_f64.powi(power - 3)),
        _ => 10_f64.powi(power).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decade_is_as_long_as_any_other_and_nothing_falls_off_the_chart() {
        let points = vec![(1.0, 0.5), (10.0, 5.0), (100.0, 50.0), (0.0, 1.0)];
        let chart = Chart::new("c", "A title", ["waiters", "us"]).line("one", points);
        let svg = chart.svg();
        assert!(svg.contains("points=\"64.0,"), "{svg}");
        assert!(svg.contains(">100</text>") && svg.contains(">0.1</text>") && svg.contains(">A title<"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 3, "zero has no place");
        let axis = Axis::powers([1.0, 100.0].into_iter(), 0.0, 200.0);
        assert!((axis.place(10.0) - 100.0).abs() < 1e-9);
        assert!(axis.place(0.0) < 0.0, "zero is below all powers");
    }

    #[test]
    fn hours_are_as_long_as_each_other_from_the_first_to_the_last() {
        let svg = Chart::new("c", "A day", ["hours", "requests"]).hours(24).line("one", vec![(0.0, 1.0), (24.0, 10.0)]);
        let svg = svg.svg();
        assert!(svg.contains("points=\"64.0,376.0 810.0,34.0\""), "{svg}");
        let ticks: Vec<String> = Axis::hours(24, 0.0, 1.0).ticks().map(|(name, _)| name).collect();
        assert_eq!(ticks, ["0", "3", "6", "9", "12", "15", "18", "21", "24"]);
    }

    #[test]
    fn names_do_not_stand_on_each_other() {
        assert_eq!(apart(vec![50.0, 10.0, 12.0]), [50.0, 10.0, 24.0]);
    }
}
