//! The four dialects, as data.

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::{Auth0Json, BasicForm, PasswordForm, UserKeyLogin};
use hallpass_core::{BadUrl, Endpoint, Error, Misuse, Secrets, UserKey, secret};
use hallpass_testkit::provider::Endpoint as At;

use crate::demo_server;
use crate::failure::Failure;

/// One dialect, and what is said of its steps.
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Builds the dialect's login with a secret of one's choice, and logs in with it.
    login: Box<dyn Fn(&'static str) -> Result<Config, Misuse>>,
    secret: &'static str,
    pub(super) authenticate: (At, &'static str),
    pub(super) register: Option<(At, &'static str)>,
    pub(super) refresh: Option<(At, &'static str)>,
    /// Whether its refusal is shown as the command would put it: once is enough.
    pub(super) quoted: bool,
}

impl Scene {
    /// The login with the right secret.
    pub(super) fn config(&self) -> Result<Config, Misuse> {
        (self.login)(self.secret)
    }

    /// A client with the right secret.
    pub(super) fn client(&self) -> Result<Client, Error> {
        Client::new(self.config()?)
    }

    /// A client with a wrong one, which knows the `user_key` if there is one.
    pub(super) fn stranger(&self, key: Option<UserKey>) -> Result<Client, Error> {
        let config = (self.login)("not-the-secret")?;
        Client::new(match key {
            Some(key) => config.user_key(key),
            None => config,
        })
    }

    /// The API's path that takes tokens of this dialect only.
    pub(super) fn data(&self) -> String {
        format!("/{}/data", self.name)
    }
}

pub(super) fn all(origin: &str) -> Result<[Scene; 4], Failure> {
    let bad = |why: BadUrl| Failure::other(format!("the built-in server's address: {why}"));
    let below = |path: &str| Endpoint::parse(&format!("{origin}{path}")).map_err(bad);
    let url = |at: At| below(at.path());

    let auth0 = Auth0Json::new(url(At::Auth0Json)?, demo_server::CLIENT_ID, demo_server::AUDIENCE);
    let basic = BasicForm::new(url(At::BasicForm)?, demo_server::CLIENT_ID).scope("read");
    let user_key = UserKeyLogin::new(&below("/")?, demo_server::USERNAME).map_err(bad)?;
    let password = PasswordForm::new(url(At::PasswordForm)?, demo_server::USERNAME).grant_type("password");

    let with = |name: &'static str, config: fn(Secrets, &Dialects) -> Config, dialects: Dialects, origin: &str| {
        let origin = origin.to_owned();
        Box::new(move |value: &'static str| config(Secrets::one(name, value), &dialects).api_url(&origin)) as Box<_>
    };
    let dialects = Dialects { auth0, basic, user_key, password };

    Ok([
        Scene {
            name: Auth0Json::NAME,
            about: "a program logs in with an id and a secret in a JSON body.",
            login: with(secret::CLIENT_SECRET, |s, d| Config::new(d.auth0.clone(), s), dialects.clone(), origin),
            secret: demo_server::CLIENT_SECRET,
            register: None,
            authenticate: (
                At::Auth0Json,
                "Id and secret, and the API that the token is for (the audience), for a token.",
            ),
            refresh: None,
            quoted: true,
        },
        Scene {
            name: BasicForm::NAME,
            about: "a program logs in with a Basic header, the way most OAuth servers want it.",
            login: with(secret::CLIENT_SECRET, |s, d| Config::new(d.basic.clone(), s), dialects.clone(), origin),
            secret: demo_server::CLIENT_SECRET,
            register: None,
            authenticate: (
                At::BasicForm,
                "Id and secret are in the header, the rest is a form. A refresh token comes along.",
            ),
            refresh: Some((
                At::BasicForm,
                "A new token on demand. The refresh token gives it, and its successor: this server takes each once.",
            )),
            quoted: false,
        },
        Scene {
            name: UserKeyLogin::NAME,
            about: "a user registers once, then logs in with the key that came of it.",
            login: with(secret::USER_SECRET, |s, d| Config::new(d.user_key.clone(), s), dialects.clone(), origin),
            secret: demo_server::USER_SECRET,
            register: Some((
                At::Register,
                "Only done when asked for, and never twice: the server gives the user_key this once.",
            )),
            authenticate: (
                At::Authenticate,
                "user_key and secret for a token. Nobody says how long it lives: it is an hour.",
            ),
            refresh: Some((At::Refresh, "The refresh token gives a new one, and the secret stays at home.")),
            quoted: false,
        },
        Scene {
            name: PasswordForm::NAME,
            about: "a person's name and password, for APIs that offer nothing better.",
            login: with(secret::PASSWORD, |s, d| Config::new(d.password.clone(), s), dialects, origin),
            secret: demo_server::PASSWORD,
            register: None,
            authenticate: (At::PasswordForm, "Name and password as a form, for a token and a refresh token."),
            refresh: Some((At::PasswordForm, "The refresh token is used, and not the password.")),
            quoted: false,
        },
    ])
}

#[derive(Clone)]
struct Dialects {
    auth0: Auth0Json,
    basic: BasicForm,
    user_key: UserKeyLogin,
    password: PasswordForm,
}
