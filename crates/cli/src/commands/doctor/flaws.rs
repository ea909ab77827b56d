//! What looks wrong about a secret, told without showing any of it.

use hallpass_core::Secret;

use super::report::Cause;

/// What looks wrong about the secret of this name.
pub(super) fn of(name: &str, secret: &Secret) -> Vec<Cause> {
    let text = secret.expose();
    let flaw = |id, what: &str, remedy: &str| Cause::new(id, format!("`{name}` {what}"), remedy);
    let ends_line = text.ends_with(['\n', '\r']);
    let quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let found = [
        ends_line.then(|| {
            flaw(
                "secret-line-end",
                "ends in a line end (LF or CR), which is sent as a part of it",
                "take it off where the secret is kept: printf '%s' writes none, and tr -d '\\r' removes those of Windows",
            )
        }),
        (!ends_line && text.trim() != text).then(|| {
            flaw("secret-blank", "begins or ends with a blank, which is sent as a part of it", "copy it again without")
        }),
        text.trim_end().contains(|c: char| c.is_control()).then(|| {
            flaw("secret-control", "has a control character inside, such as a line break or a tab", "copy it again")
        }),
        (quoted('"') || quoted('\'')).then(|| {
            flaw("secret-quoted", "stands in quotes, which are sent as a part of it", "take the quotes off")
        }),
        ["bearer ", "basic "].iter().any(|scheme| text.to_ascii_lowercase().starts_with(scheme)).then(|| {
            flaw("secret-scheme", "begins with the name of a scheme, as a whole header does", "give the secret alone")
        }),
        (text.len() <= 60 && text.starts_with('$')).then(|| {
            flaw("secret-unexpanded", "begins with `$`, as a variable that nobody put in", "use { env = \"NAME\" }")
        }),
        ["<", "your", "changeme", "xxx", "todo"].iter().any(|sign| text.to_ascii_lowercase().starts_with(sign)).then(
            || flaw("secret-example", "looks like the example of a manual", "put the real one there"),
        ),
    ];
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_wrong_is_named_and_never_shown() {
        for (text, id) in [
            ("canary\r", Some("secret-line-end")),
            ("canary\n", Some("secret-line-end")),
            (" canary", Some("secret-blank")),
            ("can\tary", Some("secret-control")),
            ("\"canary\"", Some("secret-quoted")),
            ("Basic canary", Some("secret-scheme")),
            ("$CANARY", Some("secret-unexpanded")),
            ("<canary>", Some("secret-example")),
            ("canary+/%=", None),
            ("\"", None),
        ] {
            let found = of("client_secret", &Secret::new(text));
            assert_eq!(found.first().map(|cause| cause.id), id, "{text:?}");
            assert!(found.iter().all(|it| !format!("{it:?}").to_lowercase().contains("canary")));
        }
    }
}
