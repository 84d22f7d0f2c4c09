//! Who may ask for anything at all.
//!
//! With an operator's token every caller must send it. Without one the server listens on loopback
//! addresses only and trusts whoever reaches them; but a browser on the same machine reaches them
//! too, for any page it shows. Two checks keep such pages out: the name by which the server was
//! called must be the machine's own (a page can point its own name at 127.0.0.1, but cannot hide
//! that name), and a change must not come from another site or origin.
//!
//! The place for shoppers' tokens is [`Guard::admit`]: what it answers can say who the caller is.

use super::error::Problem;
use super::read;
use crate::config::Http;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, Uri, header};
use pushcart::error::Kind;
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// What is asked of a caller.
pub(super) struct Guard {
    token: Option<String>,
    hosts: Vec<String>,
}

impl Guard {
    /// The guard that the settings ask for.
    pub(super) fn new(http: &Http) -> Self {
        Guard { token: http.operator_token.clone(), hosts: http.hosts.clone() }
    }

    /// Whether this caller may go on. `open` are the routes that hold nothing to protect.
    pub(super) fn admit(&self, parts: &Parts, open: bool, change: bool) -> Result<(), Problem> {
        if change {
            self.same_site(parts)?;
        }
        match &self.token {
            None => self.own_name(parts),
            Some(_) if open => Ok(()),
            Some(token) => bearer(parts, token),
        }
    }

    fn own_name(&self, parts: &Parts) -> Result<(), Problem> {
        let named = called(parts)?;
        let good = |host: &str| {
            let bare = without_port(host);
            is_loopback(bare)
                || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(bare) || known.eq_ignore_ascii_case(host))
        };
        match named {
            Some(host) if good(&host) => Ok(()),
            // HTTP/1.0 has no such header, and no browser speaks it.
            None => Ok(()),
            Some(_) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                Kind::Unauthorized,
                "host",
                "expected to be called localhost or a loopback address, found another name in Host; the operator may allow it with http.hosts, or set http.operator_token",
            )),
        }
    }

    fn same_site(&self, parts: &Parts) -> Result<(), Problem> {
        let refused = || {
            Problem::new(
                StatusCode::FORBIDDEN,
                Kind::Unauthorized,
                "cross_site",
                "expected changes from programs and from pages of this server's own origin, found one that a page of another origin sends",
            )
        };
        match read::single(&parts.headers, HeaderName::from_static("sec-fetch-site"))? {
            Some("same-origin" | "none") => Ok(()),
            Some(_) => Err(refused()),
            // Browsers too old for that header send the origin with every change.
            None => match read::single(&parts.headers, header::ORIGIN)? {
                None => Ok(()),
                Some(origin) => {
                    let own = called(parts)?;
                    let of = origin.split_once("://").map(|(_, host)| host);
                    if own.is_some_and(|own| of.is_some_and(|of| own.eq_ignore_ascii_case(of))) {
                        Ok(())
                    } else {
                        Err(refused())
                    }
                }
            },
        }
    }
}

fn bearer(parts: &Parts, token: &str) -> Result<(), Problem> {
    let refused = |reason, detail| {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, Kind::Unauthorized, reason, detail);
        problem.with(header::WWW_AUTHENTICATE, "Bearer realm=\"pushcart\"")
    };
    let Some(sent) = read::single(&parts.headers, header::AUTHORIZATION)? else {
        return Err(refused("token_missing", "expected the header Authorization: Bearer TOKEN, found none"));
    };
    let sent = match sent.split_once(' ') {
        Some((scheme, sent)) if scheme.eq_ignore_ascii_case("bearer") => sent.trim(),
        _ => {
            return Err(refused(
                "token_missing",
                "expected the header Authorization: Bearer TOKEN, found another scheme",
            ));
        }
    };
    // Takes as long for a token that is almost right as for one that is not.
    if bool::from(sent.as_bytes().ct_eq(token.as_bytes())) {
        Ok(())
    } else {
        Err(refused("token_wrong", "expected this server's token, found another"))
    }
}

/// The name by which the server was called: of the URL if that has one, else the header.
fn called(parts: &Parts) -> Result<Option<String>, Problem> {
    let header = read::single(&parts.headers, header::HOST)?;
    Ok(parts.uri.authority().map(ToString::to_string).or_else(|| header.map(str::to_owned)))
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A URL's path and nothing else of it: for messages.
pub(super) fn shown(uri: &Uri) -> String {
    let path = uri.path();
    let mut end = path.len().min(200);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    path[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn guard(token: Option<&str>, hosts: &[&str]) -> Guard {
        Guard { token: token.map(str::to_owned), hosts: hosts.iter().map(|&host| host.to_owned()).collect() }
    }

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/v1/carts/a/b");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_trusting_server_answers_to_its_own_names_only() {
        let guard = guard(None, &["shop.example"]);
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8080",
            "[::1]",
            "shop.example",
            "Shop.Example:80",
        ] {
            assert!(guard.admit(&parts(&[("host", host)]), false, false).is_ok(), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "10.0.0.1", "[::2]", "127.0.0.1.evil.example:8080", ""] {
            assert_eq!(guard.admit(&parts(&[("host", host)]), true, false).unwrap_err().status, 403, "{host}");
        }
    }

    #[test]
    fn changes_from_other_origins_are_refused() {
        let guard = guard(None, &[]);
        let status = |headers: &[(&str, &str)]| {
            guard.admit(&parts(headers), false, true).map_err(|problem| problem.status.as_u16())
        };
        let host = ("host", "localhost:8080");
        for site in ["cross-site", "same-site", "", "x"] {
            assert_eq!(status(&[host, ("sec-fetch-site", site)]), Err(403), "{site}");
        }
        for site in ["same-origin", "none"] {
            assert_eq!(status(&[host, ("sec-fetch-site", site), ("origin", "http://localhost:3000")]), Ok(()));
        }
        assert_eq!(status(&[host, ("origin", "http://localhost:8080")]), Ok(()));
        for origin in ["http://localhost:3000", "null", "https://evil.example"] {
            assert_eq!(status(&[host, ("origin", origin)]), Err(403), "{origin}");
        }
        assert!(guard.admit(&parts(&[host, ("sec-fetch-site", "cross-site")]), false, false).is_ok());
    }

    #[test]
    fn a_token_must_be_right() {
        let guard = guard(Some("correct-horse-battery"), &[]);
        let status = |headers: &[(&str, &str)]| {
            guard.admit(&parts(headers), false, false).map_err(|problem| problem.status.as_u16())
        };
        assert_eq!(status(&[("authorization", "Bearer correct-horse-battery"), ("host", "shop.example")]), Ok(()));
        assert_eq!(status(&[("authorization", "bearer  correct-horse-battery")]), Ok(()));
        for wrong in
            ["Bearer correct-horse-batterx", "Bearer correct", "Bearer ", "Bearer", "Basic correct-horse-battery", ""]
        {
            assert_eq!(status(&[("authorization", wrong)]), Err(401), "{wrong}");
        }
        assert_eq!(status(&[]), Err(401));
        assert!(guard.admit(&parts(&[]), true, false).is_ok());
    }
}
