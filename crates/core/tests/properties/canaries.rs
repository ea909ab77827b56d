//! Planted secrets, and a server that repeats them everywhere and in every spelling: none is ever printed
//! (invariant 8).

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hallpass_core::dialect::{Auth0Json, BasicForm, ClientAuth, Dialect, Goal, PasswordForm, UserKeyLogin};
use hallpass_core::step::{Login, Step};
use hallpass_core::wire::basic::BasicEncoding;
use hallpass_core::{EgressRules, Reply, Secrets, SendError, secret};
use hallpass_testkit::canary;
use proptest::prelude::*;

use crate::world::{held, reply, start, url};

/// At least eight characters, odd ones among them, and the token's alphabet for tokens.
fn canary() -> impl Strategy<Value = String> {
    r#"[A-Za-z0-9]{4}[A-Za-z0-9 +%/:&="'\\<>äß😀~._-]{3,12}[A-Za-z0-9]{4}"#
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]{4}[A-Za-z0-9+/=._~%&\"\\\\-]{3,12}[A-Za-z0-9]{4}"
}

/// Everything that must not be seen, in one login.
#[derive(Debug, Clone)]
struct Planted {
    client_secret: String,
    password: String,
    user_secret: String,
    user_key: String,
    refresh_token: String,
    header: String,
    access_token: String,
}

fn planted() -> impl Strategy<Value = Planted> {
    let tokens = (token(), token(), token(), token());
    (canary(), canary(), canary(), tokens).prop_map(|(client_secret, password, user_secret, tokens)| {
        let (user_key, refresh_token, header, access_token) = tokens;
        Planted { client_secret, password, user_secret, user_key, refresh_token, header, access_token }
    })
}

impl Planted {
    fn all(&self) -> [&str; 7] {
        let Self { client_secret, password, user_secret, user_key, refresh_token, header, access_token } = self;
        [client_secret, password, user_secret, user_key, refresh_token, header, access_token]
    }

    fn dialects(&self) -> Vec<(Box<dyn Dialect>, Goal)> {
        let to = || url("https://auth.example/token");
        let basic = |encoding| BasicForm::new(to(), "client").client_auth(ClientAuth::Basic(encoding));
        let with = "the header is free and fit";
        let header = &self.header;
        let user_key = || {
            let dialect = UserKeyLogin::new(&to(), "alice").expect("a URL");
            Box::new(dialect.header("x-key", header).expect(with))
        };
        let client = PasswordForm::new(to(), "me").client("app", ClientAuth::Body);
        vec![
            (Box::new(Auth0Json::new(to(), "c", "a").header("x-key", header).expect(with)), Goal::Token),
            (Box::new(basic(BasicEncoding::Minimal).header("x-key", header).expect(with)), Goal::Token),
            (Box::new(basic(BasicEncoding::Form).header("x-key", header).expect(with)), Goal::Token),
            (Box::new(client.header("x-key", header).expect(with)), Goal::Token),
            (user_key(), Goal::Token),
            (user_key(), Goal::Register),
        ]
    }
}

/// How a careless server may spell what it was sent.
fn spelled(secret: &str, spelling: u8) -> String {
    let percent = || form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let json = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    match spelling % 10 {
        0 => secret.to_owned(),
        1 => BASE64_STANDARD.encode(secret),
        2 => BASE64_URL_SAFE_NO_PAD.encode(secret),
        3 => percent(),
        4 => percent().replace('+', "%20").to_lowercase(),
        5 => json(secret),
        6 => json(secret).replace('/', "\\/"),
        7 => secret.encode_utf16().fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}")),
        8 => secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;"),
        _ => secret.replace('%', "%25").replace('+', "%2B"),
    }
}

/// A reply that has the words in every place that a reader may look at.
fn echo(kind: u8, status: u16, words: &str, planted: &Planted) -> Reply {
    // A header takes no control characters, and a host hardly anything.
    let header: String = words.chars().filter(char::is_ascii_graphic).collect();
    let host: String = words.chars().filter(char::is_ascii_alphanumeric).collect();
    let challenge =
        format!(r#"Bearer error="{0}", error_description="{0}""#, header.replace('\\', r"\\").replace('"', "\\\""));
    let location = format!("https://{host}.example/{header}");
    let coding = if kind % 8 == 7 { header.as_str() } else { "identity" };
    let headers = [
        ("www-authenticate", challenge.as_str()),
        ("location", &location),
        ("content-encoding", coding),
        ("retry-after", &header),
        ("date", &header),
        ("content-type", &header),
    ];
    let tokens = serde_json::json!({"access_token": planted.access_token, "refresh_token": planted.refresh_token});
    let mut body = match kind % 8 {
        0 => serde_json::json!({"error": words, "error_description": words}),
        1 => serde_json::json!({"error": {"code": words, "message": words}, "detail": words}),
        2 => serde_json::json!({words: [words]}),
        3 => serde_json::json!({"token_type": words, "expires_in": words}),
        4 => serde_json::json!({"error": format!("{} {words} {}", "x".repeat(250), "y".repeat(20))}),
        5 => return reply(status, &headers, words),
        6 => return reply(status, &headers, serde_json::Value::from(words).to_string()),
        _ => serde_json::json!({"token_type": "Bearer"}),
    };
    for (name, value) in tokens.as_object().expect("an object") {
        body.as_object_mut().expect("an object").insert(name.clone(), value.clone());
    }
    reply(status, &headers, body.to_string())
}

/// Everything that anybody could print on the way, in one text.
fn printed(
    dialect: &dyn Dialect,
    (goal, refreshes): (Goal, bool),
    planted: &Planted,
    mut server: impl FnMut() -> Result<Reply, SendError>,
) -> String {
    let rules = EgressRules::default();
    let secrets = Secrets::one(secret::CLIENT_SECRET, planted.client_secret.as_str())
        .with(secret::PASSWORD, planted.password.as_str())
        .with(secret::USER_SECRET, planted.user_secret.as_str());
    let held = match goal {
        Goal::Register => held("", ""),
        Goal::Token => held(&planted.user_key, if refreshes { &planted.refresh_token } else { "" }),
    };
    let mut out = vec![format!("{:?} {secrets:?} {held:?} {rules:?}", dialect.key())];
    let mut step = Login::new(dialect, &rules).start(start(), goal, held, None);
    loop {
        step = match step {
            Step::Ask(ask) => {
                out.push(format!("{:?}", ask.names()));
                ask.answer(start(), secrets.clone())
            }
            Step::Save(save) => {
                out.push(format!("{:?} {:?}", save.held(), save.spending()));
                save.saved(start())
            }
            Step::Send(send) => {
                out.push(format!("{:?} {:?} {:?}", send.request(), send.request().endpoint, send.request().headers));
                out.push(format!("{:?} {:?}", send.egress(), send.exchange()));
                let result = server();
                if let Ok(reply) = &result {
                    out.push(format!("{reply:?} {:?}", dialect.read(send.exchange(), reply)));
                }
                send.replied(result)
            }
            Step::Done(outcome) => {
                out.push(format!("{outcome:?}"));
                return out.join("\n");
            }
            Step::Failed(error) => {
                out.push(canary::printed(&error));
                out.push(format!("{:?} {:?}", error.code(), error.retry()));
                return out.join("\n");
            }
        };
    }
}

/// Every spelling of every secret, as it may not stand anywhere: in lower case, since a host loses its case.
fn forbidden(planted: &Planted) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for secret in planted.all() {
        texts.extend((0..10).map(|spelling| spelled(secret, spelling)));
        // What a host name leaves of it.
        texts.push(secret.chars().filter(char::is_ascii_alphanumeric).collect());
    }
    // `Debug` escapes what it prints.
    let escaped: Vec<_> = texts.iter().map(|text| text.escape_debug().to_string()).collect();
    texts.extend(escaped);
    let mut texts: Vec<_> = texts.iter().map(|text| text.to_ascii_lowercase()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

#[track_caller]
fn assert_unseen(printed: &str, forbidden: &[String]) {
    let printed = printed.to_ascii_lowercase();
    for text in forbidden {
        assert!(!printed.contains(text), "{text} in {printed}");
    }
}

proptest! {
    #![proptest_config(crate::cases(128))]

    #[test]
    fn no_secret_is_printed_whatever_a_server_repeats(
        planted in planted(),
        which in 0..7_usize,
        spelling: u8,
        kind: u8,
        status in proptest::sample::select(vec![200_u16, 201, 302, 307, 400, 401, 403, 429, 500, 503, 600]),
        around in proptest::sample::select(vec![("", ""), ("secret '", "' is wrong"), ("a=", "&b"), ("\u{feff}", "\n")]),
    ) {
        let words = format!("{}{}{}", around.0, spelled(planted.all()[which], spelling), around.1);
        let forbidden = forbidden(&planted);
        for (dialect, goal) in planted.dialects() {
            // It can repeat only what it was told: the secrets of this request, and the tokens of this reply.
            let unseen_token = which == 6 && matches!(kind % 8, 5 | 6);
            if unseen_token || !knows(&*dialect, goal, which) {
                continue;
            }
            // A refresh leaves the user's own secrets at home.
            let goal = (goal, !matches!(which, 1 | 2));
            assert_unseen(&printed(&*dialect, goal, &planted, || Ok(echo(kind, status, &words, &planted))), &forbidden);
            // A transport that quotes the request has no token of a reply to quote.
            if which != 6 {
                let failure = || Err(SendError::NotSent(words.clone()));
                assert_unseen(&printed(&*dialect, goal, &planted, failure), &forbidden);
            }
        }
    }
}

/// Secrets as long as servers make them.
fn long() -> impl Strategy<Value = Planted> {
    proptest::array::uniform7("[A-Za-z0-9]{24,60}").prop_map(|secrets| {
        let [client_secret, password, user_secret, user_key, refresh_token, header, access_token] = secrets;
        Planted { client_secret, password, user_secret, user_key, refresh_token, header, access_token }
    })
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn no_telling_part_of_a_secret_is_printed(
        planted in long(),
        which in 0..7_usize,
        spelling: u8,
        (begin, length) in (0..8_usize, 16..60_usize),
        kind: u8,
        status in proptest::sample::select(vec![200_u16, 302, 400, 401, 503]),
    ) {
        let secret = planted.all()[which];
        let part = &secret[begin..secret.len().min(begin + length)];
        // A part of what is spelt in base64 is not what a part is spelt as.
        let part = match spelling % 10 {
            1 | 2 => spelled(secret, spelling).chars().filter(char::is_ascii_alphanumeric).skip(begin).take(length).collect(),
            _ => spelled(part, spelling),
        };
        let words = format!("'{part}' is wrong");
        let shown = [part.to_ascii_lowercase()];
        for (dialect, goal) in planted.dialects() {
            let unseen_token = which == 6 && matches!(kind % 8, 5 | 6);
            if unseen_token || !knows(&*dialect, goal, which) {
                continue;
            }
            let goal = (goal, !matches!(which, 1 | 2));
            assert_unseen(&printed(&*dialect, goal, &planted, || Ok(echo(kind, status, &words, &planted))), &shown);
        }
    }
}

/// Whether the server of this login has seen the secret of that number: [`Planted::all`] names them.
fn knows(dialect: &dyn Dialect, goal: Goal, which: usize) -> bool {
    let user_key = dialect.key().dialect() == UserKeyLogin::NAME;
    match which {
        0 => !user_key,
        1 => dialect.key().dialect() == PasswordForm::NAME,
        2 => user_key,
        3 => user_key && goal == Goal::Token,
        4 => dialect.key().dialect() != Auth0Json::NAME && goal == Goal::Token,
        _ => true,
    }
}
