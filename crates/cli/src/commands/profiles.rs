//! `hallpass profiles`: which there are, without any secret.

use crate::args::Globals;
use crate::failure::Failure;
use crate::output;

pub(super) fn run(globals: &Globals) -> Result<(), Failure> {
    let profiles = globals.profiles()?;
    if let Some(failure) = globals.nothing_to_list(&profiles) {
        return Err(failure);
    }
    let (mut rows, mut wrong) = (vec![], Vec::<String>::new());
    for name in profiles.names() {
        let profile = match profiles.get(name) {
            Ok(profile) => profile,
            // One that is wrong does not hide the others. What is outside of all of them is said once.
            Err(problem) => {
                for line in problem.to_string().lines() {
                    if wrong.iter().all(|said| said != line) {
                        wrong.push(line.to_owned());
                    }
                }
                continue;
            }
        };
        for warning in profile.warnings() {
            output::note(globals, &format!("warning: {warning}"));
        }
        rows.push([name.to_owned(), profile.dialect().to_owned(), profile.token_url()]);
    }
    output::verbose(globals, &format!("{} profiles in {}", rows.len(), profiles.path().display()));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (first, second) = (width(0), width(1));
    let line = |[name, dialect, url]: &[String; 3]| format!("{name:first$}  {dialect:second$}  {url}\n");
    output::print(&output::plain(&rows.iter().map(line).collect::<String>()))?;
    if wrong.is_empty() { Ok(()) } else { Err(Failure::usage(wrong.join("\n"))) }
}
