//! No error, warning, `Debug` or `Display` repeats what may be a secret, whatever is wrong with the file.

mod common;

use common::{CANARY, NEEDED, parse, text};
use hallpass_profile::{Profile, ProfileError, Profiles};

/// Everything that this profile can be made to say.
fn said(result: Result<Profile, ProfileError>) -> String {
    match result {
        Err(error) => format!("{error} {error:?}"),
        Ok(profile) => {
            let config = profile.config();
            let secrets = config.iter().flat_map(|config| {
                let source = config.secret_source().clone();
                let names = ["client_secret", "user_secret", "password", "nonsense"];
                names.map(move |name| source.secret(name).map_or_else(|e| format!("{e} {e:?}"), |s| format!("{s:?}")))
            });
            let secrets: Vec<_> = secrets.collect();
            let config = config.map_or_else(|e| format!("{e} {e:?}"), |config| format!("{config:?}"));
            let warnings = profile.warnings().into_iter().map(|warning| format!("{warning} {warning:?}"));
            format!("{profile:?} {config} {secrets:?} {:?}", warnings.collect::<Vec<_>>())
        }
    }
}

fn silent(text: &str) {
    let said = said(parse(text));
    assert!(!said.contains(CANARY), "{text}\nsays {said}");
    let file = Profiles::parse(text, "p.toml");
    let problems: Vec<_> = file.iter().flat_map(Profiles::problems).map(ToString::to_string).collect();
    let file = format!("{file:?} {problems:?}");
    assert!(!file.contains(CANARY), "{text}\nshows {file}");
}

/// Values of the right and of every wrong kind, with the canary in them.
fn values() -> Vec<String> {
    let forms = [
        "'{}'",
        "'https://user:{}@auth.test/'",
        "'https://auth.test/?key={}'",
        "'http://me:{}@proxy.test:8080'",
        "'socks5://me:{}@proxy.test:8080'",
        "'30{}'",
        "['{}']",
        "[['{}']]",
        "[1, '{}']",
        "{ env = '{}' }",
        "{ env = ['{}'] }",
        "{ file = '{}' }",
        "{ file = '/{}/{}' }",
        "{ file = \"{}\\u0000\" }",
        "{ file = '/etc/passwd/{}' }",
        "{ file = { x = '{}' } }",
        "{ command = '{}' }",
        "{ command = ['false', '{}'] }",
        "{ command = ['echo', '{}'] }",
        "{ command = ['sh', '-c', 'echo {}; exit 1'] }",
        "{ command = ['true', '{}'] }",
        "{ command = [{ x = '{}' }] }",
        "{ envv = '{}' }",
        "{ '{}' = 'x' }",
        "{ env = 'A', file = '{}' }",
        "{ x = '{}\\u0000' }",
        "{ X-Key = '{}' }",
        "{ X-Key = \"{}\\n\" }",
        "{ Host = '{}' }",
        "{ grant_type = '{}' }",
        "{ deep = { deeper = ['{}', 1979-05-27] } }",
        // Not TOML.
        "{}",
        "'{}",
        "\"{}\\q\"",
        "'''{}",
        "['{}'",
        "{ env = '{}'",
        "'{}' '{}'",
        "'{}' = 1",
        "\"{}\u{7}\"",
        "1979-13-{}",
        "0x{}",
    ];
    forms.iter().map(|form| form.replace("{}", CANARY)).collect()
}

const KEYS: [&str; 32] = [
    "dialect",
    "token_url",
    "base_url",
    "client_id",
    "client_secret",
    "client_auth",
    "basic_encoding",
    "audience",
    "resource",
    "scope",
    "extra",
    "user_id",
    "user_secret",
    "user_key",
    "username",
    "password",
    "grant_type",
    "api_url",
    "origins",
    "check_path",
    "headers",
    "ca_file",
    "roots",
    "proxy",
    "timeout",
    "call_timeout",
    "connect_timeout",
    "default_life",
    "allow_http",
    "refresh_rotates",
    "store",
    "no_such_key",
];

/// Hosts, and the names of parameters, headers and profiles, are no secrets: what is said of them must name them.
fn is_a_name(key: &str, value: &str) -> bool {
    let names = format!("{{ '{CANARY}' = 'x' }}");
    (key == "allow_http" && value == format!("['{CANARY}']"))
        || (["extra", "headers", "profiles", "store"].contains(&key) && value == names)
}

#[test]
fn no_value_of_any_key_shows() {
    for (dialect, _) in NEEDED {
        for key in KEYS {
            for value in values().iter().filter(|value| !is_a_name(key, value)) {
                let whole = text(dialect, "");
                let others = whole.lines().filter(|line| line.split(' ').next() != Some(key));
                let others: Vec<_> = others.collect();
                silent(&format!("{}\n{key} = {value}\n", others.join("\n")));
            }
        }
    }
}

#[test]
fn no_misplaced_line_shows() {
    for value in values() {
        silent(&format!("client_secret = {value}\n{}", text("basic-form", "")));
        if !is_a_name("profiles", &value) {
            silent(&format!("profiles = {value}\n"));
            silent(&format!("[profiles]\nx = {value}\n"));
        }
        silent(&text("basic-form", &format!("client_secret = {value}")));
        silent(&text("basic-form", &format!("scope.client_secret = {value}")));
        silent(&text("user-key", &format!("user_key = {value} # and {CANARY}\nnot toml")));
    }
}

/// What a file or a command gave stays out of errors as well, also where it cannot be used.
#[test]
fn nothing_that_was_fetched_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = format!("{CANARY}\nmore");
    for (name, bytes) in [("fine", CANARY.as_bytes()), ("lines", lines.as_bytes())] {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let not_text = [CANARY.as_bytes(), b"\xff"].concat();
    std::fs::write(folder.path().join("bytes"), not_text).expect("written");
    std::fs::write(folder.path().join("long"), CANARY.repeat(9999)).expect("written");
    for name in ["fine", "lines", "bytes", "long"] {
        let path = folder.path().join(name).display().to_string();
        for source in [format!("{{ file = '{path}' }}"), format!("{{ command = ['cat', '{path}'] }}")] {
            for (dialect, key) in [("user-key", "user_key"), ("password-form", "client_id")] {
                silent(&text(dialect, &format!("{key} = {source}")));
            }
            silent(&text("basic-form", &format!("ca_file = '{path}'")));
            silent(&text("basic-form", "").replace("{ env = 'SECRET' }", &source));
        }
    }
}
