//! The versions of the protocol.

/// A version of the protocol that is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 0.3, of July 2025: JSON objects are told apart by `kind`.
    V0_3,
    /// 1.0, of 2026: protocol buffers written as JSON. Whatever begins with `1.` is compatible with it.
    V1_0,
}

impl Version {
    /// The HTTP header that says which version a request is in. Where it is absent, it is 0.3.
    pub const HEADER: &str = "A2A-Version";

    /// The version as cards and headers write it: `1.0`, `0.3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V0_3 => "0.3",
            Self::V1_0 => "1.0",
        }
    }

    /// The version that a card or a header names, of which only major and minor number count; none if it is not spoken here.
    pub fn named(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.');
        match (numbers.next()?, numbers.next()) {
            ("1", _) => Some(Self::V1_0),
            ("0", Some("3")) => Some(Self::V0_3),
            _ => None,
        }
    }
}
