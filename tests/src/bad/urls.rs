//! Pairs of a listed origin and a URL that a program calls: the token goes there, elsewhere, or is asked to go to a host
//! that two readers could read differently. Only the first is sent (wire rule 7; invariant 7).

use hallpass_core::Origin;

/// What a URL is to the listed origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// The same: the token goes there.
    Same,
    /// Another one, which is not listed.
    Other,
    /// In a spelling that is refused.
    Odd,
}

use Is::{Odd, Other, Same};

/// Listed origin, URL, and what it is.
pub const PAIRS: [(&str, &[(Is, &str)]); 4] = [
    (
        "https://api.example",
        &[
            (Same, "https://api.example/"),
            (Same, "https://api.example:443/v3"),
            (Same, "HTTPS://API.EXAMPLE/x?y=z"),
            (Same, "https://aPi.exAmple/a/b;c"),
            (Same, "https://api.example?x=y"),
            (Other, "http://api.example/"),
            (Other, "http://api.example:443/"),
            (Other, "https://api.example:80/"),
            (Other, "https://api.example:8443/"),
            (Other, "https://api.example:4430/"),
            (Other, "https://example/"),
            (Other, "https://www.api.example/"),
            (Other, "https://apiexample/"),
            (Other, "https://api.example.com/"),
            (Other, "https://api.examples/"),
            (Other, "https://xapi.example/"),
            (Other, "https://api-example/"),
            (Other, "https://xn--pi-7ja.example/"),
            (Other, "https://127.0.0.1/"),
            (Other, "https://[::1]/"),
            (Odd, "https://api.example./"),
            (Odd, "https://.api.example/"),
            (Odd, "https://api..example/"),
            (Odd, "https://api.example:/"),
            (Odd, "https://api.example:0/"),
            (Odd, "https://api.example:0443/"),
            (Odd, "https://api.example:65979/"),
            (Odd, "https://api.example:443:443/"),
            (Odd, "https://user@api.example/"),
            (Odd, "https://user:word@api.example/"),
            (Odd, "https://@api.example/"),
            (Odd, "https://evil.example@api.example/"),
            (Odd, "https://api.example@evil.example/"),
            (Odd, "https://api%2eexample/"),
            (Odd, "https://%61pi.example/"),
            (Odd, "https://api.example%00.evil.example/"),
            (Odd, "https://api.example,evil.example/"),
            (Odd, "https://api.example;evil.example/"),
            (Odd, "https://api!example/"),
            (Odd, "https://äpi.example/"),
            (Odd, "https://ａｐｉ.example/"),
            (Odd, "https://api。example/"),
            (Odd, "https://api.example\\.evil.example/"),
            (Odd, "https://api.example\t/"),
            (Odd, "https:// api.example/"),
            (Odd, "https:///api.example/"),
            (Odd, "https:/api.example/"),
            (Odd, "https:api.example"),
            (Odd, "//api.example/"),
            (Odd, "api.example"),
            (Odd, "ftp://api.example/"),
            (Odd, "file:///etc/hosts"),
            (Odd, "javascript:alert(1)"),
        ],
    ),
    (
        "http://127.0.0.1:8080",
        &[
            (Same, "http://127.0.0.1:8080/"),
            (Same, "HTTP://127.0.0.1:8080/x"),
            (Other, "http://127.0.0.1/"),
            (Other, "http://127.0.0.1:80/"),
            (Other, "http://127.0.0.1:8081/"),
            (Other, "https://127.0.0.1:8080/"),
            (Other, "http://127.0.0.2:8080/"),
            (Other, "http://[::1]:8080/"),
            (Other, "http://[::ffff:127.0.0.1]:8080/"),
            (Other, "http://localhost:8080/"),
            (Other, "http://127.0.0.1.example:8080/"),
            (Odd, "http://127.1:8080/"),
            (Odd, "http://127.0.1:8080/"),
            (Odd, "http://0x7f.1:8080/"),
            (Odd, "http://0x7f.0.0.1:8080/"),
            (Odd, "http://0x7f000001:8080/"),
            (Odd, "http://2130706433:8080/"),
            (Odd, "http://0177.0.0.1:8080/"),
            (Odd, "http://127.0.0.01:8080/"),
            (Odd, "http://127.0.0.1.:8080/"),
            (Odd, "http://127.0.0.256:8080/"),
            (Odd, "http://127.0.0.0.1:8080/"),
            (Odd, "http://①②⑦.0.0.1:8080/"),
            (Odd, "http://user@127.0.0.1:8080/"),
            (Odd, "http://127.0.0.1:8080@evil.example/"),
            (Odd, "http://[127.0.0.1]:8080/"),
        ],
    ),
    (
        "https://[::1]:8443",
        &[
            (Same, "https://[::1]:8443/"),
            (Same, "https://[0:0:0:0:0:0:0:1]:8443/"),
            (Same, "https://[0000::0001]:8443/"),
            (Other, "https://[::1]/"),
            (Other, "https://[::2]:8443/"),
            (Other, "http://[::1]:8443/"),
            (Odd, "https://::1:8443/"),
            (Odd, "https://[::1:8443/"),
            (Odd, "https://[::1]8443/"),
            (Odd, "https://[::1%25lo]:8443/"),
            (Odd, "https://[::1%lo]:8443/"),
            (Odd, "https://[]:8443/"),
            (Odd, "https://[::1].example:8443/"),
            (Odd, "https://[:::1]:8443/"),
        ],
    ),
    (
        "https://xn--bcher-kva.example:444",
        &[
            (Same, "https://xn--bcher-kva.example:444/"),
            (Same, "https://XN--BCHER-KVA.example:444/"),
            (Other, "https://xn--bcher-kva.example/"),
            (Other, "https://bucher.example:444/"),
            (Other, "https://xn--bcher-kva.example.evil.example:444/"),
            (Odd, "https://bücher.example:444/"),
            (Odd, "https://b%C3%BCcher.example:444/"),
        ],
    ),
];

/// How many there are.
pub fn count() -> usize {
    PAIRS.iter().map(|(_, urls)| urls.len()).sum()
}

/// Every pair that the core reads otherwise.
pub fn differences() -> Vec<String> {
    let mut found = Vec::new();
    for (listed, urls) in PAIRS {
        let Ok(listed) = Origin::parse(listed) else {
            found.push(format!("{listed} is no plain origin"));
            continue;
        };
        for (expected, url) in urls {
            let got = match Origin::parse(url) {
                Ok(origin) if origin == listed => Same,
                Ok(_) => Other,
                Err(_) => Odd,
            };
            if got != *expected {
                found.push(format!("{url} to {listed}: expected {expected:?}, got {got:?}"));
            }
        }
    }
    found
}
