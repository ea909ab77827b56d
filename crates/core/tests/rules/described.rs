//! A dialect that its user describes: what it sends, what follows, and what cannot work.

use hallpass_core::dialect::declared::{BasicPair, BodyFormat, Described, Description, Ids, Part, Place, Source, Text};
use hallpass_core::dialect::reading::{LifeFormat, Places};
use hallpass_core::dialect::{Ambiguity, Declared, Dialect, Goal, Spends};
use hallpass_core::wire::basic::BasicEncoding;
use hallpass_core::wire::pointer::Pointer;
use hallpass_core::{Secrets, SendAs};
use http::Method;

use crate::grants::longest;
use crate::world::{START, World, held, url};

fn body(name: &str, text: Text) -> Part {
    Part::body(name, text).expect("a place")
}

fn from(source: Source) -> Text {
    Text::From(source)
}

/// A login with a JSON body that holds the password and more.
fn login(more: Vec<Part>) -> Described {
    let parts = [body("password", from(Source::Password))].into_iter().chain(more).collect();
    Described { body: BodyFormat::Json, parts, ..Described::post(url("https://auth.example/sessions")) }
}

fn of(authenticate: Described) -> Description {
    let ids = Ids { username: Some("me".into()), ..Ids::default() };
    Description { authenticate: Some(authenticate), ids, ..Description::default() }
}

fn refreshing() -> Described {
    Described { parts: vec![body("refresh", from(Source::RefreshToken))], ..login(Vec::new()) }
}

#[test]
fn members_go_into_the_objects_that_they_are_described_in() {
    let parts = vec![
        body("/user/name", from(Source::Username)),
        body("/device/kind", Text::Fixed("tv".into())),
        body("/user/kind", Text::Fixed(7.into())),
    ];
    let dialect = Declared::new(of(login(parts))).expect("it can work");
    let run = World::new(&dialect).answered(200, &[], r#"{"access_token":"T1"}"#);
    let sent = r#"{"password":"pass-s3cret","user":{"name":"me","kind":7},"device":{"kind":"tv"}}"#;
    assert_eq!(run.requests[0].body.expose(), sent.as_bytes());
}

#[test]
fn each_value_goes_where_it_is_described() {
    let parts = vec![
        body("grant", Text::Fixed("key".into())),
        body("client", from(Source::ClientId)),
        body("user", from(Source::UserId)),
        Part::header("authorization", Text::After("Token".into(), Source::Password)).expect("a name"),
        Part::header("x-kind", Text::Fixed("tv".into())).expect("a name"),
        Part { place: Place::Query("q".into()), text: Text::Fixed("1".into()) },
    ];
    let step = Described { body: BodyFormat::Form, parts, ..Described::post(url("https://auth.example/sessions")) };
    let ids = Ids { client_id: Some("client".into()), user_id: Some("me".into()), ..Ids::default() };
    let read =
        Described { method: Method::GET, body: BodyFormat::None, parts: step.parts[3..].to_vec(), ..step.clone() };
    for (step, sent) in [(step, "grant=key&client=client&user=me"), (read, "")] {
        let described = Description { ids: ids.clone(), ..of(step) };
        let dialect = Declared::new(described).expect("it can work");
        let exchange = dialect.next(&held("", ""), Goal::Token).expect("a login");
        assert_eq!(dialect.needs(exchange), ["password"], "an id is no secret");
        let run = World::new(&dialect).answered(200, &[], r#"{"access_token":"T1"}"#);
        let request = &run.requests[0];
        assert_eq!(
            (request.body.expose(), request.endpoint.to_url().as_str()),
            (sent.as_bytes(), "https://auth.example/sessions?q=1")
        );
        assert_eq!([&request.headers["authorization"], &request.headers["x-kind"]], ["Token pass-s3cret", "tv"]);
        assert_eq!(request.headers.contains_key("content-type"), !sent.is_empty());
    }
}

#[test]
fn what_follows_a_lost_refresh_depends_on_whether_there_is_another_way() {
    let ambiguity = |description| {
        let dialect = Declared::new(description).expect("it can work");
        dialect.next(&held("", "R1"), Goal::Token).expect("a refresh").ambiguity
    };
    let with_both = Description { refresh: Some(refreshing()), ..of(login(Vec::new())) };
    let imported = Description { authenticate: None, ..with_both.clone() };
    assert_eq!((ambiguity(with_both), ambiguity(imported)), (Ambiguity::Authenticate, Ambiguity::Stop));
}

#[test]
fn a_login_that_sends_a_user_key_has_a_registration_of_its_own() {
    let keyed = of(login(vec![body("key", from(Source::UserKey))]));
    let dialect = Declared::new(keyed).expect("it can work");
    assert!(dialect.identity().is_some());
    assert!(dialect.next(&held("", ""), Goal::Token).is_err());
    let run = World::new(&dialect).holding(held("uk", "")).answered(200, &[], r#"{"access_token":"T1"}"#);
    assert_eq!(run.grant().access_token().expose(), "T1");
    assert!(Declared::new(of(login(Vec::new()))).expect("it can work").identity().is_none());
}

#[test]
fn how_a_token_is_sent_and_what_a_refusal_means_are_described_too() {
    let basic = BasicPair { id: Source::Username, secret: Source::ApiKey, encoding: BasicEncoding::default() };
    let step = Described { advice: Some("Ask for an account".into()), basic: Some(basic), ..login(Vec::new()) };
    let way = SendAs::new("X-Key", "").expect("a way");
    let dialect = Declared::new(Description { send_as: way.clone(), ..of(step) }).expect("it can work");
    assert_eq!(dialect.send_as(), way);
    for (status, key, advice) in [
        (400, "plain", "Ask for an account"),
        (422, "plain", "Ask for an account"),
        (404, "plain", "Check the URL"),
        (401, "a%b", "try basic.encoding ="),
    ] {
        let secrets = Secrets::one("api_key", key).with("password", "p");
        let told = World::new(&dialect).knowing(secrets).answered(status, &[], "{}").refused().advice.clone();
        assert!(told.contains(advice), "{status}: {told}");
    }
}

#[test]
fn what_cannot_work_is_told_with_its_place() {
    let header = |name: &str, text| Part::header(name, text).expect("a name");
    let after = |scheme: &str| Text::After(scheme.into(), Source::Password);
    let query = |text| Part { place: Place::Query("q".into()), text };
    let deep = |steps| vec![body(&"/a".repeat(steps), Text::Fixed("x".into()))];
    assert!(Declared::new(of(login(deep(32)))).is_ok());
    let form = |more| Described { body: BodyFormat::Form, ..login(more) };
    assert!(Declared::new(of(form(Vec::new()))).is_ok());
    let leaking = Described { leaks_in_url: true, ..login(vec![query(from(Source::Password))]) };
    assert!(Declared::new(of(leaking.clone())).is_ok());
    let basic = BasicPair { id: Source::Username, secret: Source::ApiKey, encoding: BasicEncoding::default() };
    let fixed = |value: &str| Text::Fixed(value.into());
    let asking = url("https://api.example/login?p=1&%71=1");
    let cases = [
        (Described { method: Method::GET, ..login(Vec::new()) }, "a GET has no body"),
        (Described { method: "get".parse().expect("a token"), ..login(Vec::new()) }, "written in upper case"),
        (Described { body: BodyFormat::None, ..login(Vec::new()) }, "there is no body"),
        (login(vec![body("password", fixed("x"))]), "something stands there already"),
        (login(vec![body("/password/again", fixed("x"))]), "something stands there already"),
        (login(vec![header("x-key", fixed("two\nlines"))]), "no header may have"),
        (login(vec![header("content-length", fixed("1"))]), "it is set already"),
        (Described { basic: Some(basic), ..login(vec![header("authorization", fixed("x"))]) }, "it is set already"),
        (Described { leaks_in_url: false, ..leaking }, "a URL is no place for a credential"),
        (login(vec![header("x-key", Text::Fixed(7.into()))]), "write it as a string"),
        (form(vec![body("b", Text::Fixed(7.into()))]), "write it as a string"),
        (login(deep(33)), "nests this deep"),
        (form(deep(2)), "a form has no members within members"),
        (Described { method: Method::CONNECT, ..login(Vec::new()) }, "this method"),
        (Described { method: Method::TRACE, ..login(Vec::new()) }, "this method"),
        (
            Described { method: Method::HEAD, body: BodyFormat::None, parts: Vec::new(), ..login(Vec::new()) },
            "this method",
        ),
        (Described { endpoint: asking, ..login(vec![query(fixed("2"))]) }, "query q: the URL has it already"),
        (login(vec![body("b", after("Token"))]), "body /b"),
        (Described { leaks_in_url: true, ..login(vec![query(after("Token"))]) }, "query q"),
        (login(vec![header("x-key", after("two words"))]), "header x-key"),
        (login(vec![header("x-key", Text::Fixed("1".into())), header("x-key", Text::Fixed("2".into()))]), "twice"),
    ];
    for (step, told) in cases {
        let flaw = Declared::new(of(step)).expect_err("it cannot work").to_string();
        assert!(flaw.contains(told), "{flaw}");
    }
}

#[test]
fn what_a_step_cannot_send_is_told() {
    let keyed = Some(login(vec![body("key", from(Source::UserKey))]));
    let cases = [
        (Description { register: keyed, ..of(login(Vec::new())) }, "the key that it is to give"),
        (Description { refresh: Some(login(Vec::new())), ..of(login(Vec::new())) }, "sends the refresh token"),
        (of(login(vec![body("client", from(Source::ClientId))])), "which is not given: set `client_id`"),
        (of(login(vec![body("token", from(Source::RefreshToken))])), "only `refresh` can send a refresh token"),
    ];
    for (description, told) in cases {
        let flaw = Declared::new(description).expect_err("it cannot work").to_string();
        assert!(flaw.contains(told), "{flaw}");
    }
}

/// An imported refresh token may be another user's of the same client.
#[test]
fn whose_login_it_is_must_be_said() {
    let client = || Ids { client_id: Some("client".into()), ..Ids::default() };
    let named = || Ids { account: Some("mine".into()), ..client() };
    let both = || Description { refresh: Some(refreshing()), ..of(login(Vec::new())) };
    let imported = || Description { authenticate: None, ..both() };
    let cases = [
        (both(), Ids::default(), false),
        (both(), client(), true),
        (imported(), client(), false),
        (imported(), named(), true),
    ];
    for (description, ids, is_said) in cases {
        let checked = Declared::new(Description { ids, ..description });
        let told = checked.err().map(|flaw| flaw.to_string());
        assert_eq!(told.is_none(), is_said, "{told:?}");
        assert!(told.is_none_or(|told| told.contains("whose login")));
    }
}

#[test]
fn what_may_be_spent_is_not_described_as_repeated() {
    let lost = |on_lost, more| Some(Described { on_lost: Some(on_lost), ..login(more) });
    for on_lost in [Ambiguity::Repeat, Ambiguity::Authenticate, Ambiguity::Resend, Ambiguity::Stop] {
        let registering = Description { register: lost(on_lost, Vec::new()), ..of(login(Vec::new())) };
        assert_eq!(Declared::new(registering).is_ok(), on_lost == Ambiguity::Stop, "{on_lost:?}");
        let token = vec![body("token", from(Source::RefreshToken))];
        let refreshing = Description { refresh: lost(on_lost, token.clone()), ..of(login(Vec::new())) };
        assert_eq!(Declared::new(refreshing.clone()).is_ok(), on_lost != Ambiguity::Repeat, "{on_lost:?}");
        // What spends nothing is sent again, or not.
        let of_nothing = matches!(on_lost, Ambiguity::Repeat | Ambiguity::Stop);
        let spends_nothing = refreshing.refresh.map(|step| Described { spends: Some(Spends::Nothing), ..step });
        let refreshing = Description { refresh: spends_nothing, ..of(login(Vec::new())) };
        assert_eq!(Declared::new(refreshing).is_ok(), of_nothing, "{on_lost:?}");
        let authenticating = lost(on_lost, Vec::new()).expect("a step");
        assert_eq!(Declared::new(of(authenticating)).is_ok(), of_nothing, "{on_lost:?}");
    }
}

#[test]
fn a_step_spends_what_such_a_step_can() {
    let spending = |spends, parts| Described { spends: Some(spends), ..login(parts) };
    for spends in [Spends::Nothing, Spends::RefreshToken, Spends::Registration] {
        let registering = Description { register: Some(spending(spends, Vec::new())), ..of(login(Vec::new())) };
        assert_eq!(Declared::new(registering).is_ok(), spends == Spends::Registration, "{spends:?}");
        assert_eq!(Declared::new(of(spending(spends, Vec::new()))).is_ok(), spends == Spends::Nothing, "{spends:?}");
        let refresh = Some(spending(spends, vec![body("token", from(Source::RefreshToken))]));
        let refreshing = Description { refresh, ..of(login(Vec::new())) };
        assert_eq!(Declared::new(refreshing).is_ok(), spends != Spends::Registration, "{spends:?}");
    }
}

#[test]
fn which_token_is_taken_makes_it_another_token() {
    let key = |pointer: &str| {
        let reply = Places { access_token: Pointer::parse(pointer).expect("a pointer"), ..Places::default() };
        Declared::new(of(Described { reply, ..login(Vec::new()) })).expect("it can work").key()
    };
    assert_eq!(key("/access_token"), Declared::new(of(login(Vec::new()))).expect("it can work").key());
    assert_ne!(key("/access_token"), key("/id_token"));
    assert_ne!(key("/jwt"), key("/id_token"));
}

fn saying_its_life_in(format: LifeFormat) -> Declared {
    let reply = Places { life: Some((Pointer::named("ends"), format)), ..Places::default() };
    let step = Described { reply, ..login(vec![body("user", from(Source::Username))]) };
    Declared::new(of(step)).expect("it can work")
}

#[test]
fn rule_20_a_life_may_be_said_in_other_units() {
    let cases = [
        (LifeFormat::Seconds, "60".into(), Some(60)),
        (LifeFormat::Milliseconds, "60999".into(), Some(60)),
        (LifeFormat::Unix, (START + 60).to_string(), Some(60)),
        (LifeFormat::Unix, (START - 60).to_string(), Some(0)),
        (LifeFormat::Unix, ((START + 60) * 1000).to_string(), Some(60)),
        (LifeFormat::Unix, "1000000000000".into(), Some(0)),
        // The end of the year 9999.
        (LifeFormat::Unix, "253402300799".into(), Some(longest())),
        (LifeFormat::Unix, "1e300".into(), Some(longest())),
        (LifeFormat::Rfc3339, r#""2023-11-14T22:14:20Z""#.into(), Some(60)),
        (LifeFormat::Rfc3339, r#""9999-01-01T00:00:00Z""#.into(), Some(longest())),
        (LifeFormat::Rfc3339, r#""soon""#.into(), None),
    ];
    for (format, said, life) in cases {
        let body = format!(r#"{{"access_token":"T1","ends":{said}}}"#);
        assert_eq!(World::new(&saying_its_life_in(format)).answered(200, &[], body).life(), life, "{said}");
    }
}
