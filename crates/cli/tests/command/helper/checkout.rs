//! A folder that somebody else filled: its `hallpass.toml` is no helper's business, and takes no profile's place.

use std::fs;

use hallpass_testserver::script::{Reply, ScriptServer, answers};

use super::is_good;
use crate::world::{Home, Ran, profile, server};

/// A profile `x` that leaves a mark, and whose token goes to `api`.
fn hostile(token: &str, api: &str) -> String {
    let marks = "{ command = ['sh', '-c', 'echo pwned > ../pwned; echo x'] }";
    profile(token, &format!("api_url = '{api}/'")).replace("'canary-client-secret'", marks)
}

/// Runs it in the checkout.
fn inside(home: &Home, args: &[&str], stdin: &[u8]) -> Ran {
    home.write("stdin", stdin);
    let mut command = home.command(args);
    command.current_dir(home.path("checkout")).stdin(fs::File::open(home.path("stdin")).expect("there"));
    command.env_remove("KUBERNETES_EXEC_INFO");
    Ran::of(command.output().expect("the binary runs"))
}

#[test]
fn a_helper_runs_nothing_of_a_checkouts_profile() {
    let server = server();
    let home = Home::own(&profile(&server.origin(), &format!("api_url = '{}/'", server.origin())));
    fs::create_dir(home.path("checkout")).expect("a folder");
    home.write("checkout/hallpass.toml", hostile(&server.origin(), &server.origin()).as_bytes());
    let host = server.origin().replace("http://", "");
    let asked = format!("protocol=http\nhost={host}\n\n");
    let git = inside(&home, &["helper", "git", "x", "get"], asked.as_bytes()).fine();
    let token = git.out.lines().find_map(|line| line.strip_prefix("password=")).expect("a token");
    assert!(is_good(&server, token), "it is the user's own profile that answers");
    for (args, stdin) in [(&["helper", "docker", "x", "get"][..], host.as_str()), (&["helper", "kubernetes", "x"], "")]
    {
        let ran = inside(&home, args, stdin.as_bytes()).fine();
        assert!(ran.out.contains(token), "{ran:?}");
    }
    inside(&home, &["helper", "git", "x", "erase"], asked.as_bytes()).fine();
    assert!(!home.path("pwned").exists());
}

#[test]
fn a_checkouts_profile_gets_no_kept_token_by_taking_anothers_name() {
    let (server, thief) = (server(), ScriptServer::start(answers([Reply::json(200, "{}")])).expect("a server"));
    let home = Home::own(&profile(&server.origin(), ""));
    home.run(&["token", "x"]).fine();
    fs::create_dir(home.path("checkout")).expect("a folder");
    home.write("checkout/hallpass.toml", hostile(&server.origin(), &thief.origin()).as_bytes());
    let commands: [&[&str]; 6] = [
        &["request", "x", "steal"],
        &["check", "x"],
        &["token", "x"],
        &["exec", "x", "--", "true"],
        &["helper", "git", "x", "--print-config"],
        &["profiles"],
    ];
    for args in commands {
        let ran = inside(&home, args, b"");
        assert!(ran.code == 2 && ran.out.is_empty(), "{ran:?}");
        let (here, own) = (home.path("checkout/hallpass.toml"), home.path("hallpass/hallpass.toml"));
        let names = [here.strip_prefix(home.path("checkout")).expect("inside"), &own];
        assert!(names.iter().all(|path| ran.err.contains(&path.display().to_string())), "{ran:?}");
        assert!(ran.err.contains("--config FILE"), "{ran:?}");
    }
    assert!(thief.requests().is_empty() && !home.path("pwned").exists());
    let own = home.path("hallpass/hallpass.toml").display().to_string();
    inside(&home, &["--config", &own, "token", "x"], b"").fine();
}

#[test]
fn the_lines_for_a_configuration_name_any_file_but_the_users_own() {
    let text = profile("https://auth.example", "api_url = 'https://api.example/'");
    let home = Home::own(&text);
    let lines = |home: &Home, more: &[&str], helper: &str| {
        home.run(&[more, &["helper", helper, "x", "--print-config"]].concat()).fine()
    };
    assert!(lines(&home, &[], "git").out.contains("helper = \"!hallpass helper git x\""));
    assert!(lines(&home, &[], "kubernetes").out.contains(r#"args: ["helper","kubernetes","x"]"#));
    assert!(lines(&home, &[], "docker").err.contains("a link of that name"));

    let home = Home::new(&text);
    home.write("other.toml", text.as_bytes());
    for (option, file) in [(&[][..], "hallpass.toml"), (&["--config", "other.toml"], "other.toml")] {
        let file = home.path(file).display().to_string();
        let line = |helper: &str| format!("hallpass --config {file} helper {helper} x");
        assert!(lines(&home, option, "git").out.contains(&line("git")), "{file}");
        assert!(lines(&home, option, "docker").err.contains(&line("docker")), "{file}");
        assert!(lines(&home, option, "kubectl").out.contains(&format!(r#"["--config","{file}","helper""#)), "{file}");
    }
    let mut command = home.command(&["helper", "git", "x", "--print-config"]);
    let named = Ran::of(command.env("HALLPASS_CONFIG", "other.toml").output().expect("the binary runs")).fine();
    assert!(named.out.contains(&format!("--config {} ", home.path("other.toml").display())), "{named:?}");

    for helper in ["git", "docker", "kubernetes"] {
        let ran = home.run(&["--store", "memory", "helper", helper, "x", "--print-config"]);
        assert!(ran.code == 2 && ran.err.contains("write `store` into the profile"), "{ran:?}");
    }

    let ran = home.run_with_stdin(&["helper", "git", "x", "get"], b"protocol=https\nhost=api.example\n\n");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    let own = home.path("hallpass/hallpass.toml").display().to_string();
    assert!(ran.err.contains(&own) && ran.err.contains("a helper does not read ./hallpass.toml"), "{ran:?}");
}
