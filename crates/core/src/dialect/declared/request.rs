//! A described request, written.

use http::header;

use super::{BodyFormat, Described, Held, Ids, Misuse, Part, Place, Secrets, Source, Text};
use crate::access_token::written;
use crate::http::{Body, Endpoint, Request};
use crate::secret::{RefreshToken, Secret, UserKey};
use crate::wire::json::Member;
use crate::wire::{basic, form, json};

/// Where values come from.
pub(super) struct Values<'a> {
    pub(super) ids: &'a Ids,
    pub(super) held: &'a Held,
    pub(super) secrets: &'a Secrets,
}

pub(super) fn request(step: &Described, values: &Values<'_>) -> Result<Request, Misuse> {
    let (content_type, body) = match step.body {
        BodyFormat::Json => (json::CONTENT_TYPE, json::write(members(step, values)?)),
        BodyFormat::Form => (form::CONTENT_TYPE, form::write(fields(step, values)?)),
        BodyFormat::None => ("", Body::default()),
    };
    let mut request = Request::post(endpoint(step, values)?, content_type, body);
    if step.body == BodyFormat::None {
        request.headers.remove(header::CONTENT_TYPE);
    }
    request.method = step.method.clone();
    if let Some(pair) = &step.basic {
        let secret = Secret::new(values.get(pair.secret)?);
        let value = basic::authorization(values.get(pair.id)?, &secret, pair.encoding)?;
        request = request.header(header::AUTHORIZATION, value);
    }
    for part in &step.parts {
        if let Place::Header(name) = &part.place {
            let prefix = match &part.text {
                Text::After(scheme, _) => format!("{scheme} "),
                Text::Fixed(_) | Text::From(_) => String::new(),
            };
            let value = written(&prefix, values.text(&part.text)?).ok_or_else(|| {
                let why = "it has a character that no header may have";
                Misuse::Value { what: part.place.to_string(), why: why.into() }
            })?;
            request = request.header(name.clone(), value);
        }
    }
    Ok(request)
}

/// The URL, with what goes into its query.
fn endpoint(step: &Described, values: &Values<'_>) -> Result<Endpoint, Misuse> {
    let mut pairs = Vec::new();
    for part in &step.parts {
        if let Place::Query(name) = &part.place {
            pairs.push((name.as_str(), values.text(&part.text)?));
        }
    }
    if pairs.is_empty() {
        return Ok(step.endpoint.clone());
    }
    let bad = |why| Misuse::Url { what: "the URL with its query".into(), why };
    step.endpoint.with_query(form::write(pairs).expose()).map_err(bad)
}

fn in_body(step: &Described) -> impl Iterator<Item = (&Part, Vec<&str>)> {
    step.parts.iter().filter_map(|part| match &part.place {
        Place::Body(pointer) => Some((part, pointer.steps().collect())),
        _ => None,
    })
}

fn fields<'a>(step: &'a Described, values: &Values<'a>) -> Result<Vec<(&'a str, &'a str)>, Misuse> {
    in_body(step).map(|(part, way)| Ok((way[0], values.text(&part.text)?))).collect()
}

fn members<'a>(step: &'a Described, values: &Values<'a>) -> Result<Vec<(&'a str, Member<'a>)>, Misuse> {
    let mut top = Vec::new();
    for (part, way) in in_body(step) {
        let member = match &part.text {
            Text::Fixed(value) => Member::Value(value),
            Text::From(source) | Text::After(_, source) => Member::Text(values.get(*source)?),
        };
        put(&mut top, &way, member);
    }
    Ok(top)
}

/// Puts a member where its way leads, through objects that are made as they are needed.
fn put<'a>(object: &mut Vec<(&'a str, Member<'a>)>, way: &[&'a str], member: Member<'a>) {
    let [name, rest @ ..] = way else { return };
    if rest.is_empty() {
        object.push((name, member));
        return;
    }
    let known = object.iter().position(|(known, inner)| known == name && matches!(inner, Member::Object(_)));
    let place = known.unwrap_or_else(|| {
        object.push((name, Member::Object(Vec::new())));
        object.len() - 1
    });
    if let Member::Object(inner) = &mut object[place].1 {
        put(inner, rest, member);
    }
}

impl<'a> Values<'a> {
    fn text(&self, text: &'a Text) -> Result<&'a str, Misuse> {
        match text {
            Text::Fixed(value) => Ok(value.as_str().unwrap_or_default()),
            Text::From(source) | Text::After(_, source) => self.get(*source),
        }
    }

    pub(super) fn get(&self, source: Source) -> Result<&'a str, Misuse> {
        let missing = || Misuse::Value { what: source.name().into(), why: "it was not given".into() };
        match source {
            Source::ClientId | Source::UserId | Source::Username => self.ids.get(source).ok_or_else(missing),
            Source::UserKey => self.held.user_key.as_ref().map(UserKey::expose).ok_or(Misuse::NotRegistered),
            Source::RefreshToken => self.held.needs_refresh_token().map(RefreshToken::expose),
            secret => self.secrets.needs(secret.name()).map(Secret::expose),
        }
    }
}
