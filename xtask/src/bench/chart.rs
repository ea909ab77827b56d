//! Lines over logarithmic axes, as SVG that needs nothing beside itself.

use std::fmt::Write;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 44.0;

/// Told apart also without colours, by the names at the lines' ends.
const COLOURS: [&str; 5] = ["#0b6e99", "#c4561a", "#3c7a3c", "#7a3c7a", "#666666"];

/// Points of one line.
type Points = Vec<(f64, f64)>;

/// A chart of some lines.
pub(super) struct Chart {
    name: &'static str,
    title: &'static str,
    axes: [&'static str; 2],
    lines: Vec<(String, Points)>,
}

impl Chart {
    /// `axes` says what is counted below and what at the left.
    pub(super) fn new(name: &'static str, title: &'static str, axes: [&'static str; 2]) -> Self {
        Self { name, title, axes, lines: Vec::new() }
    }

    /// One more line. What is not above zero has no place on a logarithmic axis and is left out.
    pub(super) fn line(mut self, name: impl Into<String>, points: Points) -> Self {
        let points: Points = points.into_iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).collect();
        if !points.is_empty() {
            self.lines.push((name.into(), points));
        }
        self
    }

    pub(super) fn name(&self) -> &str {
        self.name
    }

    pub(super) fn title(&self) -> &str {
        self.title
    }

    pub(super) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let x = Axis::over(points().map(|(x, _)| *x), LEFT, WIDTH - RIGHT);
        let y = Axis::over(points().map(|(_, y)| *y), HEIGHT - BOTTOM, TOP);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
             <text x=\"{LEFT}\" y=\"18\" font-weight=\"bold\">{}</text>\n",
            self.title
        );
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (value, at) in x.decades() {
            let _ =
                writeln!(svg, "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" stroke=\"#dddddd\"/>");
            let below = bottom + 16.0;
            let _ = writeln!(svg, "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{value}</text>");
        }
        for (value, at) in y.decades() {
            let _ =
                writeln!(svg, "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>");
            let (beside, middle) = (LEFT - 6.0, at + 4.0);
            let _ = writeln!(svg, "<text x=\"{beside}\" y=\"{middle:.1}\" text-anchor=\"end\">{value}</text>");
        }
        let [below, left] = self.axes;
        let foot = HEIGHT - 8.0;
        let _ = writeln!(svg, "<text x=\"{right}\" y=\"{foot}\" text-anchor=\"end\">{below}</text>");
        let _ = writeln!(svg, "<text x=\"4\" y=\"{foot}\">{left}</text>");
        for ((name, points), colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let placed: Vec<_> = points.iter().map(|(px, py)| (x.place(*px), y.place(*py))).collect();
            let path: Vec<_> = placed.iter().map(|(px, py)| format!("{px:.1},{py:.1}")).collect();
            let path = path.join(" ");
            let _ = writeln!(svg, "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            for (px, py) in &placed {
                let _ = writeln!(svg, "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"3\" fill=\"{colour}\"/>");
            }
            let (end, level) = placed[placed.len() - 1];
            let (beside, level) = (end + 8.0, level + 4.0);
            let _ = writeln!(svg, "<text x=\"{beside:.1}\" y=\"{level:.1}\" fill=\"{colour}\">{name}</text>");
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// Whole decades between two places.
struct Axis {
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (least, most) =
            values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        if most < least {
            return Self { first: 0, last: 1, from, to };
        }
        let first = decade(least.log10().floor());
        Self { first, last: decade(most.log10().ceil()).max(first + 1), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        self.from + share * (self.to - self.from)
    }

    fn decades(&self) -> impl Iterator<Item = (String, f64)> {
        (self.first..=self.last).map(|power| (label(power), self.place(10_f64.powi(power))))
    }
}

/// A double's logarithm is between -324 and 309.
#[expect(clippy::cast_possible_truncation)]
fn decade(logarithm: f64) -> i32 {
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
        let axis = Axis::over([1.0, 100.0].into_iter(), 0.0, 200.0);
        assert!((axis.place(10.0) - 100.0).abs() < 1e-9);
    }
}
