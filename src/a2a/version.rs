//! The versions of the protocol.

/// A supported version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Version 0.3 of July 2025, whose JSON objects are distinguished by `kind`.
    V0_3,
    /// Version 1.0 of 2026: protocol buffers in JSON form. All versions that begin with `1.` are
    /// compatible.
    V1_0,
}

impl Version {
    /// The HTTP header with the version of a request. Without it, the version is 0.3.
    pub const HEADER: &str = "A2A-Version";

    /// Returns the version as in cards and headers: `1.0`, `0.3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V0_3 => "0.3",
            Self::V1_0 => "1.0",
        }
    }

    /// Parses the version in a card or a header, of which only major and minor number count; `None`
    /// if it is not supported.
    pub fn named(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.');
        match (numbers.next()?, numbers.next()) {
            ("1", _) => Some(Self::V1_0),
            ("0", Some("3")) => Some(Self::V0_3),
            _ => None,
        }
    }
}
