//! Addresses of servers.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use ureq::http::Uri;

/// The most bytes of an address.
const ADDRESS_BYTES_MAX: usize = 500;

/// The base address of a server, such as `http://127.0.0.1:8000/v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    is_loopback: bool,
    is_encrypted: bool,
}

impl Address {
    /// Reads `text`.
    ///
    /// # Errors
    /// With a sentence that quotes nothing of what may be a secret, if it is no address that can be asked.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(format!("an address of {} bytes; expected at most {ADDRESS_BYTES_MAX}", text.len()));
        }
        if text.contains('@') {
            return Err("a user or password stands in the address; a key belongs in the environment variable that \
                        `key_env` names"
                .into());
        }
        if text.contains(['?', '#']) {
            return Err(
                "the address goes on after its path; expected one such as http://127.0.0.1:8000/v1, and a key \
                        belongs in the environment variable that `key_env` names"
                    .into(),
            );
        }
        let wrong = || "this is no address; expected one such as http://127.0.0.1:8000/v1".to_owned();
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let is_encrypted = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err("the address must begin with http:// or https://".into()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        Ok(Self { text: text.trim_end_matches('/').to_owned(), is_loopback: is_loopback(host), is_encrypted })
    }

    /// Where chats are completed.
    pub(super) fn completions(&self) -> String {
        format!("{}/chat/completions", self.text)
    }

    /// Whether it is this very machine's.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_open_to_others(&self) -> bool {
        !self.is_encrypted && !self.is_loopback
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let parse = |text| Address::parse(text).unwrap();
        for local in ["http://127.0.0.1:8000/v1", "http://localhost/v1/", "http://[::1]:1/v1", "http://127.9.9.9"] {
            assert!(parse(local).is_loopback() && !parse(local).is_open_to_others(), "{local}");
        }
        assert!(parse("http://10.0.0.5:8000/v1").is_open_to_others());
        assert!(parse("http://localhost.example.org/v1").is_open_to_others());
        assert!(!parse("https://api.example.org/v1").is_open_to_others());
        assert_eq!(parse("http://localhost/v1/").completions(), "http://localhost/v1/chat/completions");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (text, reason) in [
            ("", "no address"),
            ("127.0.0.1:8000", "begin with"),
            ("ftp://x/v1", "begin with"),
            ("http://", "no address"),
            ("https://me:secret@x/v1", "user or password"),
            ("https://x/v1?key=secret", "after its path"),
            ("https://x/v1#a", "after its path"),
            ("http://a b/v1", "no address"),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.contains(reason) && !error.contains("secret"), "{text}: {error}");
        }
        assert!(Address::parse(&format!("http://{}", "x".repeat(600))).unwrap_err().contains("bytes"));
    }
}
