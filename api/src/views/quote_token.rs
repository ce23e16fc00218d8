//! Owns the token of a quote: what was quoted for which request, with its SHA-256, so that any node can read it back and
//! nobody has to keep it.
//!
//! The hash guards against damage, not against forgery: who makes up a token says what they would accept, and the order is
//! decided anew all the same.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subledger_eventlog::record::Hash;

use super::canonical::canonical;

/// What binds an order to a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteToken {
    /// Whose keys the order would take: the payer, or `/accounts`.
    pub scope: String,
    /// Fingerprint of method, path and canonical body, in hex.
    pub request: String,
    /// Lines, total and rights.
    pub held_to: Value,
}

/// `base64url(canonical JSON) . base64url(its SHA-256)`
impl fmt::Display for QuoteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = canonical(&json!({
            "scope": self.scope, "request": self.request, "held_to": self.held_to,
        }));
        write!(f, "{}.{}", URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())))
    }
}

impl QuoteToken {
    /// Reads a token; `None` for anything this release would not write.
    pub fn read(token: &str) -> Option<Self> {
        let (text, digest) = token.split_once('.')?;
        let text = URL_SAFE_NO_PAD.decode(text).ok()?;
        if Sha256::digest(&text).as_slice() != URL_SAFE_NO_PAD.decode(digest).ok()? {
            return None;
        }
        let value: Value = serde_json::from_slice(&text).ok()?;
        let read = Self {
            scope: value["scope"].as_str()?.to_owned(),
            request: value["request"].as_str()?.to_owned(),
            held_to: value.get("held_to").filter(|part| part.is_object())?.clone(),
        };
        // One spelling a token: nothing unknown stands in it, and nothing is written otherwise.
        (read.to_string() == token).then_some(read)
    }
}

/// SHA-256 in hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    Hash(Sha256::digest(bytes).into()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> QuoteToken {
        let held_to = json!({"total": {"amount": "1.00", "currency": "CNY"}, "lines": [], "rights": {}});
        QuoteToken { scope: "acme".to_owned(), request: "07".repeat(32), held_to }
    }

    #[test]
    fn a_token_is_read_back_as_it_was_written() {
        let text = token().to_string();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')), "{text}");
        assert_eq!(QuoteToken::read(&text), Some(token()));
    }

    #[test]
    fn a_token_that_was_touched_anywhere_is_none() {
        let text = token().to_string();
        for index in 0..text.len() {
            let mut touched = text.clone().into_bytes();
            touched[index] = if touched[index] == b'A' { b'B' } else { b'A' };
            let touched = String::from_utf8(touched).expect("ASCII");
            assert_eq!(QuoteToken::read(&touched), None, "{touched}");
        }
        for bad in ["", ".", "e30.", &text[1..], &format!("{text}="), &format!("{text}.x"), &text.replace('.', "")] {
            assert_eq!(QuoteToken::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn another_spelling_of_the_same_token_is_none() {
        let spaced = r#"{"held_to": {}, "request": "", "scope": "acme"}"#;
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(spaced.as_bytes()));
        assert_eq!(QuoteToken::read(&format!("{}.{digest}", URL_SAFE_NO_PAD.encode(spaced))), None);
    }
}
