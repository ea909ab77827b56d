//! `hallpass request`.

use std::fs;

use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

use crate::world::{CLIENT_SECRET, Home, profile, profiles, says, server};

/// A token server and an API that says one thing.
fn scripted(reply: &Reply) -> (ScriptServer, Home) {
    let server = says(reply);
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/v1/'", server.origin())));
    (server, home)
}

#[test]
fn method_headers_and_body_arrive_as_they_were_given() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.write("body.bin", b"\x00\xff\r\n\x80");
    let last = |args: &[&str], stdin: &[u8]| {
        let ran = home.run_with_stdin(&[&["request", "auth0-json"], args].concat(), stdin).fine();
        (server.requests().pop().expect("a request"), ran)
    };

    let (sent, ran) = last(&["v3/ping/protected"], b"");
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("GET", "/v3/ping/protected"));
    assert_eq!(ran.out, r#"{"owner":"reports","ping":"pong"}"#);
    assert!(sent.body.is_empty() && sent.header("content-type").is_none(), "{sent:?}");

    let (sent, ran) = last(&["echo?a=b", "-d", "-7"], b"not read");
    assert_eq!((sent.method.as_str(), sent.target.as_str(), ran.out.as_str()), ("POST", "/echo?a=b", "-7"));
    assert_eq!(sent.header("content-type"), None, "nothing is guessed");

    let (sent, ran) = last(&["echo", "-X", "PUT", "-d", "@body.bin", "-H", "Content-Type: x/y", "-H", "X-A:  1"], b"");
    assert_eq!((sent.method.as_str(), sent.body.as_slice()), ("PUT", &b"\x00\xff\r\n\x80"[..]));
    assert_eq!((sent.header("content-type"), sent.header("x-a")), (Some("x/y"), Some("1")));
    assert_eq!(ran.bytes, sent.body);

    home.write("headers", b"X-A: 1\r\n\nx-b:canary-7\n");
    let (sent, _) = last(&["echo", "-H", "@headers", "-H", "x-c: 3"], b"");
    assert_eq!(["x-a", "x-b", "x-c"].map(|name| sent.header(name)), [Some("1"), Some("canary-7"), Some("3")]);
    home.write("headers", b"\nhost: canary-7\n");
    let ran = home.run(&["request", "auth0-json", "echo", "-H", "@headers"]);
    assert!(ran.code == 2 && ran.err.contains("-H @headers, line 2: `host`"), "{ran:?}");
    assert!(home.run(&["request", "auth0-json", "echo", "-H", "@none"]).err.contains("-H @none: "));

    let big: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
    let (sent, ran) = last(&["/echo", "-d", "-"], &big);
    assert!(sent.body == big && ran.bytes == big);

    for method in ["DELETE", "PATCH", "OPTIONS"] {
        let (sent, _) = last(&["auth0-json/data", "-X", method], b"");
        assert_eq!(sent.method.as_str(), method);
    }
}

#[test]
fn i_prints_the_head_first() {
    let (_server, home) = scripted(&Reply::json(200, "{}").header("x-a", "b"));
    let ran = home.run(&["request", "x", "items", "-i"]).fine();
    let (head, body) = ran.out.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("\r\nx-a: b"), "{head}");
    assert_eq!(body, "{}");
}

/// The same call, body and all, with another token.
#[test]
fn a_401_is_followed_by_a_login_and_the_same_call() {
    let token = |token: &str| answers([Reply::json(200, &format!(r#"{{"access_token":"{token}"}}"#))]);
    let server = ScriptServer::builder()
        .connection(token("canary-1"))
        .connection(answers([Reply::new(401)]))
        .connection(token("canary-2"))
        .connection(answers([Reply::json(200, "{}")]))
        .start()
        .expect("a server");
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/v1/'", server.origin())));
    let ran = home.run_with_stdin(&["request", "x", "items", "-d", "-"], b"from stdin").fine();
    assert_eq!(ran.out, "{}");
    let calls: Vec<_> = server.requests().into_iter().filter(|request| request.target == "/v1/items").collect();
    let sent: Vec<_> = calls.iter().map(|call| (call.header("authorization"), call.text())).collect();
    let call = |token| (Some(token), "from stdin".to_owned());
    assert_eq!(sent, [call("Bearer canary-1"), call("Bearer canary-2")]);
}

#[test]
fn each_status_has_its_exit_code_and_its_body_is_passed_on() {
    let rows = [
        (200, 0),
        (204, 0),
        (304, 0),
        (400, 6),
        (401, 3),
        (403, 4),
        (404, 6),
        (408, 5),
        (409, 6),
        (425, 5),
        (429, 5),
        (500, 5),
        (503, 5),
        (599, 5),
    ];
    for (status, code) in rows {
        let body = if matches!(status, 204 | 304) { "" } else { "the body" };
        let (_server, home) = scripted(&Reply::new(status).body(body));
        let ran = home.run(&["request", "x", "items"]);
        assert_eq!((ran.code, ran.out.as_str()), (code, body), "{status}: {ran:?}");
        assert_eq!(ran.err.contains(&status.to_string()), code != 0, "{ran:?}");
        assert_eq!(ran.err.contains("Trying again may help"), code == 5, "{ran:?}");
        assert!(ran.err.is_empty() || ran.err.starts_with("hallpass: GET http://127.0.0.1:"), "{ran:?}");
        ran.hides(&["canary-token", "canary-second-token"]);
    }
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let elsewhere = server();
    let (_server, home) = scripted(&Reply::redirect(302, &elsewhere.url("/v3/ping")).body("moved"));
    let ran = home.run(&["request", "x", "items", "-i"]).fine();
    assert!(ran.out.starts_with("HTTP/1.1 302 ") && ran.out.ends_with("moved"), "{ran:?}");
    let told = format!("answered 302 Found: it leads to {}, and no redirect is followed\n", elsewhere.url("/v3/ping"));
    assert!(ran.err.ends_with(&told), "{ran:?}");
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn where_a_redirect_leads_is_told_without_secrets() {
    for to in ["/login?code=canary-7", "https://me:canary-7@elsewhere.example/", "/canary-token"] {
        let (_server, home) = scripted(&Reply::redirect(307, to));
        let ran = home.run(&["request", "x", "items"]).fine();
        assert!(ran.err.contains("no redirect is followed"), "{ran:?}");
        ran.hides(&["canary-7", "canary-token"]);
    }
}

#[test]
fn an_origin_that_is_not_listed_is_refused_before_anything_is_sent() {
    let (server, elsewhere) = (server(), server());
    let text = profiles(&server.origin());
    let home = Home::new(&text);
    let url = elsewhere.url("/v3/ping");
    for args in [&["request", "auth0-json", &url][..], &["request", "auth0-json", &url, "-d", "x", "-o", "out"]] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("is not listed"), "{ran:?}");
    }
    assert_eq!((elsewhere.connections(), server.connections()), (0, 0), "not even the login was sent");
    assert!(!home.path("out").exists());

    let listed = text.replacen("api_url", &format!("origins = ['{}']\napi_url", elsewhere.origin()), 1);
    Home::new(&listed).run(&["request", "auth0-json", &url]).fine();
    assert!(elsewhere.requests()[0].header("authorization").is_some());
}

/// Without a token there is nothing to protect but the transport.
#[test]
fn no_auth_sends_no_token_and_may_go_anywhere_safe() {
    let (server, elsewhere) = (server(), server());
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["request", "user-key", &elsewhere.url("/v3/ping"), "--no-auth"]).fine();
    assert_eq!(ran.out, r#"{"ping":"pong"}"#);
    assert_eq!(elsewhere.requests()[0].header("authorization"), None);
    assert_eq!(server.connections(), 0, "nobody logged in");

    let own = ["request", "auth0-json", "echo", "--no-auth", "-H", "authorization: Bearer mine"];
    assert_eq!(home.run(&own).code, 3);
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer mine"));
    let plain = home.run(&["request", "auth0-json", "http://api.example/", "--no-auth"]);
    assert_eq!(plain.code, 2, "{plain:?}");
    assert!(plain.err.contains("plain http"), "{plain:?}");
}

/// It would be overwritten, and nobody told.
#[test]
fn the_header_that_the_token_goes_into_is_not_the_callers() {
    let server = server();
    let described = format!(
        "[profiles.d]\ndialect = 'declared'\nclient_id = 'reports'\nclient_secret = '{CLIENT_SECRET}'\n\
         send_token = {{ header = 'X-Api-Key', scheme = '' }}\napi_url = '{0}/'\n\
         [profiles.d.authenticate]\nurl = '{0}/oauth/v2/token'\nbody = 'form'\nbasic = {{ id = 'client_id', secret = 'client_secret' }}\n\
         send = {{ grant_type = 'client_credentials' }}\n",
        server.origin()
    );
    let home = Home::new(&format!("{}{described}", profiles(&server.origin())));
    for (profile, header) in [("auth0-json", "Authorization"), ("d", "X-API-KEY")] {
        let mine = format!("{header}: canary-7");
        let ran = home.run(&["request", profile, "v3/ping", "-H", "a: b", "-H", &mine]);
        let named = format!("-H number 2: the profile's token is sent in `{}`", header.to_lowercase());
        assert!(ran.code == 2 && ran.err.contains(&named), "{ran:?}");
        ran.hides(&["canary-7"]);
        assert!(server.requests().iter().all(|request| request.target == "/v3/ping"), "nobody logged in");
        home.run(&["request", profile, "v3/ping", "--no-auth", "-H", &mine]).fine();
        assert_eq!(server.requests().pop().expect("a call").header(header), Some("canary-7"));
    }
    home.run(&["request", "d", "v3/ping", "-H", "authorization: Basic mine"]).fine();
    let call = server.requests().pop().expect("a call");
    assert_eq!(call.header("authorization"), Some("Basic mine"), "the token goes elsewhere");
    assert!(call.header("x-api-key").is_some_and(|token| !token.is_empty()));
}

#[test]
fn a_relative_url_stays_below_the_api() {
    let (server, home) = scripted(&Reply::json(200, "{}"));
    for url in ["../admin", "a/%2e%2E/../x", "..%2fadmin", "//127.0.0.1/", "ftp://127.0.0.1/"] {
        let ran = home.run(&["request", "x", url]);
        assert_eq!(ran.code, 2, "{url}: {ran:?}");
    }
    assert_eq!(server.connections(), 0);
    home.run(&["request", "x", "/items"]).fine();
    assert_eq!(server.requests()[1].target, "/v1/items");
}

#[test]
fn o_writes_the_file_once_there_is_an_answer() {
    let server = server();
    let text = profiles(&server.origin());
    let home = Home::new(&text);
    home.write("out", b"something longer than the answer, which must not be left behind");
    let ran = home.run(&["request", "auth0-json", "v3/ping", "-o", "out"]).fine();
    assert_eq!((ran.out.as_str(), fs::read(home.path("out")).expect("written")), ("", br#"{"ping":"pong"}"#.to_vec()));

    let sent = server.requests().len();
    let ran = home.run(&["request", "auth0-json", "echo", "-d", "x", "-o", "no/such/folder"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nothing was sent"), "{ran:?}");
    assert_eq!(server.requests().len(), sent);

    let _nobody = server.stop().expect("its port is kept");
    home.write("kept", b"kept");
    for (name, left) in [("kept", true), ("never", false)] {
        let ran = home.run(&["request", "auth0-json", "v3/ping", "-o", name]);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert_eq!(home.path(name).exists(), left, "{name}");
    }
    assert_eq!(fs::read(home.path("kept")).expect("there"), b"kept");
}

#[test]
fn a_body_that_breaks_off_is_no_success() {
    let token = Reply::json(200, r#"{"access_token":"t"}"#);
    let broken = vec![Act::Read, Act::reply(Reply::new(200).body("half").truncated(4)), Act::Close];
    let server = ScriptServer::builder().connection(answers([token])).connection(broken).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/'", server.origin())));
    let ran = home.run(&["request", "x", "items", "--errors", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, "half"), "{ran:?}");
    assert_eq!(ran.error()["retry"], true);
}

#[cfg(unix)]
#[test]
fn a_body_without_an_end_is_refused() {
    let home = Home::new(&profile("https://auth.example", "api_url = 'https://auth.example/'"));
    let ran = home.run(&["request", "x", "y", "-d", "@/dev/zero"]);
    assert!(ran.code == 2 && ran.err.contains("more than 256 MiB"), "{ran:?}");
    let ran = home.run(&["request", "x", "y", "-d", "@-"]);
    assert!(ran.code == 2 && ran.err.contains("stdin is `-d -`"), "as curl has it: {ran:?}");
}

/// Wire rule 17: an API that repeats a token, in part or in other words, is not repeated.
#[test]
fn no_part_of_a_token_comes_back_in_the_servers_words() {
    const TOKEN: &str = "canary.0123456789abcdef.0123456789";
    let said = [
        Reply::json(401, "{}")
            .header("www-authenticate", &format!("Bearer error=\"invalid token: {}...\"", &TOKEN[..26])),
        Reply::json(403, "{}").header("www-authenticate", &format!("Bearer scope=\"{TOKEN}\"")),
        Reply::json(302, "").header("location", &format!("https://sso.example/{}", TOKEN.replace('.', "%2E"))),
    ];
    for reply in said {
        let granted = |token: &str| answers([Reply::json(200, &format!(r#"{{"access_token":"{token}"}}"#))]);
        let (builder, answer) = (ScriptServer::builder(), || answers([reply.clone()]));
        // After a 401 there is a second one, and the first is as secret as that.
        let builder = builder.connection(granted(TOKEN)).connection(answer());
        let server = builder.connection(granted("another")).connection(answer()).start().expect("a server");
        let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/v1/'", server.origin())));
        let ran = home.run(&["request", "x", "y"]);
        assert!(!ran.err.contains("canary") && !ran.err.is_empty(), "{ran:?}");
    }
}

/// Who waited for a login may use what it gave, however short its life is (wire rule 11).
#[test]
fn a_token_without_a_life_is_used_once() {
    let granted = || answers([Reply::json(200, r#"{"access_token":"T1","expires_in":0}"#)]);
    let builder = ScriptServer::builder().connection(granted()).connection(answers([Reply::json(200, "{}")]));
    let server = builder.every(granted()).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/v1/'", server.origin())));
    home.run(&["request", "x", "y"]).fine();
    let asked = |server: &ScriptServer| -> Vec<_> {
        server.requests().iter().map(|request| request.target.contains("/v1/")).collect()
    };
    assert_eq!(asked(&server), [false, true]);
    // The server gives the same token again.
    home.run(&["token", "x"]).fine();
    assert_eq!(asked(&server), [false, true, false]);
}
