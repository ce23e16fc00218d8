//! Owns what makes two requests the same one: SHA-256 of method, path and the body in canonical form.
//!
//! Does not own what is done about a difference (the engine).

use axum::http::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subledger_eventlog::record::Hash;

use crate::views::canonical;

/// The fingerprint of a write. Each part stands behind its length, so no two splits give the same bytes.
pub(super) fn fingerprint(method: &Method, path: &str, body: &Value) -> Hash {
    let canonical = canonical(body);
    let mut hasher = Sha256::new();
    for part in [method.as_str(), path, canonical.as_str()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &Method, path: &str, body: &str) -> Hash {
        fingerprint(method, path, &serde_json::from_str(body).expect("JSON"))
    }

    #[test]
    fn the_order_of_keys_and_white_space_do_not_count() {
        let plain = of(&Method::POST, "/a", r#"{"a":1,"b":{"c":[1,2],"d":"x"}}"#);
        let shuffled = of(&Method::POST, "/a", "{ \"b\": {\"d\":\"\\u0078\", \"c\":[1, 2]},\n\"a\": 1 }");
        assert_eq!(plain, shuffled);
    }

    #[test]
    fn method_path_and_every_value_count() {
        let all = [
            of(&Method::POST, "/a", r#"{"a":1}"#),
            of(&Method::PUT, "/a", r#"{"a":1}"#),
            of(&Method::POST, "/b", r#"{"a":1}"#),
            of(&Method::POST, "/a", r#"{"a":"1"}"#),
            of(&Method::POST, "/a", r#"{"a":null}"#),
            of(&Method::POST, "/a", r#"{"a":[1,2]}"#),
            of(&Method::POST, "/a", r#"{"a":[2,1]}"#),
            of(&Method::POST, "/a{", r#"{}"#),
            of(&Method::POST, "/a", r#"{}"#),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(one), "case {index} has a twin");
        }
    }
}
