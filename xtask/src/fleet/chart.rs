//! Token requests over time, one line for each kind of client, on a scale of powers of ten.

use core::fmt::Write;

use hallpass_testkit::world::fleet::{Client, Fleet, Seen};

const WIDTH: u32 = 960;
const HEIGHT: u32 = 420;
const LEFT: u32 = 80;
const RIGHT: u32 = 200;
const TOP: u32 = 40;
const BOTTOM: u32 = 50;

/// Told apart without red and green.
const COLOURS: [&str; 5] = ["#000000", "#d55e00", "#e69f00", "#56b4e9", "#0072b2"];

/// The chart as a picture of its own.
pub(super) fn svg(fleet: &Fleet, all: &[(Client, Seen)]) -> String {
    let most = all.iter().flat_map(|(_, seen)| &seen.over_time).max().copied().unwrap_or(1);
    let decades = most.max(10).ilog10() + 1;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\">Token requests in ten minutes, {} processes with one login</text>\n",
        fleet.instances
    );
    for decade in 0..=decades {
        let y = height(f64::from(decade), decades);
        let _ = writeln!(
            text,
            "<path d=\"M{LEFT} {y:.1}H{}\" stroke=\"#dddddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 8,
            y + 4.0,
            10_u64.pow(decade)
        );
    }
    for hour in (0..=fleet.hours).step_by(usize::try_from(fleet.hours.div_ceil(8).max(1)).unwrap_or(1)) {
        let x = across(number(hour), number(fleet.hours));
        let y = HEIGHT - BOTTOM + 20;
        let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{hour} h</text>");
    }
    for (at, ((client, seen), colour)) in all.iter().zip(COLOURS).enumerate() {
        let mut path = String::new();
        for (tenth, count) in seen.over_time.iter().enumerate() {
            let x = across(number(tenth as u64), number(seen.over_time.len() as u64));
            // None is drawn a little below one.
            let y = height(if *count == 0 { -0.15 } else { number(*count).log10() }, decades);
            let _ = write!(path, "{}{x:.1} {y:.1}", if tenth == 0 { 'M' } else { 'L' });
        }
        let (x, y) = (WIDTH - RIGHT + 12, TOP + 14 + 22 * u32::try_from(at).unwrap_or(0));
        let _ = writeln!(text, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
        let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{}</text>", client.name());
    }
    text.push_str("</svg>\n");
    text
}

fn across(part: f64, whole: f64) -> f64 {
    f64::from(LEFT) + part / whole.max(1.0) * f64::from(WIDTH - LEFT - RIGHT)
}

fn height(decade: f64, decades: u32) -> f64 {
    let ground = f64::from(HEIGHT - BOTTOM);
    ground - decade / f64::from(decades) * (ground - f64::from(TOP))
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
