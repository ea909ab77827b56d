//! What is wrong with a profile is said with file, line, profile and a way out.

mod common;

use common::{NEEDED, more_at, parse, problem, text};
use hallpass_profile::{ProfileError, Profiles};

#[test]
fn a_problem_reads_path_line_profile_message() {
    let error = parse(&text("basic-form", "scoop = 'read'")).expect_err("misspelt");
    assert_eq!(error.to_string(), "/profiles/hallpass.toml:6: profile `x`: unknown key `scoop`: did you mean `scope`?");
}

#[test]
fn every_mistake_is_found_and_they_come_in_file_order() {
    let text = "\
[profiles.b]
dialect = 'basic-form'
token_url = 'https://auth.test/'
client_id = 7
client_sekret = 's'
timeout = 'soon'

[profiles.a]
dialect = 'user-keys'
base_url = 'https://auth.test/'

[profils.c]
[x]
";
    let profiles = Profiles::parse(text, "p.toml").expect("it is TOML");
    let expected = [
        "p.toml:1: profile `b`: `client_secret` is missing",
        "p.toml:4: profile `b`: `client_id` must be a string, { env",
        "p.toml:5: profile `b`: unknown key `client_sekret`: did you mean `client_secret`?",
        "p.toml:6: profile `b`: `timeout` must be a number of seconds, or a string such as \"30s\"",
        "p.toml:9: profile `a`: `dialect` must be \"auth0-json\", \"basic-form\", \"user-key\", \"password-form\" or \"declared\": did you",
        "p.toml:12: unknown key `profils`: did you mean `profiles`? A profile begins with [profiles.NAME]",
        "p.toml:13: unknown key `x`. A profile begins with [profiles.NAME]",
    ];
    let found: Vec<_> = profiles.problems().iter().map(ToString::to_string).collect();
    for (line, expected) in found.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}\nis not {expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
    // What is outside of every profile may have been meant for any.
    for (name, lines) in [("b", 6), ("a", 3), ("c", 2)] {
        let error = profiles.get(name).expect_err("mistakes").to_string();
        assert_eq!(error.lines().count(), lines, "{error}");
        assert!(error.ends_with(&found[6]), "{error}");
    }
}

#[test]
fn a_mistake_in_one_profile_does_not_stop_the_others() {
    let file = format!(
        "{}\n[profiles.old]\ndialect = 'user-keys'\n{}",
        text("basic-form", ""),
        text("basic-form", "").replace("profiles.x", "profiles.y")
    );
    let profiles = Profiles::parse(&file, "p.toml").expect("it is TOML");
    assert_eq!(profiles.names().collect::<Vec<_>>(), ["x", "old", "y"]);
    assert!(profiles.get("x").is_ok() && profiles.get("y").is_ok());
    let Err(ProfileError::Invalid { problems }) = profiles.get("old") else { panic!("it has a mistake") };
    assert_eq!(problems, profiles.problems());
    assert!(problems.iter().all(|problem| problem.profile.as_deref() == Some("old")), "{problems:?}");
    assert!(matches!(profiles.get("z"), Err(ProfileError::Unknown { known, .. }) if known == ["x", "old", "y"]));
}

#[test]
fn what_the_core_refuses_is_found_at_load_in_file_order_too() {
    let more =
        "extra = { grant_type = 'x' }\nproxy = 'socks5://p'\norigins = ['http://a.test']\nheaders = { Host = 'h' }";
    let Err(ProfileError::Invalid { problems }) = parse(&text("basic-form", more)) else { panic!("four mistakes") };
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [6, 7, 8, 9], "{problems:?}");
}

#[test]
fn a_needed_key_that_is_missing_is_named() {
    // What a described dialect needs depends on what it sends.
    for (dialect, needed) in NEEDED.into_iter().filter(|(name, _)| *name != "declared") {
        for gone in needed.lines() {
            let key = gone.split(' ').next().expect("a key");
            let (line, message) = problem(&text(dialect, "").replace(&format!("{gone}\n"), ""));
            assert_eq!((line, message), (1, format!("`{key}` is missing")), "{dialect}");
        }
    }
    assert_eq!(problem("[profiles.x]\n"), (1, "`dialect` is missing".into()));
}

/// A public client that followed such a demand would send a secret that it does not have.
#[test]
fn a_client_that_needs_no_secret_is_told_of_none_whatever_else_is_missing() {
    let exchange = "grant = 'token-exchange'\nsubject = 's'\n";
    for (more, expected) in [
        ("grant = 'refresh-token'", "`subject` is missing"),
        (&format!("{exchange}subject_token_type = 'jwt'"), "`subject_token` is missing"),
        (&format!("{exchange}subject_token = 't'\nsubject_token_type = 'jtw'"), "`subject_token_type` must be a URI"),
        ("grant = 'refresh_token'\nsubject = 's'", "did you mean \"refresh-token\"?"),
    ] {
        let public = text("basic-form", more).replace("client_secret = { env = 'SECRET' }\n", "");
        let Err(ProfileError::Invalid { problems }) = parse(&public) else { panic!("{more}") };
        let [problem] = &problems[..] else { panic!("{more}: {problems:?}") };
        assert!(problem.message.contains(expected), "{more}: {problem}");
    }
}

/// As it was copied from a manual.
#[test]
fn a_url_that_holds_a_placeholder_is_refused_with_its_line() {
    let basic = text("basic-form", "api_url = 'https://{region}.api.test/'\nrevocation_url = 'https://<host>/revoke'");
    for (profile, at, what) in [
        (basic.replace("https://auth.test/token", "https://auth.test/{tenant}/token"), 3, "`token_url` {tenant}"),
        (basic.clone(), 6, "`api_url` {region}"),
        (basic.replace("{region}", "eu"), 7, "`revocation_url` <host>"),
        (text("user-key", "").replace("auth.test", "auth.test/{realm}"), 3, "`base_url` {realm}"),
        (
            "[profiles.x]\ndialect = 'declared'\nauthenticate = { url = 'https://a.test/{id}' }\n".into(),
            3,
            "`url` {id}",
        ),
    ] {
        let Err(ProfileError::Invalid { problems }) = parse(&profile) else { panic!("{what}") };
        let (key, named) = what.split_once(' ').expect("two words");
        let message = format!(
            "{key} still holds a placeholder `{named}`: write what stands for it, without brackets (those that belong there are %7B and %7D)"
        );
        assert!(problems.iter().any(|it| it.line == at && it.message.ends_with(&message)), "{what}: {problems:?}");
    }
}

#[test]
fn plain_http_is_refused_with_its_line_unless_the_host_is_named() {
    for (key, line) in [("token_url", 3), ("api_url", 6), ("origins", 8)] {
        let url = |name| if name == key { "http://auth.lan/" } else { "https://auth.lan/" };
        let more = format!("api_url = '{}'\norigins = [\n'{}'\n]\n", url("api_url"), url("origins"));
        let profile = text("basic-form", &more).replace("https://auth.test/token", url("token_url"));
        let (found, message) = problem(&profile);
        assert_eq!(found, line, "{message}");
        assert!(message.contains("list \"auth.lan\" in allow_http"), "{message}");
        let allowed = parse(&format!("{profile}allow_http = ['AUTH.lan']")).expect("the host is named");
        allowed.config().expect("the host is named");
    }
    parse(&text("basic-form", "").replace("https://auth.test", "http://127.0.0.1:8080")).expect("loopback");
    let (line, message) = problem(&text("user-key", "").replace("https:", "http:"));
    assert!(line == 3 && message.starts_with("`base_url`: http://auth.test is plain http"), "{message}");
}

#[test]
fn each_value_says_what_it_may_be() {
    let table = [
        ("basic-form", "client_auth = 'header'", "\"basic\", \"body\", \"private_key_jwt\" or \"tls\""),
        ("basic-form", "client_auth = 'private-key-jwt'", "did you mean \"private_key_jwt\"?"),
        ("basic-form", "subject = 's'", "`subject` belongs to grant = \"jwt-bearer\""),
        ("basic-form", "actor_token_type = 'jwt'", "belongs to grant = \"token-exchange\""),
        ("basic-form", "grant = 'refresh-token'", "`subject` is missing"),
        ("basic-form", "grant = 'jwt-bearer'\nassertion = 'a'", "`subject` is missing"),
        ("basic-form", "grant = 'jwt_bearer'", "did you mean \"jwt-bearer\"?"),
        (
            "basic-form",
            "grant = 'token-exchange'\nsubject = 's'\nsubject_token = 't'",
            "`subject_token_type` is missing",
        ),
        ("basic-form", "subject_token_type = 'acess'", "must be a URI, or one of access_token"),
        ("basic-form", "key_id = 'k'", "`key_id` belongs to client_auth = \"private_key_jwt\""),
        (
            "basic-form",
            "algorithm = 'HS256'",
            "`algorithm` must be \"RS256\", \"PS256\", \"ES256\", \"EdDSA\" or \"Ed25519\"",
        ),
        ("user-key", "private_key = 'k'", "`private_key` belongs to basic-form, password-form and declared"),
        ("password-form", "private_key = { file = 'k.pem' }", "`client_id` is missing"),
        ("user-key", "client_key = { file = 'k.pem' }", "`client_certificate` is missing"),
        ("password-form", "client_auth = 'tls'\nclient_id = 'c'", "`client_certificate` is missing"),
        ("basic-form", "basic_encoding = 'fomr'", "or \"raw\": did you mean \"form\"?"),
        ("basic-form", "resource = 'no uri'", "absolute URI"),
        ("basic-form", "scope = ''", "`scope` is empty"),
        ("basic-form", "extra = { n = 1 }", "`extra.n` must be a string, not an integer"),
        ("basic-form", "extra = 'x'", "`extra` must be a table"),
        ("basic-form", "extra = { scope = 'x' }", "extra parameter scope"),
        ("auth0-json", "extra = { when = 1979-05-27 }", "write a date as a string"),
        ("auth0-json", "extra = { much = inf }", "no JSON number"),
        ("auth0-json", "extra = { much = 99999999999999999999 }", "too large"),
        ("user-key", "token_url = 'https://x.test'", "`token_url` belongs to auth0-json, basic-form and password-form"),
        ("password-form", "client_auth = 'body'", "there is no `client_secret`"),
        ("password-form", "client_secret = 's'", "`client_id` is missing"),
        ("user-key", "store = 'fiel'", "did you mean \"file\"?"),
        ("user-key", "store = 'http://host'", "`store` must be \"memory\", \"file\""),
        ("user-key", "store = 'file:'", "without a path"),
        ("user-key", "store = 'file://tokens'", "`store` has `file://` and no third slash: write file:/path"),
        ("user-key", "store = 'file://./tokens'", "or file:folder for a relative one"),
        ("user-key", "store = 'file://~/tokens'", "no third slash"),
        ("user-key", "store = 'file://'", "no third slash"),
        ("user-key", "store = 'unix:/run/r'", "or \"redis+unix:///path\""),
        ("user-key", "store = 7", "or { file = \"/path\", keys = […] } or { redis = \"…\" }, not an integer"),
        ("user-key", "store = {}", "`store`: must be { file = \"/path\""),
        ("user-key", "store = { flie = '/x' }", "`store`: unknown key `flie`: did you mean `file`?"),
        ("user-key", "store = { file = '/x', prefix = 'p' }", "`store`: unknown key `prefix`"),
        ("user-key", "store = { file = 7 }", "`store`: `file` must be a string, not an integer"),
        ("user-key", "store = { file = '/x', redis = 'redis://h' }", "`store`: unknown key `file`"),
        ("user-key", "store = { file = '/x', keys = 'k' }", "`store`: `keys` must be a list of strings or sources"),
        ("user-key", "store = { file = '/x', keys = [ { evn = 'A' } ] }", "entry of `keys` has an unknown source"),
        ("user-key", "store = { redis = 'http://h' }", "`store`: `redis` must be a URL that begins with redis://"),
        ("user-key", "store = { redis = 'redis://h', timeout = 'soon' }", "`store`: `timeout` must be a number of"),
        ("user-key", "store = { redis = 'redis://h', pasword = 'p' }", "did you mean `password`?"),
        ("user-key", "roots = 'mozilla'", "`roots` must be \"bundled\" or \"platform\""),
        ("user-key", "refresh_rotates = 'no'", "`refresh_rotates` must be true or false, not a string"),
        ("user-key", "allow_http = 'auth.test'", "`allow_http` must be a list of strings, not a string"),
        ("user-key", "allow_http = ['http://auth.test']", "without scheme, port or path"),
        ("user-key", "allow_http = ['auth.test:80']", "without scheme, port or path"),
        ("user-key", "origins = ['auth.test']", "not absolute"),
        ("user-key", "origins = [1]", "an entry of `origins` must be a string, not an integer"),
        ("user-key", "api_url = 'https://api.test/?a=b'", "`api_url` has a query"),
        ("user-key", "api_url = 'ftp://api.test/'", "neither https nor http"),
        ("user-key", "check_path = 'ping'", "`check_path` lies below `api_url`, which is missing"),
        ("user-key", "api_url = 'https://a.test'\ncheck_path = 'https://b.test/'", "a path below `api_url`"),
        ("user-key", "api_url = 'https://a.test'\ncheck_path = 'a b'", "percent-encoded"),
        ("user-key", "headers = { 'no name' = 'x' }", "no header name"),
        ("user-key", "proxy = 'https://proxy.test'", "only HTTP proxies"),
        ("user-key", "user_key = {}", "exactly one source"),
        ("user-key", "user_key = { env = 'A', file = 'b' }", "exactly one source"),
        ("user-key", "user_key = { evn = 'A' }", "did you mean `env`?"),
        ("user-key", "user_key = { vault = 'A' }", "unknown source: it must be a string, { env"),
        ("user-key", "user_key = { keyring = 'ducky' }", "must be a service and an account"),
        ("user-key", "user_key = { keyring = 'ducky/' }", "must be a service and an account"),
        ("user-key", "user_key = { command = 'pass show x' }", "a list of strings, the program first"),
        ("user-key", "user_key = { command = [] }", "has no program"),
        ("user-key", "user_key = { command = ['pass', 1] }", "a list of strings, the program first"),
        ("user-key", "user_key = { file = '' }", "has a `file` that is empty"),
    ];
    for (dialect, more, expected) in table {
        let (line, message) = problem(&text(dialect, more));
        assert!(message.contains(expected), "{more}: {message}");
        let last = more_at(dialect) + more.lines().count() - 1;
        assert!(line == last || message.ends_with("is missing"), "{more} at {line}: {message}");
    }
}

#[test]
fn what_is_no_toml_says_where() {
    let error = Profiles::parse("[profiles.x]\ndialect = \"user-key", "p.toml").expect_err("not closed");
    assert!(matches!(&error, ProfileError::Syntax { line: 2, .. }), "{error:?}");
    assert!(error.to_string().starts_with("p.toml:2:"), "{error}");
    let twice = Profiles::parse("[profiles.x]\n[profiles.x]", "p.toml").expect_err("a duplicate").to_string();
    assert_eq!(twice, "p.toml:2:11: this is not TOML: duplicate key");
}

#[test]
fn an_unknown_profile_names_the_nearest_and_lists_all() {
    let file = text("basic-form", "").replace("profiles.x", "profiles.ducky") + &text("user-key", "");
    let profiles = Profiles::parse(&file, "p.toml").expect("two profiles");
    assert_eq!(profiles.names().collect::<Vec<_>>(), ["ducky", "x"]);
    let error = profiles.get("duky").expect_err("unknown").to_string();
    assert_eq!(error, "there is no profile `duky` in p.toml: the nearest is `ducky`; it has `ducky` and `x`");
    let far = profiles.get("orders-prod").expect_err("unknown").to_string();
    assert_eq!(far, "there is no profile `orders-prod` in p.toml: it has `ducky` and `x`");
    let none = Profiles::parse("", "p.toml").expect("no mistake in nothing").get("x").expect_err("unknown").to_string();
    assert!(none.ends_with("it has no profiles yet; one begins with [profiles.NAME]"), "{none}");
    let get = |text| Profiles::parse(text, "p.toml").and_then(|profiles| profiles.get("x"));
    let flat = get("profiles = 1").expect_err("no table").to_string();
    assert_eq!(flat, "p.toml:1: `profiles` must be a table, as [profiles.NAME], not an integer");
    let flat = get("[profiles]\nx = 1").expect_err("no table").to_string();
    assert_eq!(flat, "p.toml:2: profile `x`: it must be a table, as [profiles.x], not an integer");
}

/// Too many open files, a disk's trouble, a file that is no program: the library has no kind for them.
#[cfg(target_os = "linux")]
#[test]
fn what_the_system_says_is_told_in_its_words() {
    use hallpass_profile::Environment;
    use std::os::unix::fs::PermissionsExt;

    // Nothing is mapped at its beginning.
    let unreadable = std::path::Path::new("/proc/self/mem");
    let error = Profiles::find_in(Environment::empty(), Some(unreadable)).expect_err("no profile file").to_string();
    assert!(error.contains("the profile file cannot be read: ") && error.ends_with("(os error 5)"), "{error}");
    let secret = |source: &str| {
        let text = text("basic-form", "").replace("{ env = 'SECRET' }", source);
        let config = parse(&text).expect("no mistake").config().expect("nothing is asked for yet");
        config.secret_source().secret("client_secret").expect_err("there is none").to_string()
    };
    let file = secret("{ file = '/proc/self/mem' }");
    assert!(file.contains("cannot read the file /proc/self/mem: ") && file.ends_with("(os error 5)"), "{file}");
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("program");
    std::fs::write(&program, "").expect("a file");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("ours");
    let command = secret(&format!("{{ command = ['{}'] }}", program.display()));
    assert!(command.contains("cannot be run: ") && command.ends_with("(os error 8)"), "{command}");
}
