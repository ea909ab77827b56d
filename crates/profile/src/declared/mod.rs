//! A dialect that a profile describes.

mod step;

use hallpass_core::dialect::declared::{Described, Description, Ids, Part, Place, Source};
use hallpass_core::dialect::{Ambiguity, ExchangeKind, Spends};
use hallpass_core::{Endpoint, SendAs};

use crate::keys::Dialect;
use crate::reader::{At, Reader, wanted};
use crate::spec::client::{PRIVATE_KEY, Signing};
use crate::spec::login::{Kind, LoginSpec};
use crate::value::Value;

/// What a profile of the declared dialect says beside its secrets.
pub(crate) struct DeclaredSpec {
    /// Ids, by the names they are sent from.
    pub(crate) ids: Vec<(Source, At<Value>)>,
    pub(crate) account: Option<At<String>>,
    pub(crate) user_key: Option<At<Value>>,
    pub(crate) signing: Signing,
    pub(crate) steps: Vec<Step>,
    pub(crate) send_as: SendAs,
}

/// A step, with the lines that say what is in it.
pub(crate) struct Step {
    pub(crate) kind: ExchangeKind,
    /// The line of its table.
    pub(crate) line: usize,
    pub(crate) url: At<Endpoint>,
    /// The place of each value that is sent, in the order of its parts.
    pub(crate) places: Vec<At<Place>>,
    pub(crate) described: Described,
}

impl Step {
    /// The line that puts something at a place, the last if there are two.
    pub(crate) fn line_of(&self, place: &Place) -> Option<usize> {
        self.places.iter().rfind(|at| at.value == *place).map(|at| at.line)
    }

    /// The line that sends what comes from a source; its own for a Basic header.
    fn line_of_source(&self, source: Source) -> usize {
        self.described.place_of(source).and_then(|place| self.line_of(place)).unwrap_or(self.line)
    }
}

impl DeclaredSpec {
    /// The description, with ids that were asked for and the profile's own headers in every step.
    pub(crate) fn description(&self, ids: &[(Source, String)], headers: &[Part], resends: bool) -> Description {
        let id = |source| ids.iter().find(|(known, _)| *known == source).map(|(_, id)| id.clone());
        let step = |kind| {
            let mut step = self.steps.iter().find(|step| step.kind == kind)?.described.clone();
            step.parts.extend_from_slice(headers);
            let spends = step.spends != Some(Spends::Nothing);
            if kind == ExchangeKind::Refresh && resends && spends {
                step.on_lost.get_or_insert(Ambiguity::Resend);
            }
            Some(step)
        };
        Description {
            register: step(ExchangeKind::Register),
            authenticate: step(ExchangeKind::Authenticate),
            refresh: step(ExchangeKind::Refresh),
            ids: Ids {
                client_id: id(Source::ClientId),
                user_id: id(Source::UserId),
                username: id(Source::Username),
                account: self.account.as_ref().map(|account| account.value.clone()),
            },
            send_as: self.send_as.clone(),
        }
    }

    /// Where each step goes.
    pub(crate) fn urls(&self) -> Vec<At<Endpoint>> {
        self.steps.iter().map(|step| step.url.clone()).collect()
    }
}

const IDS: [Source; 3] = [Source::ClientId, Source::UserId, Source::Username];

/// The key that a secret is given by.
fn key_of(source: Source) -> &'static str {
    if source == Source::ClientAssertion { PRIVATE_KEY } else { source.name() }
}

/// Reads the whole dialect. Every key is read before the first `?`, so that each mistake is found.
pub(crate) fn read(reader: &mut Reader<'_, '_>) -> Option<LoginSpec> {
    let base = reader.base_url("base_url");
    let given = |reader: &mut Reader<'_, '_>, source: Source| Some((source, reader.value(key_of(source))?));
    let ids: Vec<_> = IDS.iter().filter_map(|source| given(reader, *source)).collect();
    let asked_for = Source::ALL.iter().filter(|source| source.is_secret());
    let secrets: Vec<_> = asked_for.filter_map(|source| given(reader, *source)).collect();
    let account = reader.text("account");
    let user_key = reader.value("user_key");
    let signing = Signing::read(reader);
    let send_as = send_as(reader);
    let below = base.as_ref().map(|at| &at.value);
    let steps: Vec<_> = ExchangeKind::ALL.into_iter().filter_map(|kind| step::step(reader, kind, below)).collect();
    if !reader.has("authenticate") && !reader.has("refresh") {
        reader.fail(
            reader.line,
            "nothing says how a token is had: describe it in a table `authenticate`, `refresh` or both",
        );
    }
    let speaks = ids.iter().any(|(source, _)| *source == Source::ClientId);
    for step in &steps {
        missing_secrets(reader, step, &secrets);
        if !speaks && step.described.sources().any(|source| source == Source::ClientAssertion) {
            let (line, name) = (step.line_of_source(Source::ClientAssertion), step.kind.name());
            let why = "sends a `client_assertion`, which says who the client is: add `client_id = …` to the profile";
            reader.fail(line, format!("`{name}` {why}"));
        }
    }
    idle_secrets(reader, &steps, &secrets, &signing);
    let url = steps.iter().find(|step| step.kind != ExchangeKind::Register)?.url.clone();
    let kind = Kind::Declared(Box::new(DeclaredSpec { ids, account, user_key, signing, steps, send_as: send_as? }));
    let secrets = secrets.into_iter().map(|(source, at)| (source.name(), at)).collect();
    Some(LoginSpec { dialect: Dialect::Declared, url, secrets, kind })
}

/// A secret that is sent must be given; ids are checked with the rest of the description.
fn missing_secrets(reader: &mut Reader<'_, '_>, step: &Step, given: &[(Source, At<Value>)]) {
    for source in step.described.sources().filter(|source| source.is_secret()) {
        if !given.iter().any(|(known, _)| *known == source) {
            let (step_name, name, key) = (step.kind.name(), source.name(), key_of(source));
            reader.fail(
                step.line_of_source(source),
                format!("`{step_name}` sends `{name}`, which is not given: add `{key} = …` to the profile"),
            );
        }
    }
}

/// Whoever forgets `basic = {}` beside a `client_secret` would be told by the server alone, as of a wrong one.
fn idle_secrets(reader: &mut Reader<'_, '_>, steps: &[Step], given: &[(Source, At<Value>)], signing: &Signing) {
    let sent: Vec<_> = steps.iter().flat_map(|step| step.described.sources()).collect();
    for (source, at) in given.iter().filter(|(source, _)| !sent.contains(source)) {
        if *source == Source::ClientAssertion && signing.signs_revocations() {
            continue;
        }
        reader.warn(at.line, format!("`{}` does nothing: no step sends `{}`", key_of(*source), source.name()));
    }
}

fn send_as(reader: &mut Reader<'_, '_>) -> Option<SendAs> {
    if !reader.has("send_token") {
        return Some(SendAs::default());
    }
    let way = reader.within("send_token", &["header", "scheme"], |inner| {
        let header = inner.text("header").map_or_else(|| "Authorization".to_owned(), |header| header.value);
        let standard = if header.eq_ignore_ascii_case("authorization") { "Bearer" } else { "" };
        // An empty one is a choice here: the token alone.
        let scheme =
            inner.read("scheme", |value| value.as_str().map(str::to_owned).ok_or_else(|| wanted("a string", value)));
        match SendAs::new(&header, scheme.as_ref().map_or(standard, |scheme| &scheme.value)) {
            Ok(way) => Some(way),
            Err(why) => {
                inner.fail(inner.line, why.to_string());
                None
            }
        }
    });
    way.map(|at| at.value)
}
