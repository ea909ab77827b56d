//! `hallpass init`: through options, and at a terminal.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::terminal::{at_terminal, at_terminal_by, until_hidden};
use crate::world::{CLIENT_SECRET, Home, PASSWORD, server};

/// Everything about the server's basic-form login but the profile's name and where the secret is.
pub(crate) fn basic(origin: &str) -> Vec<String> {
    let (token_url, api_url) = (format!("{origin}/oauth/v2/token"), format!("{origin}/"));
    ["--dialect", "basic-form", "--token-url", &token_url, "--client-id", "reports", "--api-url", &api_url]
        .map(str::to_owned)
        .to_vec()
}

pub(crate) fn init<'a>(more: &[&'a str], basic: &'a [String]) -> Vec<&'a str> {
    ["init"].into_iter().chain(more.iter().copied()).chain(basic.iter().map(String::as_str)).collect()
}

#[test]
fn options_make_a_profile_that_works() {
    let server = server();
    let home = Home::new("");
    fs::remove_file(home.path("hallpass.toml")).expect("ours");
    let basic = basic(&server.origin());
    let args = init(
        &["x", "--secret-file", "x.secret", "--secret-stdin", "--check-path", "basic-form/data", "--test"],
        &basic,
    );
    let ran = home.run_with_stdin(&args, format!("{CLIENT_SECRET}\n").as_bytes()).fine();
    assert!(
        ran.out.contains("wrote profile `x` to ") && ran.out.contains("x: fine. The login worked, and GET "),
        "{ran:?}"
    );
    ran.hides(&[CLIENT_SECRET]);
    // Without any profile file, the user's configuration folder gets one.
    for name in ["hallpass/hallpass.toml", "hallpass/x.secret"] {
        assert_eq!(fs::metadata(home.path(name)).expect(name).mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(home.path("hallpass")).expect("made").mode() & 0o777, 0o700);
    assert_eq!(fs::read_to_string(home.path("hallpass/x.secret")).expect("written"), CLIENT_SECRET);
    let ran = home.run(&["check", "x"]).fine();
    assert!(ran.err.is_empty(), "nothing to warn of: {ran:?}");

    let again = home.run_with_stdin(&init(&["y", "--secret-file", "x.secret", "--secret-stdin"], &basic), b"other");
    assert!(again.code == 2 && again.err.contains("it is there already"), "{again:?}");
    assert_eq!(fs::read_to_string(home.path("hallpass/x.secret")).expect("written"), CLIENT_SECRET);
}

/// A server of RFC 6749 (section 4.3.2) wants to be told which grant it is, and often which client asks.
#[test]
fn a_password_login_names_its_grant_and_its_client() {
    let login = ["--dialect", "password-form", "--token-url", "https://a.example/", "--username", "me"];
    let login = [&login[..], &["--secret-env", "A"]].concat();
    let made = |more: &[&str]| {
        let home = Home::new("");
        home.run(&[&["init", "x"], &login[..], more].concat()).fine();
        fs::read_to_string(home.path("hallpass.toml")).expect("there")
    };
    assert!(!made(&[]).contains("grant_type"), "an API of its own may want none");
    let text = made(&["--grant-type", "password", "--client-id", "app", "--scope", "read"]);
    let wanted = "client_id = \"app\"\nusername = \"me\"\ngrant_type = \"password\"\nscope = \"read\"\npassword = ";
    assert!(text.contains(wanted), "{text}");
}

const BEFORE: &str = "# mine\n\n[profiles.old]   # since May\ndialect = 'user-key'\nbase_url = 'https://a.example/'   # not b\nuser_id = 'me'\nuser_secret = { env = 'OLD' }\n\n# The last one.\n[profiles.last]\ndialect = 'user-key'\nbase_url = 'https://a.example/'\nuser_id = 'me'\nuser_secret = { env = 'LAST' }\n# end\n";

#[test]
fn what_stands_in_the_file_stays() {
    let home = Home::new(BEFORE);
    let basic = basic("https://auth.example");
    let args = init(&["new one", "--secret-command", "pass show 'my key'"], &basic);
    home.run(&args).fine();
    let text = fs::read_to_string(home.path("hallpass.toml")).expect("there");
    assert!(text.starts_with(BEFORE), "{text}");
    let added = &text[BEFORE.len()..];
    let wanted = "\n[profiles.\"new one\"]\ndialect = \"basic-form\"\ntoken_url = \"https://auth.example/oauth/v2/token\"\n\
                  client_id = \"reports\"\nclient_secret = { command = [\"pass\", \"show\", \"my key\"] }\n\
                  api_url = \"https://auth.example/\"\n";
    assert_eq!(added, wanted);

    let keyring = cfg!(feature = "keyring");
    let (kind, from) = if keyring { ("keyring", "reports/me") } else { ("env", "REPORTS") };
    home.run(&init(&["kept", &format!("--secret-{kind}"), from], &basic)).fine();
    let text = fs::read_to_string(home.path("hallpass.toml")).expect("there");
    let secret = format!("client_secret = {{ {kind} = \"{from}\" }}\n");
    assert!(text[BEFORE.len() + added.len()..].contains(&secret), "{text}");

    let ran = home.run(&init(&["old", "--secret-env", "NEW"], &basic));
    assert!(ran.code == 2 && ran.err.contains("add --force"), "{ran:?}");
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), text);
    home.run(&init(&["old", "--secret-env", "NEW", "--force"], &basic)).fine();
    let text = fs::read_to_string(home.path("hallpass.toml")).expect("there");
    assert!(text.starts_with("# mine\n\n[profiles.old]   # since May\ndialect = \"basic-form\"\n"), "{text}");
    assert!(text.contains("\n# The last one.\n[profiles.last]\n") && !text.contains("'OLD'"), "{text}");
    assert_eq!(home.run(&["profiles"]).fine().out.lines().count(), 4);
}

#[test]
fn its_line_ends_and_its_byte_order_mark_stay() {
    let before = format!("\u{feff}{}", BEFORE.replace('\n', "\r\n"));
    let home = Home::new(&before);
    home.run(&init(&["x", "--secret-env", "A"], &basic("https://auth.example"))).fine();
    let text = fs::read_to_string(home.path("hallpass.toml")).expect("there");
    assert!(text.starts_with(&before) && text.lines().count() > before.lines().count(), "{text:?}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
    assert_eq!(home.run(&["profiles"]).fine().out.lines().count(), 3);
}

#[test]
fn what_is_missing_or_wrong_is_named_and_nothing_is_written() {
    let home = Home::new(BEFORE);
    let basic = basic("https://auth.example");
    let without = |left_out: &str| {
        let at = basic.iter().position(|arg| arg == left_out).expect("there");
        [&basic[..at], &basic[at + 2..]].concat()
    };
    let rows: [(Vec<String>, &[&str], &str); 12] = [
        (
            Vec::new(),
            &[],
            if cfg!(feature = "keyring") {
                "PROFILE, --dialect, --secret-env (or --secret-file, --secret-command, --secret-keyring) are missing"
            } else {
                "PROFILE, --dialect, --secret-env (or --secret-file, --secret-command) are missing"
            },
        ),
        (without("--dialect"), &["x", "--secret-env", "A"], "--dialect is missing"),
        (without("--token-url"), &["x", "--secret-env", "A"], "--token-url is missing"),
        (without("--client-id"), &["x"], "--client-id, --secret-env (or"),
        (basic.clone(), &["x", "--secret-env", "A", "--user-id", "me"], "--user-id: basic-form has no such thing"),
        (
            basic.clone(),
            &["x", "--secret-env", "A", "--grant-type", "password"],
            "--grant-type: basic-form has no such",
        ),
        (basic.clone(), &["x", "--secret-command", "a 'b"], "is a quote left open?"),
        (basic.clone(), &["x", "--secret-command", ""], "--secret-command: it is empty"),
        (basic.clone(), &["x", "--secret-env", "A", "--secret-file", "b"], "cannot be used with"),
        (basic.clone(), &["x", "--secret-stdin"], "--secret-stdin: it goes into --secret-file"),
        (basic.clone(), &["x", "--secret-stdin", "--secret-env", "A"], "--secret-stdin: it goes into --secret-file"),
        (without("--token-url"), &["x", "--secret-env", "A", "--token-url", "http://auth.example/"], "`token_url`"),
    ];
    for (options, more, why) in rows {
        let ran = home.run(&init(more, &options));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains(why), "{why}: {ran:?}");
    }
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), BEFORE);
    for (text, start) in
        [("# mine", "# mine\n\n[profiles.x]\n"), ("", "[profiles.x]\n"), ("\n\n", "\n\n[profiles.x]\n")]
    {
        let home = Home::new(text);
        home.run(&init(&["x", "--secret-env", "A"], &basic)).fine();
        let text = fs::read_to_string(home.path("hallpass.toml")).expect("there");
        assert!(text.starts_with(start), "{text}");
    }
    for (text, why) in [("x = [", "not TOML"), ("profiles = 7", "profiles")] {
        let home = Home::new(text);
        let ran = home.run(&init(&["x", "--secret-env", "A"], &basic));
        assert!(ran.code == 2 && ran.err.contains(why), "{ran:?}");
        assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), text);
    }
}

#[test]
fn a_login_to_be_registered_is_not_tested_before() {
    let home = Home::new("");
    let login = ["--dialect", "user-key", "--base-url", "https://a.example/", "--user-id", "me", "--secret-env", "A"];
    let ran = home.run(&[&["init", "x", "--test"], &login[..]].concat());
    assert!(ran.code == 2 && ran.err.contains("registered first: `hallpass register x`"), "{ran:?}");
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), "");
    assert!(home.run(&[&["init", "x"], &login[..]].concat()).fine().out.contains("next: hallpass register x"));
}

/// Whoever keeps configuration elsewhere has a link here.
#[test]
fn a_link_to_the_file_stays_a_link() {
    let home = Home::new("");
    home.write("real.toml", b"# mine\n");
    fs::set_permissions(home.path("real.toml"), fs::Permissions::from_mode(0o644)).expect("ours");
    symlink(home.path("real.toml"), home.path("link.toml")).expect("a link");
    let basic = basic("https://auth.example");
    let ran = home.run(&init(&["--config", "link.toml", "my api", "--secret-env", "A"], &basic)).fine();
    assert!(ran.out.ends_with("\nnext: hallpass token 'my api' --config link.toml\n"), "{ran:?}");
    assert!(home.path("link.toml").is_symlink());
    let about = fs::metadata(home.path("real.toml")).expect("there");
    assert!(about.mode() & 0o777 == 0o600 && about.len() > 100);
}

/// The next try would find it in its way.
#[test]
fn no_secret_is_left_where_the_profile_cannot_be_written() {
    let home = Home::new("");
    symlink("nowhere.toml", home.path("link.toml")).expect("a link");
    let basic = basic("https://auth.example");
    let args = init(&["--config", "link.toml", "x", "--secret-file", "x.secret", "--secret-stdin"], &basic);
    for _ in 0..2 {
        let ran = home.run_with_stdin(&args, CLIENT_SECRET.as_bytes());
        assert!(ran.code == 2 && ran.out.is_empty() && ran.err.contains("link.toml cannot be written"), "{ran:?}");
        assert!(!home.path("x.secret").exists());
    }
}

/// Relative paths begin at the folder of the link, for `init` as for everybody after it.
#[test]
fn a_secret_lies_beside_the_link_and_not_where_it_leads() {
    let server = server();
    let home = Home::new("");
    fs::create_dir(home.path("dotfiles")).expect("a folder");
    fs::rename(home.path("hallpass.toml"), home.path("dotfiles/hallpass.toml")).expect("ours");
    symlink("dotfiles/hallpass.toml", home.path("hallpass.toml")).expect("a link");
    let basic = basic(&server.origin());
    let args = init(&["x", "--secret-file", "x.secret", "--secret-stdin", "--test"], &basic);
    home.run_with_stdin(&args, CLIENT_SECRET.as_bytes()).fine();
    assert_eq!(fs::read_to_string(home.path("x.secret")).expect("written"), CLIENT_SECRET);
    assert!(!home.path("dotfiles/x.secret").exists());
    home.run(&["token", "x"]).fine();
}

#[test]
fn at_a_terminal_it_asks_and_shows_no_secret() {
    let server = server();
    let home = Home::new("");
    let mut terminal = at_terminal_by(&home, r#"stty echo; tty > tty; exec "$0" "$@""#, &["init"], &[]);
    let mut said = String::new();
    let mut answer = |question: &str, text: &str| {
        said += &terminal.exp_string(question).expect(question);
        said += &terminal.exp_string(":\x1b[0m ").expect("a prompt");
        if text == PASSWORD {
            until_hidden(&home);
        }
        terminal.send_line(text).expect("an answer");
    };
    answer("A name for the profile", "platform");
    answer("How does the API let one log in", "password");
    answer("How does the API let one log in", "password-form");
    answer("Where tokens come from", "htp://nowhere");
    answer("Where tokens come from", &format!("{}/authorization", server.origin()));
    answer("The user's name", "alice");
    answer("The grant_type", "password");
    answer("Scopes", "");
    answer("The password comes from", "vault");
    answer("name one of them first", "file");
    answer("The file", "platform.secret");
    answer("The API's base URL", &format!("{}/", server.origin()));
    answer("A path below it", "password-form/data");
    answer("password, to be written there", PASSWORD);
    answer("Try it now?", "y");
    said += &terminal.exp_string("platform: fine. The login worked").expect("it works");
    said += &terminal.exp_eof().expect("it ends");
    assert!(!said.contains(PASSWORD), "{said}");
    assert!(said.contains("It is one of auth0-json") && said.contains("That is refused"), "{said}");
    assert_eq!(fs::read_to_string(home.path("platform.secret")).expect("written"), PASSWORD);
    assert_eq!(fs::metadata(home.path("platform.secret")).expect("written").mode() & 0o777, 0o600);
    assert!(fs::read_to_string(home.path("hallpass.toml")).expect("there").contains("grant_type = \"password\"\n"));
    home.run(&["check", "platform"]).fine().hides(&[PASSWORD]);
}

/// As it was copied from a manual; nothing is written.
#[test]
fn a_url_that_holds_a_placeholder_is_refused_as_a_profiles_is() {
    let home = Home::new(BEFORE);
    let url = "https://login.example/{tenant}/oauth2/v2.0/token";
    let ran = home.run(&[
        "init",
        "new",
        "--dialect",
        "basic-form",
        "--token-url",
        url,
        "--client-id",
        "c",
        "--secret-env",
        "S",
    ]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = "placeholder `{tenant}`: write what stands for it, without brackets";
    assert!(ran.err.contains(said), "{ran:?}");
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), BEFORE);
}

#[test]
fn whoever_gives_up_finds_nothing_written() {
    let home = Home::new(BEFORE);
    let mut terminal = at_terminal(&home, &["init", "--dialect", "user-key"], &[]);
    terminal.exp_string("A name for the profile").expect("it asks");
    terminal.send_line("old").expect("an answer");
    terminal.exp_string("add --force").expect("it is taken");
    terminal.send_control('d').expect("a key");
    terminal.exp_string("no more answers came").expect("it ends");
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), BEFORE);
}
