//! Versions of the Agent Spec language.

use std::fmt;

/// A released version of Agent Spec that documents may declare, in order of release.
///
/// Source: the version names of `pyagentspec` 26.3.1. Pre-releases (25.3.x, 25.4.0) and 26.2.0,
/// which existed only in development, have no variant; see [`AgentSpecVersion::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentSpecVersion {
    /// 25.4.1, the first public version.
    V25_4_1,
    /// 25.4.2: teams, remote agents, parallel nodes, confirmations.
    V25_4_2,
    /// 26.1.0: no changes to the language.
    V26_1_0,
    /// 26.1.2: datastores, transforms, retry policies, caught exceptions.
    V26_1_2,
    /// 26.3.1, the current version.
    V26_3_1,
}

/// The result of parsing a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionText {
    /// A released version.
    Known(AgentSpecVersion),
    /// The pre-release 25.4.0, which is read as 25.4.1.
    PreRelease,
    /// 25.3.0 or 25.3.1: older than every component.
    TooOld,
    /// 26.2.0, which was never released.
    NeverReleased,
    /// Not a version of Agent Spec.
    Unknown,
}

impl AgentSpecVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 5] = [
        Self::V25_4_1,
        Self::V25_4_2,
        Self::V26_1_0,
        Self::V26_1_2,
        Self::V26_3_1,
    ];

    /// The newest version, assumed for a document that declares none.
    pub const LATEST: Self = Self::V26_3_1;

    /// Returns the version as written in `agentspec_version`, for example `26.3.1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V25_4_1 => "25.4.1",
            Self::V25_4_2 => "25.4.2",
            Self::V26_1_0 => "26.1.0",
            Self::V26_1_2 => "26.1.2",
            Self::V26_3_1 => "26.3.1",
        }
    }

    /// Parses the value of `agentspec_version`.
    pub fn parse(text: &str) -> VersionText {
        match text {
            "25.4.0" => VersionText::PreRelease,
            "25.3.0" | "25.3.1" => VersionText::TooOld,
            "26.2.0" => VersionText::NeverReleased,
            _ => Self::ALL
                .into_iter()
                .find(|version| version.as_str() == text)
                .map_or(VersionText::Unknown, VersionText::Known),
        }
    }
}

impl fmt::Display for AgentSpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_reads_back() {
        for version in AgentSpecVersion::ALL {
            assert_eq!(
                AgentSpecVersion::parse(version.as_str()),
                VersionText::Known(version)
            );
        }
    }

    #[test]
    fn versions_order_by_release_and_strangers_are_told_apart() {
        assert!(AgentSpecVersion::ALL.is_sorted());
        assert_eq!(AgentSpecVersion::parse("25.4.0"), VersionText::PreRelease);
        assert_eq!(
            AgentSpecVersion::parse("26.2.0"),
            VersionText::NeverReleased
        );
        assert_eq!(AgentSpecVersion::parse("26.1"), VersionText::Unknown);
    }
}
