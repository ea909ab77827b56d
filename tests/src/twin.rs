//! The four dialects, described in data: each must look and behave like the one that is written in code.

use hallpass_core::dialect::declared::{
    BasicPair, BodyFormat, Declared, Described, Description, Ids, Part, Place, Source, Text,
};
use hallpass_core::dialect::{ClientAuth, Dialect};
use hallpass_core::http::Endpoint;
use hallpass_core::{BadUrl, Misuse};

use crate::case::Case;
use crate::mount::Mount;
use crate::outcome::Outcome;
use crate::settings::{Auth, Name, OnLost, OtherGrantType, Settings};

const BASE: &str = "https://auth.example";

/// Why a twin cannot be held against its model.
pub const ANY_TEXT: &str = "what is described has no meaning of its own that could be wrong";

/// A mount whose logins are described.
pub struct Twins<M> {
    mount: M,
    name: String,
}

impl<M: Mount> Twins<M> {
    /// The described twins of a mount's logins.
    pub fn of(mount: M) -> Self {
        let name = format!("{} described", mount.name());
        Self { mount, name }
    }
}

impl<M: Mount> Mount for Twins<M> {
    fn name(&self) -> &str {
        &self.name
    }

    fn skips(&self, case: &Case) -> Option<&'static str> {
        let means_nothing = || {
            let written = &case.login.settings;
            let twin = Settings { described: true, ..written.clone() };
            written.dialect(BASE).is_err() && twin.dialect(BASE).is_ok()
        };
        self.mount.skips(case).or_else(|| means_nothing().then_some(ANY_TEXT))
    }

    fn reference(&self) -> Option<&dyn Mount> {
        self.mount.reference().or(Some(&self.mount))
    }

    fn login(&self, case: &Case) -> Outcome {
        let mut case = case.clone();
        case.login.settings.described = true;
        self.mount.login(&case)
    }
}

/// The described twin of a dialect.
pub(crate) fn of(it: &Settings, endpoint: &Endpoint) -> Result<Box<dyn Dialect>, Misuse> {
    let step = |body, parts| Described { body, parts, ..described(it, endpoint.clone()) };
    let description = match it.dialect {
        Name::Auth0Json => auth0_json(it, step)?,
        Name::BasicForm => basic_form(it, step)?,
        Name::PasswordForm => password_form(it, step)?,
        Name::UserKey => user_key(it, endpoint)?,
    };
    let flaw = |flaw: hallpass_core::dialect::declared::Flaw| Misuse::Value {
        what: "description".into(),
        why: flaw.to_string(),
    };
    Ok(Box::new(Declared::new(description).map_err(flaw)?))
}

type Parts = Vec<Part>;

fn auth0_json(it: &Settings, step: impl Fn(BodyFormat, Parts) -> Described) -> Result<Description, Misuse> {
    let audience = it.audience.as_deref().unwrap_or("https://api.example.com/v3");
    let mut parts = vec![
        from("client_id", Source::ClientId),
        from("client_secret", Source::ClientSecret),
        fixed("audience", audience),
        fixed("grant_type", "client_credentials"),
    ];
    parts.extend(scope(it));
    parts.extend(it.extra.iter().map(|(name, value)| part(name, Text::Fixed(value.clone()))));
    let ids = Ids { client_id: Some(it.id.clone()), ..Ids::default() };
    let advice = Some("Check the audience".into());
    let step = Described { advice, ..step(BodyFormat::Json, with_headers(it, parts)?) };
    Ok(Description { authenticate: Some(step), ids, ..Description::default() })
}

fn basic_form(it: &Settings, step: impl Fn(BodyFormat, Parts) -> Described) -> Result<Description, Misuse> {
    let auth = it.auth.unwrap_or(Auth::Minimal).client_auth();
    let finish = |mut parts: Parts| {
        parts.extend(it.audience.iter().map(|audience| fixed("audience", audience)));
        parts.extend(it.resource.iter().map(|resource| fixed("resource", resource)));
        parts.extend(it.extra.iter().map(|(name, value)| fixed(name, value.as_str().unwrap_or_default())));
        parts.extend(client(auth));
        let advice = (auth == ClientAuth::Tls).then(|| "Check that client_certificate is set".into());
        Ok::<_, Misuse>(Described { basic: basic(auth), advice, ..step(BodyFormat::Form, with_headers(it, parts)?) })
    };
    let mut parts = grant(it.grant.as_ref());
    parts.extend(scope(it));
    let ids = Ids { client_id: Some(it.id.clone()), ..Ids::default() };
    let refresh = Described { on_lost: it.on_lost.map(OnLost::ambiguity), ..finish(refreshing())? };
    Ok(Description { authenticate: Some(finish(parts)?), refresh: Some(refresh), ids, ..Description::default() })
}

fn password_form(it: &Settings, step: impl Fn(BodyFormat, Parts) -> Described) -> Result<Description, Misuse> {
    let auth = it.client.as_ref().map(|_| it.auth.unwrap_or(Auth::Minimal).client_auth());
    let finish = |mut parts: Parts| {
        parts.extend(auth.into_iter().flat_map(client));
        Ok::<_, Misuse>(Described { basic: auth.and_then(basic), ..step(BodyFormat::Form, with_headers(it, parts)?) })
    };
    let mut parts = vec![from("username", Source::Username), from("password", Source::Password)];
    parts.extend(it.grant_type.iter().map(|grant_type| fixed("grant_type", grant_type)));
    parts.extend(scope(it));
    let ids = Ids { username: Some(it.id.clone()), client_id: it.client.clone(), ..Ids::default() };
    let refresh = Described { on_lost: it.on_lost.map(OnLost::ambiguity), ..finish(refreshing())? };
    Ok(Description { authenticate: Some(finish(parts)?), refresh: Some(refresh), ids, ..Description::default() })
}

fn user_key(it: &Settings, base: &Endpoint) -> Result<Description, Misuse> {
    let bad = |why: BadUrl| Misuse::Url { what: "the base URL".into(), why };
    let step = |path: &str, parts: Parts| {
        let endpoint = base.join(path).map_err(bad)?;
        Ok::<_, Misuse>(Described {
            body: BodyFormat::Json,
            parts: with_headers(it, parts)?,
            ..described(it, endpoint)
        })
    };
    let secret = || from("user_secret", Source::UserSecret);
    let refresh = step("refresh", vec![from("refresh_token", Source::RefreshToken)])?;
    Ok(Description {
        register: Some(step("register", vec![from("user_id", Source::UserId), secret()])?),
        authenticate: Some(step("authenticate", vec![from("user_key", Source::UserKey), secret()])?),
        refresh: Some(Described { on_lost: it.on_lost.map(OnLost::ambiguity), ..refresh }),
        ids: Ids { user_id: Some(it.id.clone()), ..Ids::default() },
        ..Description::default()
    })
}

fn described(it: &Settings, endpoint: Endpoint) -> Described {
    let default_life = it.dialect.default_life().map(std::time::Duration::from_secs);
    Described { default_life, ..Described::post(endpoint) }
}

fn refreshing() -> Parts {
    vec![fixed("grant_type", "refresh_token"), from("refresh_token", Source::RefreshToken)]
}

fn scope(it: &Settings) -> Option<Part> {
    it.scope.as_deref().filter(|scope| !scope.trim().is_empty()).map(|scope| fixed("scope", scope))
}

fn grant(grant: Option<&OtherGrantType>) -> Parts {
    let Some(grant) = grant else { return vec![fixed("grant_type", "client_credentials")] };
    let mut parts = vec![fixed("grant_type", grant.grant_type().name())];
    match grant {
        OtherGrantType::JwtBearer { .. } => parts.push(from("assertion", Source::Assertion)),
        OtherGrantType::TokenExchange { subject_token_type, actor_token_type, requested_token_type } => {
            parts.push(from("subject_token", Source::SubjectToken));
            parts.push(fixed("subject_token_type", subject_token_type));
            if let Some(kind) = actor_token_type {
                parts.extend([from("actor_token", Source::ActorToken), fixed("actor_token_type", kind)]);
            }
            parts.extend(requested_token_type.iter().map(|kind| fixed("requested_token_type", kind)));
        }
    }
    parts
}

fn client(auth: ClientAuth) -> Parts {
    match auth {
        ClientAuth::Basic(_) | ClientAuth::None => Vec::new(),
        ClientAuth::Body => vec![from("client_id", Source::ClientId), from("client_secret", Source::ClientSecret)],
        ClientAuth::Public | ClientAuth::Tls => vec![from("client_id", Source::ClientId)],
        ClientAuth::Assertion => vec![
            from("client_id", Source::ClientId),
            fixed("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            from("client_assertion", Source::ClientAssertion),
        ],
        other => panic!("nothing describes {other:?} yet"),
    }
}

fn basic(auth: ClientAuth) -> Option<BasicPair> {
    let ClientAuth::Basic(encoding) = auth else { return None };
    Some(BasicPair { id: Source::ClientId, secret: Source::ClientSecret, encoding })
}

fn with_headers(it: &Settings, mut parts: Parts) -> Result<Parts, Misuse> {
    for (name, value) in &it.headers {
        parts.push(Part::header(name, Text::Fixed(value.as_str().into()))?);
    }
    Ok(parts)
}

/// By its name as it is: an extra parameter's may begin with a slash.
fn part(name: &str, text: Text) -> Part {
    Part { place: Place::Body(hallpass_core::wire::pointer::Pointer::named(name)), text }
}

fn fixed(name: &str, text: &str) -> Part {
    part(name, Text::Fixed(text.into()))
}

fn from(name: &str, source: Source) -> Part {
    part(name, Text::From(source))
}
