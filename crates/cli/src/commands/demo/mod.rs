//! `hallpass demo`: all four dialects against a server in this process, every exchange shown, every step verified by what
//! the server saw.

mod scene;
mod scenes;
mod show;
mod stage;
mod table;

use hallpass_testserver::TestServer;

use super::world;
use crate::failure::Failure;
use crate::output;
use stage::Stage;
use table::{Mark, Row};

pub(super) fn run() -> Result<(), Failure> {
    let server = TestServer::builder().provider(world::provider()).start();
    let server = server.map_err(|error| Failure::other(error.to_string()))?;
    output::print(&format!(
        "hallpass logs in to HTTP APIs. There are four ways to do that, the dialects; this shows each at work, against a\n\
         server that runs in this process and ends with it: {}\n\
         `>` is what hallpass sends, `<` is what it is answered. A secret or a token is shown as … and its length.\n",
        server.origin()
    ))?;

    let played = play(&server, output::print)?;
    output::print(&format!("\n{}", table::render(&played.rows)))?;
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
    rows: Vec<Row>,
    api_refused: bool,
}

impl Played {
    fn fine(&self) -> bool {
        self.api_refused && self.rows.iter().flat_map(|row| row.marks).all(|mark| mark != Mark::Failed)
    }
}

fn play(server: &TestServer, print: fn(&str) -> Result<(), Failure>) -> Result<Played, Failure> {
    let mut stage = Stage::new(server, print);
    let (mut rows, mut granted) = (Vec::new(), Vec::new());
    for scene in scenes::all(&server.origin())? {
        stage.print(&format!("\n{}: {}\n", scene.name, scene.about))?;
        let (row, grant) = scene::play(&scene, &mut stage)?;
        rows.push(row);
        granted.extend(grant);
    }
    let api_refused = scene::api_refuses(&mut stage, &granted)?;
    if !api_refused {
        stage.print("  FAILED: the API did not say no as it should\n")?;
    }
    Ok(Played { rows, api_refused })
}

#[cfg(test)]
mod tests {
    use hallpass_testkit::provider::{ProviderConfig, RefreshIssue, Rotation};

    use super::*;

    fn played(config: ProviderConfig) -> Played {
        let server = TestServer::builder().provider(config).start().expect("a server");
        play(&server, |_| Ok(())).expect("it plays to its end")
    }

    fn marks(played: &Played, dialect: &str) -> [Mark; table::STEPS.len()] {
        played.rows.iter().find(|row| row.dialect == dialect).expect("a row").marks
    }

    const OK: Mark = Mark::Ok;
    const FAILED: Mark = Mark::Failed;

    #[test]
    fn all_is_fine_with_the_server_as_it_is_meant() {
        assert!(played(world::provider()).fine());
    }

    /// The marks say what the server saw, not that nothing complained.
    #[test]
    fn a_step_that_did_not_happen_is_not_marked_ok() {
        let mut config = world::provider();
        config.basic_form.refresh_token = RefreshIssue::Never;
        let never = played(config);
        assert_eq!(marks(&never, "basic-form"), [Mark::None, FAILED, FAILED, OK, OK], "it authenticated twice");
        assert_eq!(marks(&never, "password-form"), [Mark::None, OK, OK, OK, OK]);
        assert!(!never.fine());
    }

    #[test]
    fn a_server_that_refuses_or_accepts_all_fails_the_demo() {
        let mut config = world::provider();
        config.users.clear();
        assert_eq!(marks(&played(config), "password-form"), [Mark::None, FAILED, FAILED, FAILED, OK]);

        let mut config = world::provider();
        config.users[0].password = "not-the-secret".into();
        assert_eq!(marks(&played(config), "password-form")[4], FAILED, "the wrong secret was taken");

        let mut config = world::provider();
        config.user_key.required_scope = Some("admin".into());
        assert_eq!(marks(&played(config), "user-key"), [OK, OK, OK, FAILED, OK]);
    }

    #[test]
    fn a_refresh_token_that_does_not_rotate_is_fine_too() {
        let mut config = world::provider();
        config.basic_form.rotation = Rotation::Off;
        assert!(played(config).fine());
    }
}
