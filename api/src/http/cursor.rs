//! Owns the opaque text that says where a page ended: the last key in hex.

use std::fmt::{Display, Write as _};
use std::str::FromStr;

/// The cursor behind a key.
pub(super) fn behind(key: &impl Display) -> String {
    let mut hex = String::new();
    for byte in key.to_string().bytes() {
        write!(hex, "{byte:02x}").expect("a String takes all that is written to it");
    }
    hex
}

/// The key of a cursor; `None` for anything [`behind`] does not give.
pub(super) fn read<K: FromStr>(cursor: &str) -> Option<K> {
    let digits = cursor.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect();
    String::from_utf8(bytes?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use subledger_domain::ids::{AccountId, ApplicationId};

    #[test]
    fn a_cursor_comes_back_as_the_key_it_was_made_of() {
        let account: AccountId = "Acme_1.eu-west".parse().expect("an id");
        assert_eq!(read(&behind(&account)), Some(account));
        assert_eq!(read(&behind(&ApplicationId::FIRST_ALLOCATED)), Some(ApplicationId::FIRST_ALLOCATED));
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for bad in ["", "6", "6g", "6A", "2d61", "ff", "zz", "é0"] {
            assert_eq!(read::<AccountId>(bad), None, "{bad:?} was accepted");
        }
        assert_eq!(read::<u64>(&behind(&"x")), None);
    }
}
