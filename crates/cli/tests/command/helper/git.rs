//! git itself, which clones from a server that wants a password.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hallpass_core::UtcDateTime;
use hallpass_testkit::provider::Endpoint;

use super::git_server::GitServer;
use super::{for_origin, is_good};
use crate::world::{Home, SECRETS, profiles, server};

/// git in the home's folder, with the home's configuration alone and `hallpass` on its path.
fn git(home: &Home, args: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([program.to_owned()].into_iter().chain(std::env::split_paths(&path)));
    let mut git = Command::new("git");
    git.args(args).current_dir(home.path("")).env("HOME", home.path("")).env("PATH", path.expect("a path"));
    git.env("XDG_CONFIG_HOME", home.path("")).env("XDG_STATE_HOME", home.path("state")).env_remove("HALLPASS_CONFIG");
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").env_remove("GIT_ASKPASS");
    git.env("NO_PROXY", "*").output().expect("git runs: `apt-get install git`")
}

#[track_caller]
fn fine(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A bare repository with one commit, to be read as files.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "git init --quiet work && cd work && echo hello > file && git add file && \
                  git -c user.name=x -c user.email=x@example.com commit --quiet --message=x && \
                  git clone --quiet --bare . ../repo.git && git -C ../repo.git update-server-info";
    let output = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output().expect("a shell");
    assert!(output.status.success(), "git makes a repository: {}", String::from_utf8_lossy(&output.stderr));
    folder
}

#[test]
fn git_clones_with_the_token_and_gets_another_when_it_is_refused() {
    let (server, folder) = (server(), repository());
    let remote = GitServer::start(folder.path().to_owned());
    let home = for_origin(&server, &remote.origin());
    let config = home.run(&["helper", "git", "basic-form", "--print-config"]).fine().out;
    assert_eq!(config.matches("helper = \"!hallpass helper git basic-form\"").count(), 2, "{config}");
    home.write(".gitconfig", config.as_bytes());
    let token = home.run(&["token", "basic-form"]).fine().out;
    remote.accept(token.trim_end());
    let url = format!("{}/repo.git", remote.origin());
    fine(&git(&home, &["clone", "--quiet", &url, "clone"]));
    assert_eq!(fs::read_to_string(home.path("clone/file")).expect("cloned"), "hello\n");
    assert!(remote.refused().is_empty());

    remote.accept("another");
    let refused = git(&home, &["ls-remote", &url]);
    assert!(!refused.status.success() && remote.refused().len() == 1, "{refused:?}");
    let second = home.run(&["token", "basic-form"]).fine().out;
    assert_ne!(second, token, "git said that the token was refused");
    let refreshes = server.with_provider(|provider| provider.token_requests(Endpoint::BasicForm));
    assert_eq!(refreshes, 2);
    assert!(server.requests()[1].text().contains("grant_type=refresh_token"), "the refresh token stays");
    remote.accept(second.trim_end());
    assert!(fine(&git(&home, &["ls-remote", &url])).contains("refs/heads/"));
}

/// Of which git tells the helper, as it stands in the URL.
#[test]
fn a_path_that_is_not_utf_8_gets_the_token_too() {
    let (server, folder) = (server(), repository());
    fs::rename(folder.path().join("repo.git"), folder.path().join("caf%e9.git")).expect("ours");
    let remote = GitServer::start(folder.path().to_owned());
    let home = for_origin(&server, &remote.origin());
    let config = home.run(&["helper", "git", "basic-form", "--print-config"]).fine().out;
    home.write(".gitconfig", format!("[credential]\n\tuseHttpPath = true\n{config}").as_bytes());
    let token = home.run(&["token", "basic-form"]).fine().out;
    remote.accept(token.trim_end());
    fine(&git(&home, &["ls-remote", &format!("{}/caf%e9.git", remote.origin())]));
    assert!(remote.refused().is_empty());
}

/// Any other helper would be told the token, and answer with it when it is old.
#[test]
fn no_other_helper_keeps_the_token() {
    let (server, folder) = (server(), repository());
    let remote = GitServer::start(folder.path().to_owned());
    let home = for_origin(&server, &remote.origin());
    let config = home.run(&["helper", "git", "basic-form", "--print-config"]).fine().out;
    home.write(".gitconfig", format!("[credential]\n\thelper = store\n{config}").as_bytes());
    let url = format!("{}/repo.git", remote.origin());
    for _ in 0..2 {
        let token = home.run(&["token", "basic-form", "--force"]).fine().out;
        remote.accept(token.trim_end());
        assert!(fine(&git(&home, &["ls-remote", &url])).contains("refs/heads/"));
    }
    assert!(!home.path(".git-credentials").exists() && remote.refused().is_empty());
}

#[test]
fn git_hears_nothing_of_a_host_that_is_not_listed() {
    let (server, folder) = (server(), repository());
    let remote = GitServer::start(folder.path().to_owned());
    let home = Home::own(&profiles(&server.origin()));
    home.write(".gitconfig", b"[credential]\n\thelper = !hallpass helper git basic-form\n");
    let output = git(&home, &["clone", &format!("{}/repo.git", remote.origin()), "clone"]);
    assert!(!output.status.success());
    assert!(remote.refused().is_empty() && server.requests().is_empty(), "nothing was sent anywhere");
}

/// The protocol as git-credential(1) has it.
#[test]
fn get_answers_for_listed_origins_only() {
    let server = server();
    let home = Home::own(&profiles(&server.origin()).replacen(
        "api_url",
        "origins = ['https://git.example:8443']\napi_url",
        2,
    ));
    let ask = |action: &str, text: &str| home.run_with_stdin(&["helper", "git", "basic-form", action], text.as_bytes());
    let got = ask("get", "capability[]=authtype\nprotocol=https\nhost=git.example:8443\npath=a/b.git\nwwwauth[]=x\n\n")
        .fine();
    let lines: Vec<_> = got.out.lines().filter_map(|line| line.split_once('=')).collect();
    let [("username", "oauth2"), ("password", token), ("password_expiry_utc", expiry)] = lines[..] else {
        panic!("{got:?}")
    };
    assert!(is_good(&server, token));
    let left = expiry.parse::<i64>().expect("a number") - UtcDateTime::now().unix_timestamp();
    assert!((3_500..=3_600).contains(&left), "{left}");
    got.hides(&SECRETS);
    assert!(
        ask("get", "protocol=https\nhost=git.example:8443\nusername=me\n\n").fine().out.starts_with("username=me\n")
    );
    for odd in [
        "protocol=https\nhost=git.example\n\n",
        "protocol=http\nhost=git.example:8443\n\n",
        "protocol=https\nhost=git.example:8443@evil.example\n\n",
        "protocol=https\nhost=evil.example/git.example:8443\n\n",
        "protocol=https\nhost=git.example:8443/.evil.example\n\n",
        "protocol=https\nhost=git.example:8443?.evil.example\n\n",
        "protocol=https\nhost=git.example:8443#.evil.example\n\n",
        "protocol=https\nhost=git.example:8443\\.evil.example\n\n",
        "protocol=https\nhost=evil.example@git.example:8443\n\n",
        "protocol=https://git.example:8443/\nhost=evil.example\n\n",
        "protocol=HTTPS\nhost=git.example:8443\n\n",
        "protocol=ssh\nhost=git.example:8443\n\n",
        "host=git.example:8443\n\n",
        "",
    ] {
        assert_eq!(ask("get", odd).fine().out, "", "{odd}");
    }
    let told = ["helper", "git", "basic-form", "get", "-vv"];
    let told = home.run_with_stdin(&told, b"protocol=https\nhost=other.example\n\n").fine();
    assert!(told.err.contains("https://other.example/: it is not among the origins of profile basic-form"), "{told:?}");
    for action in ["store", "later-versions-say-more"] {
        assert_eq!(ask(action, "protocol=https\nhost=git.example:8443\npassword=x\n\n").fine().out, "");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn erase_drops_the_token_that_was_refused_and_no_other() {
    let server = server();
    let home = Home::own(&profiles(&server.origin()).replace("api_url", "origins = ['https://git.example']\napi_url"));
    let token = || home.run(&["token", "basic-form"]).fine().out;
    let first = token();
    let erase = |host: &str, password: &str| {
        let text = format!("protocol=https\nhost={host}\nusername=oauth2\npassword={password}\n\n");
        assert_eq!(home.run_with_stdin(&["helper", "git", "basic-form", "erase"], text.as_bytes()).fine().out, "");
    };
    erase("git.example", "some-other-token");
    erase("git.example", "no token at all");
    erase("other.example", first.trim_end());
    assert_eq!(token(), first);
    erase("git.example", first.trim_end());
    assert_ne!(token(), first);
}
