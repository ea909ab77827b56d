//! Escapes of the formats that a server may quote us in, all taken off in one go.

/// Takes one layer of percent, JSON and HTML escapes off. What is no escape stays; bytes that are no UTF-8 become
/// U+FFFD. Linear, and never longer than the text times three.
pub(crate) fn unescape(text: &str) -> String {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    // Every escape begins with an ASCII character, so cutting there never splits a letter.
    while let Some(at) = rest.find(['%', '\\', '&']) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let read = match rest.as_bytes()[0] {
            b'%' => percent(rest, &mut out),
            b'\\' => json(rest, &mut out),
            _ => html(rest, &mut out),
        };
        if read == 0 {
            out.push(rest.as_bytes()[0]);
        }
        rest = &rest[read.max(1)..];
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// `%C3`: one byte.
fn percent(text: &str, out: &mut Vec<u8>) -> usize {
    match text.get(1..3).and_then(hex).and_then(|byte| u8::try_from(byte).ok()) {
        Some(byte) => {
            out.push(byte);
            3
        }
        None => 0,
    }
}

/// `\"`, `\n`, `\u00e9` or a pair of surrogates (RFC 8259 section 7).
fn json(text: &str, out: &mut Vec<u8>) -> usize {
    let unit = |at: usize| text.get(at..at + 2).filter(|u| *u == "\\u").and_then(|_| hex(text.get(at + 2..at + 6)?));
    if let Some(first) = unit(0) {
        let first = u16::try_from(first).unwrap_or_default();
        let pair = unit(6).and_then(|second| u16::try_from(second).ok()).map(|second| [first, second]);
        let (c, read) = match (char::from_u32(first.into()), pair) {
            (Some(c), _) => (Some(c), 6),
            (None, Some(pair)) => (char::decode_utf16(pair).next().and_then(Result::ok), 12),
            (None, None) => (None, 6),
        };
        push(c.unwrap_or(char::REPLACEMENT_CHARACTER), out);
        return if c.is_some() { read } else { 6 };
    }
    match text.as_bytes().get(1) {
        Some(c @ (b'"' | b'\\' | b'/')) => out.push(*c),
        Some(b'n' | b'r' | b't' | b'b' | b'f') => out.push(b' '),
        _ => return 0,
    }
    2
}

/// `&amp;`, `&#39;`, `&#x27;`.
fn html(text: &str, out: &mut Vec<u8>) -> usize {
    let Some(end) = text.bytes().take(10).position(|b| b == b';') else { return 0 };
    let name = &text[1..end];
    let c = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => name.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits),
                None => number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok()).flatten(),
            };
            char::from_u32(code?)
        }),
    };
    c.map_or(0, |c| {
        push(c, out);
        end + 1
    })
}

fn hex(digits: &str) -> Option<u32> {
    // `from_str_radix` takes a sign as well.
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_of_each_escape_is_taken_off_and_the_rest_left_alone() {
        let cases = [
            ("%C3%A4%2B%252b", "ä+%2b"),
            (r#"\"\\\/\n\u00e4\ud83d\ude00"#, "\"\\/ ä😀"),
            ("&lt;&#39;&#x27;&quot;&amp;amp;&apos;&gt;", "<''\"&amp;'>"),
            // No escapes, or broken ones.
            ("100% %4 %zz %é1 %+1", "100% %4 %zz %é1 %+1"),
            (r"\q \u12 \u+123 \", r"\q \u12 \u+123 \"),
            (r"\ud83d \ud83d\u0041", "\u{fffd} \u{fffd}A"),
            ("&; &#; &#x; &#xd800; &#99999999; &unknown; & &ü;", "&; &#; &#x; &#xd800; &#99999999; &unknown; & &ü;"),
            ("%ff", "\u{fffd}"),
        ];
        for (text, plain) in cases {
            assert_eq!(unescape(text), plain, "{text}");
        }
    }
}
