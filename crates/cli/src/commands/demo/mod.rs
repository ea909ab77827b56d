//! `hallpass demo`: all four dialects and the life of a token against a server in this process, every exchange shown, every
//! step verified by what the server saw.
//!
//! | module | what it holds |
//! |---|---|
//! | `scenes`, `scene` | the four dialects as data, and how one is played and verified |
//! | `lifecycle` | the life of a token |
//! | `stage` | the server, and what its records tell |
//! | `show` | an exchange as a reader may see it |
//! | `table` | the closing tables |

mod lifecycle;
mod scene;
mod scenes;
mod show;
mod stage;
mod table;

use hallpass_testserver::TestServer;

use crate::demo_server;
use crate::failure::Failure;
use crate::output;
use stage::Stage;
use table::{Mark, Row};

pub(super) fn run() -> Result<(), Failure> {
    let server = TestServer::builder().provider(demo_server::provider()).start();
    let server = server.map_err(|error| Failure::other(error.to_string()))?;
    output::print(&format!(
        "hallpass logs in to HTTP APIs. There are four ways to do that, the dialects; this shows each at work, then the life\n\
         of a token, against a server that runs in this process and ends with it: {}\n\
         `>` is what hallpass sends, `<` the answer, `=` what came of it. A secret or token is shown as … and its length.\n",
        server.origin()
    ))?;

    let played = play(&server, output::print)?;
    output::print(&format!(
        "\n{}\n{}",
        table::render("dialect", scene::STEPS, &played.dialects),
        table::render("lifecycle", lifecycle::STEPS, &played.lifecycle)
    ))?;
    if played.fine() {
        output::print(
            "\nAll did what they should; the server's own records agree. Next: describe your API in hallpass.toml\n\
             (`hallpass --help` shows a profile), or run `hallpass serve` for a server to try it on.\n",
        )
    } else {
        Err(Failure::other("the demo went wrong where its output says so: please report it"))
    }
}

/// How it all went.
struct Played {
    dialects: Vec<Row<{ scene::STEPS.len() }>>,
    lifecycle: [Row<{ lifecycle::STEPS.len() }>; 1],
}

impl Played {
    fn fine(&self) -> bool {
        let dialects = self.dialects.iter().flat_map(|row| row.marks);
        dialects.chain(self.lifecycle.iter().flat_map(|row| row.marks)).all(|mark| mark != Mark::Failed)
    }
}

fn play(server: &TestServer, print: fn(&str) -> Result<(), Failure>) -> Result<Played, Failure> {
    let mut stage = Stage::new(server, print);
    let scenes = scenes::all(&server.origin())?;
    let mut dialects = Vec::new();
    for scene in &scenes {
        stage.print(&format!("\n{}: {}\n", scene.name, scene.about))?;
        dialects.push(scene::play(scene, &mut stage)?);
    }
    let [other, basic, ..] = &scenes;
    stage.print(
        "\nlifecycle: a program asks for a token, and never need know whether it is kept, renewed or replaced.\n",
    )?;
    let lifecycle = [lifecycle::play(basic, &mut stage, &other.data())?];
    Ok(Played { dialects, lifecycle })
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use hallpass_testkit::provider::{Provider, ProviderConfig, RefreshIssue, Rotation};
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn played(config: ProviderConfig) -> Played {
        let server = TestServer::builder().provider(config).start().expect("a server");
        play(&server, |_| Ok(())).expect("it plays to its end")
    }

    fn marks(played: &Played, dialect: &str) -> [Mark; scene::STEPS.len()] {
        played.dialects.iter().find(|row| row.name == dialect).expect("a row").marks
    }

    fn lifecycle(config: ProviderConfig, upset: fn(&mut Provider)) -> [Mark; lifecycle::STEPS.len()] {
        let server = TestServer::builder().provider(config).start().expect("a server");
        let scenes = scenes::all(&server.origin()).expect("the scenes");
        server.with_provider(upset);
        let mut stage = Stage::new(&server, |_| Ok(()));
        lifecycle::play(&scenes[1], &mut stage, &scenes[0].data()).expect("it plays to its end").marks
    }

    const OK: Mark = Mark::Ok;
    const FAILED: Mark = Mark::Failed;

    #[test]
    fn all_is_fine_with_the_server_as_it_is_meant() {
        assert!(played(demo_server::provider()).fine());
    }

    /// The marks say what the server saw, not that nothing complained.
    #[test]
    fn a_step_that_did_not_happen_is_not_marked_ok() {
        let mut config = demo_server::provider();
        config.basic_form.refresh_token = RefreshIssue::Never;
        let never = played(config);
        assert_eq!(marks(&never, "basic-form"), [Mark::None, FAILED, FAILED, OK, OK], "it authenticated twice");
        assert_eq!(marks(&never, "password-form"), [Mark::None, OK, OK, OK, OK]);
        assert!(!never.fine());
    }

    #[test]
    fn a_server_that_refuses_or_accepts_all_fails_the_demo() {
        let mut config = demo_server::provider();
        config.users.clear();
        assert_eq!(marks(&played(config), "password-form"), [Mark::None, FAILED, FAILED, FAILED, OK]);

        let mut config = demo_server::provider();
        config.users[0].password = "not-the-secret".into();
        assert_eq!(marks(&played(config), "password-form")[4], FAILED, "the wrong secret was taken");

        let mut config = demo_server::provider();
        config.user_key.required_scope = Some("admin".into());
        assert_eq!(marks(&played(config), "user-key"), [OK, OK, OK, FAILED, OK]);
    }

    #[test]
    fn a_refresh_token_that_does_not_rotate_is_fine_too() {
        let mut config = demo_server::provider();
        config.basic_form.rotation = Rotation::Off;
        assert!(played(config).fine());
    }

    #[test]
    fn a_token_lives_on_by_logins_where_there_is_no_refresh_token() {
        let mut config = demo_server::provider();
        config.basic_form.refresh_token = RefreshIssue::Never;
        assert_eq!(lifecycle(config, |_| ()), [OK; 6]);
    }

    /// All 1,000 have their token in the end, but it took two requests.
    #[test]
    fn a_herd_with_a_second_request_is_not_marked_ok() {
        let busy = |provider: &mut Provider| {
            provider.fail_next(1, StatusCode::SERVICE_UNAVAILABLE, HeaderMap::new(), "");
        };
        assert_eq!(lifecycle(demo_server::provider(), busy), [FAILED, OK, OK, OK, OK, OK]);
    }

    #[test]
    fn a_life_that_went_otherwise_is_not_marked_ok() {
        let mut config = demo_server::provider();
        config.clients.clear();
        assert_eq!(lifecycle(config, |_| ()), [FAILED; 6], "nobody could log in");

        let mut config = demo_server::provider();
        config.basic_form.required_scope = Some("admin".into());
        assert_eq!(lifecycle(config, |_| ()), [OK, OK, FAILED, OK, OK, OK], "the second token did not help either");

        let mut config = demo_server::provider();
        config.basic_form.life = Duration::from_mins(30);
        assert_eq!(lifecycle(config, |_| ()), [OK, OK, OK, OK, FAILED, FAILED], "nothing was left to renew ahead");
    }
}
