//! Which URL a call goes to.

use hallpass_core::{Endpoint, Misuse};

use crate::failure::Failure;

/// The URL that `url` means: itself if it is whole, else the one below the API's base.
pub(crate) fn resolve(base: Option<&Endpoint>, url: &str) -> Result<Endpoint, Failure> {
    let bad = |why| Misuse::Url { what: "the URL".into(), why }.into();
    if is_whole(url) {
        return Endpoint::parse(url).map_err(bad);
    }
    let Some(base) = base else {
        return Err(Failure::usage(
            "a relative URL lies below api_url, which the profile does not have: add `api_url = \"https://…\"` to it, \
             or give the whole URL",
        ));
    };
    if url.starts_with("//") {
        return Err(Failure::usage("a URL that begins with // could mean another host: give the whole URL"));
    }
    if climbs(url) {
        return Err(Failure::usage(format!(
            "a relative URL stays below {base}: leave the `..` out, or give the whole URL"
        )));
    }
    base.join(url).map_err(bad)
}

fn is_whole(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)))
}

/// Whether any server could take a segment of the path for the folder above, however it is spelled.
fn climbs(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let path = path.replace("%25", "%").replace("%2e", ".").replace("%2f", "/").replace("%5c", "/").replace("%3b", ";");
    path.split(['/', '\\']).any(|segment| segment.split(';').next() == Some(".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(url: &str) -> Option<String> {
        let base = Endpoint::parse("https://api.example/v3/").expect("a URL");
        resolve(Some(&base), url).ok().map(|endpoint| endpoint.to_url())
    }

    #[test]
    fn a_relative_url_lies_below_the_api() {
        for (url, whole) in [
            ("ping", "https://api.example/v3/ping"),
            ("/ping", "https://api.example/v3/ping"),
            ("", "https://api.example/v3/"),
            ("a/{b}?q=../c", "https://api.example/v3/a/{b}?q=../c"),
            ("a..b/..c/d..", "https://api.example/v3/a..b/..c/d.."),
            ("?next=https://other.example/", "https://api.example/v3/?next=https://other.example/"),
            ("https://other.example/x", "https://other.example/x"),
        ] {
            assert_eq!(resolved(url).as_deref(), Some(whole), "{url}");
        }
    }

    #[test]
    fn no_spelling_climbs_out_of_it() {
        for url in [
            "..",
            "../admin",
            "a/../../admin",
            "a/./b",
            "%2e%2e/admin",
            "a/.%2E/admin",
            "a%2f..%2fadmin",
            "a/%252e%252e/admin",
            "..;/admin",
            "a\\..\\admin",
            "..%5cadmin",
            "//other.example/",
            "ftp://other.example/",
            "a b",
            "a#b",
        ] {
            assert_eq!(resolved(url), None, "{url}");
        }
    }

    #[test]
    fn without_an_api_only_whole_urls_lead_anywhere() {
        assert!(resolve(None, "ping").is_err());
        assert!(resolve(None, "https://api.example/ping").is_ok());
    }
}
