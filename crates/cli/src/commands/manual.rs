//! `hallpass completions` and `hallpass man`: both from the command line's own definition.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::failure::Failure;
use crate::{output, private};

pub(super) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "hallpass", &mut script);
    output::print_bytes(with_profiles(shell, &String::from_utf8_lossy(&script)).as_bytes()).map(|_| ())
}

/// The same script, which asks hallpass for the names of profiles where one is being typed.
fn with_profiles(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => script.to_owned() + BASH,
        Shell::Fish => script.to_owned() + FISH,
        Shell::Zsh => {
            let (head, body) = script.split_once('\n').unwrap_or_default();
            let lines = body.lines().map(|line| match line.strip_suffix(":_default' \\") {
                Some(profile) if profile.contains("profile -- ") => format!("{profile}:_hallpass_profiles' \\\n"),
                _ => format!("{line}\n"),
            });
            let body = lines.collect::<String>().replacen("_hallpass() {\n", ZSH_WORDS, 1);
            format!("{head}\n{ZSH}{body}")
        }
        _ => script.to_owned(),
    }
}

/// Line by line, and never through `compgen -W`, which would expand what stands in a name.
const BASH: &str = r#"
_hallpass_profiles() {
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(hallpass __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -gt 0 ]] || _hallpass "$@"
}
complete -F _hallpass_profiles -o bashdefault -o default hallpass
"#;

const FISH: &str = r"
complete -c hallpass -a '(hallpass __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
";

/// Where a profile stands, zsh knows by itself.
const ZSH: &str = r#"
_hallpass_profiles() {
    local -a names
    names=("${(@f)$(hallpass __complete "${(@Q)hallpass_words}" '' 2>/dev/null)}")
    compadd -a names
}
"#;

/// All the words before the one that is typed, for as long as zsh has them all.
const ZSH_WORDS: &str = r#"_hallpass() {
    local -a hallpass_words=("${(@)words[2,CURRENT-1]}")
"#;

pub(super) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Args::command()).render(&mut page);
        rendered.map_err(|error| Failure::other(format!("the page cannot be made: {error}")))?;
        return output::print_bytes(&page).map(|_| ());
    };
    let failed = |error: std::io::Error| private::failed(&format!("--out {}", folder.display()), &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), folder).map_err(failed)
}
