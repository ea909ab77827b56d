//! Runs the cases on a mount and tells, by class, how many vectors passed.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::case::Case;
use crate::mount::Mount;
use crate::parity;

/// What came of all cases on one mount.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The mount.
    pub mount: String,
    /// The classes in alphabetical order, file by file.
    pub classes: Vec<Class>,
    /// Every case that differs, and every dispute that has been settled.
    pub differences: Vec<Difference>,
    /// The vectors that are believed right although hallpass differs: why, and how.
    pub disputed: BTreeMap<String, String>,
    /// How many cases were skipped, by reason.
    pub skipped: BTreeMap<&'static str, usize>,
}

/// One class on one mount, counted in vectors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its vectors.
    pub vectors: usize,
    /// Those of which every case that was run passed.
    pub passed: usize,
    /// Those that this mount cannot run.
    pub skipped: usize,
    /// Those that differ and say so.
    pub disputed: usize,
}

/// A case that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its class.
    pub class: String,
    /// Class, vector and exchange.
    pub case: String,
    /// How.
    pub how: Vec<String>,
}

impl Report {
    /// Runs every case that the mount can run, several at a time.
    pub fn run(mount: &dyn Mount, cases: &[Case]) -> Self {
        let mut report = Self { mount: mount.name().into(), ..Self::default() };
        let ran: Vec<_> = cases.iter().zip(on_threads(cases, |case| attempt(mount, case))).collect();
        for vector in ran.chunk_by(|(a, _), (b, _)| (&a.class, &a.vector) == (&b.class, &b.vector)) {
            report.vector(vector);
        }
        report
    }

    fn vector(&mut self, cases: &[(&Case, Attempt)]) {
        let Some((first, _)) = cases.first() else { return };
        let (mut ran, mut differing) = (0, Vec::new());
        for (case, attempt) in cases {
            match attempt {
                Err(why) => *self.skipped.entry(why).or_default() += 1,
                Ok(how) => {
                    ran += 1;
                    if !how.is_empty() {
                        differing.push(Difference { class: case.class.clone(), case: case.name(), how: how.clone() });
                    }
                }
            }
        }
        let (fine, name) = (differing.is_empty(), format!("{}/{}", first.class, first.vector));
        let class = self.class(&first.class);
        class.vectors += 1;
        match &first.disputed {
            _ if ran == 0 => class.skipped += 1,
            None => class.passed += usize::from(fine),
            Some(_) if fine => {
                let how = vec!["it is no longer disputed: remove the mark".into()];
                differing.push(Difference { class: first.class.clone(), case: name, how });
            }
            Some(why) => {
                class.disputed += 1;
                let today = differing.iter().map(|it| it.how.join("; ")).next().unwrap_or_default();
                self.disputed.insert(name, format!("{why}. Today: {today}"));
                differing.clear();
            }
        }
        self.differences.extend(differing);
    }

    fn class(&mut self, name: &str) -> &mut Class {
        let at = self.classes.iter().position(|class| class.name == name).unwrap_or(self.classes.len());
        if at == self.classes.len() {
            self.classes.push(Class { name: name.into(), ..Class::default() });
        }
        &mut self.classes[at]
    }

    /// Whether nothing differs that does not say so.
    pub fn is_fine(&self) -> bool {
        self.differences.is_empty()
    }

    /// Every difference, with the case's name.
    pub fn explain(&self) -> String {
        let one = |it: &Difference| format!("{}: {}\n    {}\n", self.mount, it.case, it.how.join("\n    "));
        self.differences.iter().map(one).collect()
    }
}

/// How a case differs, or why it was not run.
type Attempt = Result<Vec<String>, &'static str>;

fn attempt(mount: &dyn Mount, case: &Case) -> Attempt {
    if let Some(why) = mount.skips(case) {
        return Err(why);
    }
    let outcome = mount.login(case);
    let mut how = case.differences(&outcome);
    if let Some(reference) = mount.reference().filter(|reference| reference.skips(case).is_none()) {
        how.extend(parity::differences(&outcome, &reference.login(case)));
    }
    Ok(how)
}

/// More than there are processors, since what a driver does is mostly waiting.
const THREADS: usize = 8;

/// `of` each case, in their order.
fn on_threads<T: Send + Sync>(cases: &[Case], of: impl Fn(&Case) -> T + Sync) -> Vec<T> {
    let done: Vec<_> = cases.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((case, place)) = at(cases, &done, next.fetch_add(1, Ordering::Relaxed)) {
                    place.get_or_init(|| of(case));
                }
            });
        }
    });
    done.into_iter().map(|place| place.into_inner().expect("each case was somebody's next")).collect()
}

fn at<'a, T>(cases: &'a [Case], done: &'a [OnceLock<T>], index: usize) -> Option<(&'a Case, &'a OnceLock<T>)> {
    Some((cases.get(index)?, done.get(index)?))
}

/// `class | vectors | passed`, a column for each mount.
pub struct Table<'r>(pub &'r [Report]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        write!(f, "{:<17}{:>7}", "class", "vectors")?;
        for report in self.0 {
            write!(f, "  {:<23}", report.mount)?;
        }
        let mut total = Class { name: "all".into(), ..Class::default() };
        for (row, class) in first.classes.iter().enumerate() {
            write!(f, "\n{:<17}{:>7}", class.name, class.vectors)?;
            for report in self.0 {
                write!(f, "  {:<23}", report.classes.get(row).map(Class::to_string).unwrap_or_default())?;
            }
            total.vectors += class.vectors;
        }
        write!(f, "\n{:<17}{:>7}", total.name, total.vectors)?;
        for report in self.0 {
            let sum = |of: fn(&Class) -> usize| report.classes.iter().map(of).sum();
            let (passed, skipped, disputed) = (sum(|it| it.passed), sum(|it| it.skipped), sum(|it| it.disputed));
            write!(f, "  {:<23}", Class { passed, skipped, disputed, ..total.clone() }.to_string())?;
        }
        for report in self.0 {
            for (why, count) in &report.skipped {
                write!(f, "\n{}: {count} cases skipped: {why}", report.mount)?;
            }
            for (vector, why) in &report.disputed {
                write!(f, "\n{}: disputed: {vector}: {why}", report.mount)?;
            }
        }
        writeln!(f)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{} passed", self.passed);
        let failed = self.vectors - self.passed - self.skipped - self.disputed;
        for (count, what) in [(failed, "failed"), (self.skipped, "skipped"), (self.disputed, "disputed")] {
            if count > 0 {
                write!(text, ", {count} {what}")?;
            }
        }
        f.pad(&text)
    }
}
