//! Any text, and any change of a good profile, gives a value or an error.

mod common;

use common::{NEEDED, text};
use hallpass_profile::Profiles;
use proptest::prelude::*;

/// Every shape of line that a profile can have.
const LINES: &str = "\
api_url = 'https://api.test/'
check_path = 'ping'
origins = ['https://a.test', \"https://b.test:8443\"]
allow_http = [
  'c.test',
]
headers = { X-A = 'b' }
proxy = 'http://me:pw@proxy.test:3128'
timeout = '10m'
call_timeout = '1h'
connect_timeout = 1.5
default_life = 3_600
roots = 'platform'
refresh_rotates = false
store = { redis = 'redis://u:p@h/1', keys = ['k', { env = 'K' }] }
";

fn read(text: &str) -> bool {
    match Profiles::parse(text, "p.toml") {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
        Ok(profiles) => {
            let names: Vec<_> = profiles.names().map(str::to_owned).collect();
            for name in names {
                let Ok(profile) = profiles.get(&name) else { continue };
                let shown = (profile.token_url(), profile.api_url(), profile.origins(), profile.warnings());
                assert!(!format!("{profile:?} {shown:?}").is_empty());
            }
            profiles.problems().is_empty()
        }
    }
}

fn whole(dialect: usize) -> String {
    text(NEEDED[dialect].0, LINES)
}

#[test]
fn what_is_changed_was_good() {
    for dialect in 0..NEEDED.len() {
        assert!(read(&whole(dialect)));
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn any_bytes_that_are_text_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text_of_toml_signs_is_read(text in "[\\[\\]{}=.,'\"\\\\#\n\r\t xuU0-9a-f:+_-]{0,120}") {
        read(&text);
        read(&format!("[profiles.x]\n{text}"));
        read(&whole(0).replace("'me'", &text));
    }

    #[test]
    fn any_change_of_a_profile_is_read(
        dialect in 0..NEEDED.len(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\PC\n]{0,8}"), 1..6),
    ) {
        let mut chars: Vec<char> = whole(dialect).chars().collect();
        for (at, gone, put) in cuts {
            let at = at.index(chars.len() + 1);
            let end = (at + gone).min(chars.len());
            chars.splice(at..end, put.chars());
        }
        read(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn any_value_of_any_key_is_read(
        dialect in 0..NEEDED.len(),
        line in any::<prop::sample::Index>(),
        value in prop_oneof![
            "-?[0-9]{1,25}", "-?[0-9]{1,5}\\.[0-9]{1,5}(e[+-]?[0-9]{1,4})?", "'[^'\n]{0,20}'",
            "'[0-9]{1,25} ?(ms|s|m|h|d|w)'", "'https?://[^'\n]{0,12}'", "\\['[a-z.:/]{0,8}', [0-9]\\]",
            "\\{ (env|file|command|x) = ('[A-Z]{0,3}'|\\['no-such-[a-z]{3}'\\]) \\}", "true|false|inf|nan|1979-05-27",
        ],
    ) {
        let whole = whole(dialect);
        let lines: Vec<_> = whole.lines().collect();
        let line = line.index(lines.len());
        let changed: Vec<_> = lines.iter().enumerate().map(|(at, text)| match text.split_once(" = ") {
            Some((key, _)) if at == line => format!("{key} = {value}"),
            _ => (*text).to_owned(),
        }).collect();
        read(&changed.join("\n"));
    }
}

#[test]
fn depth_and_length_are_survived() {
    for many in [10, 100, 10_000, 200_000] {
        read(&format!("a = {}", "[".repeat(many)));
        read(&format!("a = {}{}", "[".repeat(many), "]".repeat(many)));
        read(&format!("a = {}", "{ a = ".repeat(many)));
        read(&format!("a{} = 1", ".a".repeat(many)));
        read(&format!("[a{}]", ".a".repeat(many)));
        read(&"[[a]]\n".repeat(many));
        read(&whole(0).replace("'me'", &format!("'{}'", "m".repeat(many))));
    }
}
