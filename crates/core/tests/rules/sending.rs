//! Rules 3 to 8: where a request may go, and what a redirect is.

use core::time::Duration;

use hallpass_core::error::Oddity;
use hallpass_core::{AccessToken, BadUrl, EgressRules, Endpoint, Misuse, Origin};

use crate::world::{World, basic_form, held, password_form};

#[test]
fn rule_02_a_refused_odd_secret_names_the_other_settings() {
    use hallpass_core::dialect::{BasicForm, ClientAuth};
    use hallpass_core::wire::basic::BasicEncoding;
    use hallpass_core::{Secrets, secret};
    let advice = |dialect: &BasicForm, status, secret: &str| {
        let world = World::new(dialect).knowing(Secrets::one(secret::CLIENT_SECRET, secret));
        world.answered(status, &[], r#"{"error":"invalid_client"}"#).refused().advice.clone()
    };
    for status in [401, 403] {
        let odd = advice(&basic_form(), status, "a%b");
        assert!(odd.contains(r#"basic_encoding = "form" or "raw""#) && odd.contains(r#"now "minimal""#), "{odd}");
        let form = basic_form().client_auth(ClientAuth::Basic(BasicEncoding::Form));
        assert!(advice(&form, status, "two words").contains(r#""minimal" or "raw""#));
        assert!(!advice(&basic_form(), status, "AZaz09-._~").contains("basic_encoding"));
        assert!(!advice(&basic_form().client_auth(ClientAuth::Body), status, "a%b").contains("basic_encoding"));
    }
    assert!(!advice(&basic_form(), 400, "a%b").contains("basic_encoding"));
}

#[test]
fn rule_03_bearer_stands_exactly_so_with_one_space() {
    let token = AccessToken::new("mF_9.B5f-4.1JqM").expect("visible");
    assert_eq!(token.header_value(), "Bearer mF_9.B5f-4.1JqM");
    assert!(token.header_value().is_sensitive());
}

#[test]
fn rule_04_a_url_with_userinfo_or_a_fragment_is_refused() {
    let cases = [
        ("https://user:pass@auth.example/token", BadUrl::Userinfo),
        ("https://user@auth.example", BadUrl::Userinfo),
        ("https://@auth.example", BadUrl::Userinfo),
        ("https://auth.example/token#x", BadUrl::Fragment),
        ("https://auth.example#", BadUrl::Fragment),
        ("ftp://auth.example/token", BadUrl::Scheme),
        ("//auth.example/token", BadUrl::NotAbsolute),
        ("/token", BadUrl::NotAbsolute),
        ("", BadUrl::NotAbsolute),
        ("https://auth.example/a b", BadUrl::Character),
        ("https://auth.example/\u{e4}", BadUrl::Character),
        ("https:\\\\auth.example\\token", BadUrl::Character),
        ("https://auth.example/\r\nX: 1", BadUrl::Character),
        ("https://auth.example/\"token\"", BadUrl::Character),
        ("https://auth.example/a/../token", BadUrl::Dots),
        ("https://auth.example/a/%2E", BadUrl::Dots),
    ];
    for (text, why) in cases {
        assert_eq!(Endpoint::parse(text).expect_err(text), why, "{text}");
        assert!(!why.to_string().contains("pass@"), "a URL may hold a password");
    }
}

#[test]
fn rule_04_a_query_is_kept_for_the_server_and_hidden_from_the_reader() {
    let endpoint = Endpoint::parse("https://auth.example/token?key=canary-7").expect("a URL");
    assert_eq!(endpoint.to_url(), "https://auth.example/token?key=canary-7");
    assert_eq!(endpoint.to_string(), "https://auth.example/token?…");
    assert_eq!(format!("{endpoint:?}"), "Endpoint(https://auth.example/token?…)");
}

#[test]
fn rule_06_a_resource_is_absolute_and_has_no_fragment() {
    for good in ["https://api.example/", "urn:example:api", "https://api.example/a?b=c", "x+y.z-1:"] {
        assert!(basic_form().resource(good).is_ok(), "{good}");
    }
    for bad in
        ["", "api", "/api", "https://api.example/#x", "1a:b", ":b", "https://api.example/ ", "https://ä/", "a\n:b"]
    {
        assert!(basic_form().resource(bad).is_err(), "{bad}");
    }
}

#[test]
fn rule_07_plain_http_goes_to_loopback_literals_only() {
    let cases = [
        ("https://auth.example", true),
        ("http://127.0.0.1:8080/token", true),
        ("http://127.255.1.2", true),
        ("http://[::1]:1", true),
        // A name is whatever a resolver says it is.
        ("http://localhost", false),
        ("http://auth.example", false),
        ("http://127.0.0.1.example", false),
        ("http://10.0.0.1", false),
        ("http://0.0.0.0", false),
        ("http://[::]", false),
        ("http://[::ffff:127.0.0.1]", false),
        ("http://[::ffff:7f00:1]", false),
    ];
    for (text, allowed) in cases {
        let origin = Origin::parse(text).expect(text);
        assert_eq!(EgressRules::default().admit(&origin).is_ok(), allowed, "{text}");
    }
    let rules = EgressRules { allow_http: vec!["Auth.example".into()], ..EgressRules::default() };
    assert!(rules.admit(&Origin::parse("http://auth.EXAMPLE:81").expect("a URL")).is_ok());
    let refused = rules.admit(&Origin::parse("http://sub.auth.example").expect("a URL")).expect_err("another host");
    assert!(matches!(refused, Misuse::PlainHttp { host, .. } if host == "sub.auth.example"));
}

#[test]
fn rule_07_the_limits_travel_with_the_send() {
    let rules = EgressRules { timeout: Duration::from_secs(5), reply_cap: 7, ..EgressRules::default() };
    let egress = rules.egress(&Endpoint::parse("https://auth.example/x").expect("a URL")).expect("https");
    assert_eq!(egress.origin().to_string(), "https://auth.example");
    assert_eq!((egress.timeout(), egress.connect_timeout(), egress.reply_cap()), (rules.timeout, rules.timeout, 7));
}

/// Two parsers that read one host differently are how a token reaches the wrong one.
#[test]
fn rule_07_a_host_in_an_odd_spelling_is_refused() {
    let odd = [
        "https://0x7f.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://127.1",
        "https://0177.0.0.1",
        "https://127.0.0.01",
        "https://1.2.3.4.5",
        "https://256.1.1.1",
        "https://example.0x",
        "https://a.1",
        "https://auth.example.",
        "https://.auth.example",
        "https://auth..example",
        "https://",
        "https://:443",
        "https://%61uth.example",
        "https://auth%2eexample",
        "https://[::1",
        "https://::1",
        "https://[::1]x",
        "https://[::1%25eth0]",
        "https://[127.0.0.1]",
        "https://[]",
        "https://a]b",
        "https://a b",
        "https://auth.example:",
        "https://auth.example:0",
        "https://auth.example:080",
        "https://auth.example:65536",
        "https://auth.example:+80",
        "https://auth.example:80:80",
        "https://auth.example,evil.example",
        "https://auth.example;a",
        "https://auth!example",
    ];
    for text in odd {
        assert!(Origin::parse(text).is_err(), "{text}");
    }
    let long = format!("https://{}.example", "a".repeat(64));
    assert!(Origin::parse(&long).is_err());
    let same = [
        ("HTTPS://AUTH.example:443/x?y", "https://auth.example", 443),
        ("http://127.0.0.1:80", "http://127.0.0.1", 80),
        ("https://[0:0::1]:8443/", "https://[::1]:8443", 8443),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", 443),
        ("https://auth.example:80", "https://auth.example:80", 80),
    ];
    for (text, plain, port) in same {
        let origin = Origin::parse(text).expect(text);
        assert_eq!((origin.to_string().as_str(), origin.port()), (plain, port));
        assert_eq!(Origin::of(&text.parse().expect("a URI")), Ok(origin), "of a request that a caller built");
    }
}

#[test]
fn rule_08_a_redirect_is_refused_and_names_only_the_origin() {
    for status in [300, 301, 302, 303, 307, 308, 399] {
        let to = [("location", "https://evil.example:8443/collect?secret=client-s3cret")];
        let run = World::new(&basic_form()).answered(status, &to, crate::world::TOKEN);
        assert_eq!(run.oddity(), &Oddity::Redirect(Some("https://evil.example:8443".into())), "{status}");
        assert_eq!(run.requests.len(), 1, "{status}");
        let told = run.error().to_string();
        assert!(told.contains("is a redirect to https://evil.example:8443, which"), "{told}");
    }
    for location in ["/elsewhere", "https://user:pw@evil.example/", "ht!tp", "", "javascript:alert(1)"] {
        let run = World::new(&basic_form()).answered(302, &[("location", location)], "");
        assert_eq!(run.oddity(), &Oddity::Redirect(None), "{location}");
    }
    assert_eq!(World::new(&basic_form()).answered(302, &[], "").oddity(), &Oddity::Redirect(None));
    assert_eq!(World::new(&basic_form()).answered(304, &[], "").oddity(), &Oddity::Status);
}

/// A host name loses its case on the way, and a secret in it must not get out that way.
#[test]
fn rule_08_a_redirect_to_a_host_made_of_a_secret_is_not_named() {
    let dialect = password_form();
    let world = World::new(&dialect).holding(held("", "CaNaRy-ReFrEsH"));
    let run = world.answered(302, &[("location", "https://CaNaRy-ReFrEsH.evil.example/")], "");
    assert!(!format!("{:?}", run.error()).to_ascii_lowercase().contains("canary-refresh"), "{}", run.error());
}
