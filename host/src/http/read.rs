//! Reading what a request says beside its body: path, query, conditions, key.
//!
//! Names in a path are any text, so they are decoded here, once, from the path as it was sent: what
//! was `%252F` is `%2F` afterwards and not a slash. In a query `+` is a plus, because none of the
//! parameters holds a space and one of them is a time with an offset.

use super::error::Problem;
use axum::http::{HeaderMap, HeaderName, header};
use percent_encoding::percent_decode_str;
use pushcart::id::Revision;
use pushcart::service::BasedOn;

/// The longest idempotency key.
const KEY_CHARACTERS_MAX: usize = 255;

/// Decodes one part of a path or a query.
pub(super) fn decoded(part: &str) -> Result<String, Problem> {
    let bytes = part.as_bytes();
    for (at, _) in bytes.iter().enumerate().filter(|(_, b)| **b == b'%') {
        if !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(Problem::malformed(
                "percent_encoding",
                "expected two hexadecimal digits after each % in the URL",
            ));
        }
    }
    let text = percent_decode_str(part).decode_utf8();
    text.map(Into::into)
        .map_err(|_| Problem::malformed("percent_encoding", "expected UTF-8 text in the URL, found other bytes"))
}

/// The decoded parts of `path` that stand where `template` has a name in braces.
pub(super) fn path(template: &str, path: &str) -> Result<Vec<String>, Problem> {
    template
        .split('/')
        .zip(path.split('/'))
        .filter(|(name, _)| name.starts_with('{'))
        .map(|(_, part)| decoded(part))
        .collect()
}

/// The query's parameters. Those that are not in `known`, and repeated ones, are refused by name.
pub(super) fn query(text: Option<&str>, known: &[&'static str]) -> Result<Vec<(&'static str, String)>, Problem> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?;
        let Some(known) = known.iter().find(|known| **known == name) else {
            let list = if known.is_empty() {
                "no query parameters".into()
            } else {
                format!("the query parameters {}", known.join(", "))
            };
            return Err(Problem::malformed("query", format!("expected {list}; found {name:?}")));
        };
        if found.iter().any(|(other, _)| other == known) {
            return Err(Problem::malformed(
                "query",
                format!("expected the query parameter {known} once, found it twice"),
            ));
        }
        found.push((known, decoded(value)?));
    }
    Ok(found)
}

/// A header's one value as text.
pub(super) fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(&name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::malformed("header", format!("expected the header {name} once, found it twice")));
    }
    let text = value
        .to_str()
        .map_err(|_| Problem::malformed("header", format!("expected visible ASCII in the header {name}")))?;
    Ok(Some(text.trim()))
}

/// What `If-Match` or `If-None-Match` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// `*`
    Any,
    /// Entity tags, as text and whether weak.
    List(Vec<(String, bool)>),
}

impl Tags {
    /// True when one of the tags is this revision; weak ones only count where `weak` says so.
    pub(super) fn hold(&self, revision: Revision, weak: bool) -> bool {
        match self {
            Tags::Any => true,
            Tags::List(tags) => {
                tags.iter().any(|(tag, is_weak)| (weak || !is_weak) && Revision::parse(tag) == Ok(revision))
            }
        }
    }
}

/// Reads a header of entity tags (RFC 9110, section 8.8.3): `*`, or tags with commas between.
pub(super) fn tags(headers: &HeaderMap, name: HeaderName) -> Result<Option<Tags>, Problem> {
    let wrong = || {
        Problem::malformed(
            "entity_tag",
            format!("expected * or a list such as \"INCARNATION.VERSION\" in {name}, quotes included"),
        )
    };
    let mut found = None;
    for value in headers.get_all(&name) {
        let mut rest = value.to_str().map_err(|_| wrong())?.trim();
        if rest == "*" {
            if found.replace(Tags::Any).is_some() {
                return Err(wrong());
            }
            continue;
        }
        let Tags::List(list) = found.get_or_insert_with(|| Tags::List(Vec::new())) else { return Err(wrong()) };
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(',') {
                rest = after.trim_start();
                continue;
            }
            let (weak, opened) = match rest.strip_prefix("W/") {
                Some(opened) => (true, opened),
                None => (false, rest),
            };
            let (tag, after) = opened.strip_prefix('"').and_then(|opened| opened.split_once('"')).ok_or_else(wrong)?;
            if tag.contains(|c: char| c.is_ascii_control() || c == ' ') {
                return Err(wrong());
            }
            list.push((tag.into(), weak));
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(wrong());
            }
        }
    }
    match found {
        Some(Tags::List(list)) if list.is_empty() => Err(wrong()),
        found => Ok(found),
    }
}

/// What a change is based on, by its headers.
///
/// A tag that is weak, or that no cart ever had, is left out of the list: it never matches, and an
/// empty list matches nothing.
pub(super) fn based_on(headers: &HeaderMap) -> Result<Option<BasedOn>, Problem> {
    let matches = tags(headers, header::IF_MATCH)?;
    match (matches, tags(headers, header::IF_NONE_MATCH)?) {
        (Some(_), Some(_)) => {
            Err(Problem::malformed("contradiction", "expected If-Match or If-None-Match, found both"))
        }
        (None, None) => Ok(None),
        (Some(Tags::Any), None) => Ok(Some(BasedOn::Exists)),
        (Some(Tags::List(tags)), None) => {
            let strong = tags.iter().filter(|(_, weak)| !weak);
            Ok(Some(BasedOn::OneOf(strong.filter_map(|(tag, _)| Revision::parse(tag).ok()).collect())))
        }
        (None, Some(Tags::Any)) => Ok(Some(BasedOn::Absent)),
        (None, Some(Tags::List(_))) => Err(Problem::malformed(
            "entity_tag",
            "expected If-None-Match: * on a change, which means that there is no cart yet; found a list",
        )),
    }
}

/// The idempotency key: 1 to 255 visible characters, also in the quotes of the draft.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(text) = single(headers, HeaderName::from_static("idempotency-key"))? else { return Ok(None) };
    let key = match text.strip_prefix('"') {
        Some(opened) => unquoted(opened),
        None => Some(text.to_owned()),
    };
    key.filter(|key| (1..=KEY_CHARACTERS_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()))
        .map(Some)
        .ok_or_else(|| {
            Problem::malformed(
                "idempotency_key",
                format!("expected 1 to {KEY_CHARACTERS_MAX} visible ASCII characters in Idempotency-Key"),
            )
        })
}

fn unquoted(opened: &str) -> Option<String> {
    let mut out = String::new();
    let mut characters = opened.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(out),
            '\\' => out.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
            other => out.push(other),
        }
    }
}

/// True when a content type is JSON in UTF-8.
pub(super) fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = essence == "application/json"
        || essence
            .strip_prefix("application/")
            .is_some_and(|rest| rest.len() > "+json".len() && rest.ends_with("+json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        Some(_) => true,
        None => parameter.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use pushcart::id::Incarnation;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn paths_are_decoded_once_and_lose_nothing() {
        let template = "/v1/carts/{identifier}/{instance}/items/{id}";
        let read = |text: &str| path(template, text);
        assert_eq!(read("/v1/carts/user:42/default/items/a").unwrap(), ["user:42", "default", "a"]);
        assert_eq!(read("/v1/carts/a%2Fb/%252F/items/%00").unwrap(), ["a/b", "%2F", "\0"]);
        assert_eq!(read("/v1/carts/a+b/%E2%82%AC/items/%F0%9F%98%80%20").unwrap(), ["a+b", "€", "😀 "]);
        for bad in [
            "/v1/carts/%FF/d/items/a",
            "/v1/carts/%zz/d/items/a",
            "/v1/carts/%2/d/items/a",
            "/v1/carts/d/e/items/%",
            "/v1/carts/%C0%AF/d/items/a",
        ] {
            assert_eq!(read(bad).unwrap_err().status, 400, "{bad}");
        }
    }

    #[test]
    fn queries_are_refused_by_name() {
        let known = ["currency", "at"];
        assert_eq!(query(None, &known).unwrap(), []);
        assert_eq!(
            query(Some("at=2026-11-21T13:00:00+01:00&currency=E%55R"), &known).unwrap(),
            [("at", "2026-11-21T13:00:00+01:00".to_owned()), ("currency", "EUR".to_owned())]
        );
        assert!(query(Some("curency=EUR"), &known).unwrap_err().detail.contains("\"curency\""));
        assert!(query(Some("at=1&at=1"), &known).unwrap_err().detail.contains("twice"));
    }

    #[test]
    fn entity_tags_become_what_a_change_is_based_on() {
        let revision = Revision { incarnation: Incarnation::from_bits(0x9f2c), version: 3 };
        let other = Revision { incarnation: Incarnation::from_bits(0x9f2c), version: 4 };
        let read = |pairs| based_on(&headers(pairs));
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&[("if-match", "*")]).unwrap(), Some(BasedOn::Exists));
        assert_eq!(read(&[("if-none-match", "*")]).unwrap(), Some(BasedOn::Absent));
        assert_eq!(read(&[("if-match", "\"0000000000009f2c.3\"")]).unwrap(), Some(BasedOn::OneOf(vec![revision])));
        assert_eq!(
            read(&[
                ("if-match", "\"0000000000009f2c.3\" , ,\"a,b\", W/\"0000000000009f2c.4\""),
                ("if-match", "\"0000000000009f2c.4\"")
            ])
            .unwrap(),
            Some(BasedOn::OneOf(vec![revision, other]))
        );
        assert_eq!(read(&[("if-match", "W/\"0000000000009f2c.3\"")]).unwrap(), Some(BasedOn::OneOf(vec![])));
        for bad in ["0000000000009f2c.3", "\"open", "", ",", "\"a\" \"b\"", "w/\"a\"", "*, \"a\"", "\"a b\""] {
            assert!(based_on(&headers(&[("if-match", bad)])).is_err(), "{bad}");
        }
        assert!(read(&[("if-none-match", "\"a\"")]).is_err());
        assert!(read(&[("if-match", "*"), ("if-none-match", "*")]).is_err());
        assert!(read(&[("if-match", "*"), ("if-match", "\"a\"")]).is_err());
    }

    #[test]
    fn keys_are_taken_bare_and_quoted() {
        let read = |text| key(&headers(&[("idempotency-key", text)]));
        assert_eq!(read("8e03978e-40d5").unwrap().as_deref(), Some("8e03978e-40d5"));
        assert_eq!(read("\"8e03978e\"").unwrap().as_deref(), Some("8e03978e"));
        assert_eq!(read("\"a\\\"b\\\\\"").unwrap().as_deref(), Some("a\"b\\"));
        for bad in ["", "\"\"", "\"open", "\"a\"b", "a b", "\"a\\x\""] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(key(&headers(&[("idempotency-key", "a"), ("idempotency-key", "b")])).is_err());
    }

    #[test]
    fn json_is_known_by_its_content_type() {
        for good in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/vnd.shop+json",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "text/json",
            "application/jsonx",
            "application/json; charset=latin1",
            "application/+json",
            "application/x-www-form-urlencoded",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
