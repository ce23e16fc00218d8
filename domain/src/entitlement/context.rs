//! Owns what a question may tell of the client and the group it is about.
//!
//! Does not own what follows from it (`check`). Every member may be missing: what is not told is not judged, and the
//! requirement stands in the feature's `requires` for the caller to see to.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is told of a client and a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Which line of SDKs the client uses.
    pub sdk: Option<Sdk>,
    /// Its version; of the SDK told.
    pub sdk_version: Option<SdkVersion>,
    /// Its edition, like `enhanced`.
    pub edition: Option<Word>,
    /// What it runs on, like `android`.
    pub platform: Option<Word>,
    /// The group's type.
    pub group_type: Option<GroupType>,
    /// The group's members.
    pub group_size: Option<u64>,
    /// The group's own maximum, set when it was created or updated since (S17).
    pub group_max: Option<u64>,
}

/// A line of SDKs with versions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sdk {
    /// For phones and computers.
    Client,
    /// For browsers.
    Web,
}

/// A type of group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupType {
    /// Ordinary: people who know each other.
    Work,
    /// Ordinary: anybody may ask to join.
    Public,
    /// Ordinary: anybody may come in.
    Meeting,
    /// For live streams: any number of members.
    Avchatroom,
    /// Very large (S9).
    Community,
}

impl GroupType {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Public => "public",
            Self::Meeting => "meeting",
            Self::Avchatroom => "avchatroom",
            Self::Community => "community",
        }
    }
}

/// Why a member of a context cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContextFault {
    /// Not a version.
    #[error("must be a version like 5.8.1668: 1 to 4 numbers of at most 9 digits, parted by dots")]
    Version,
    /// Not a word.
    #[error("must be 1 to 40 of a-z, 0-9, `_` and `-`")]
    Word,
}

/// A version; compared number by number, so 5.10 is later than 5.9. A part that is missing is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SdkVersion([u32; 4]);

impl FromStr for SdkVersion {
    type Err = ContextFault;

    fn from_str(text: &str) -> Result<Self, ContextFault> {
        let mut numbers = [0; 4];
        for (index, part) in text.split('.').enumerate() {
            let digits = (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = part.parse().ok().filter(|_| digits).ok_or(ContextFault::Version)?;
            *numbers.get_mut(index).ok_or(ContextFault::Version)? = number;
        }
        Ok(Self(numbers))
    }
}

impl PartialOrd for SdkVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SdkVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

/// A name from an open set: a new platform is no new release of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(String);

impl Word {
    /// As it was told.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Word {
    type Err = ContextFault;

    fn from_str(text: &str) -> Result<Self, ContextFault> {
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if (1..=40).contains(&text.len()) && text.bytes().all(sound) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ContextFault::Word)
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_number_by_number() {
        let version = |text: &str| text.parse::<SdkVersion>().expect(text);
        for (earlier, later) in
            [("5.9", "5.10"), ("5.8.1667", "5.8.1668"), ("9", "10"), ("2.17.0", "5.8"), ("6.1", "6.1.0.1")]
        {
            assert!(version(earlier) < version(later), "{earlier} < {later}");
        }
        assert_eq!(version("5.8"), version("5.8.0"));
        assert_eq!(version("05.08"), version("5.8"));
    }

    #[test]
    fn what_is_no_version_or_word_is_refused() {
        for text in ["", ".", "5.", ".5", "5..8", "5.8-beta", "v5.8", "5.8.1.1.1", "1234567890", "-1", "+1", " 5", "５"]
        {
            assert_eq!(text.parse::<SdkVersion>(), Err(ContextFault::Version), "{text}");
        }
        for text in ["", "Android", "i os", "安卓", &"a".repeat(41)] {
            assert_eq!(text.parse::<Word>(), Err(ContextFault::Word), "{text}");
        }
        assert!("mini_program".parse::<Word>().is_ok());
    }
}
