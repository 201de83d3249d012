//! The specs whose permissions a person has accepted before their first run, saved for later
//! starts.
//!
//! The file has one line per spec: the digest, a blank, and the path that the spec had then. Lines
//! are only appended, so two programs may write at once.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::samples;
use crate::base::digest::hex_digest;
use crate::base::files::{ReadError, read_text};
use crate::profile::Access;

/// The specs whose permissions were accepted. Without a file they are forgotten when the program
/// ends.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    file: Option<PathBuf>,
    seen: HashSet<SpecDigest>,
}

/// A digest of what a person accepts: the text of a spec and its permissions, as 64 hexadecimal
/// digits.
///
/// A changed spec, or one whose tools have a different implementation, has a different digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpecDigest(String);

impl SpecDigest {
    /// Returns the digest of a spec and its permissions.
    pub fn of(text: &str, access: &Access) -> Self {
        let mut whole = text.as_bytes().to_vec();
        // No text of a spec holds this byte, so the two parts can't be taken for each other.
        whole.push(0);
        for grant in access.grants() {
            whole.extend(format!("{grant:?}\n").bytes());
        }
        Self(hex_digest(&whole))
    }
}

impl Trust {
    /// Reads the file; a missing file counts as empty.
    ///
    /// # Errors
    /// The file exists and can't be read as text.
    pub fn read(file: PathBuf) -> Result<Self, ReadError> {
        let text = if file.exists() {
            read_text(&file)?
        } else {
            String::new()
        };
        let digests = text.lines().filter_map(|line| line.split(' ').next());
        Ok(Self {
            seen: digests
                .map(|digest| SpecDigest(digest.to_owned()))
                .collect(),
            file: Some(file),
        })
    }

    /// Returns the file, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a person has accepted this digest.
    pub fn holds(&self, digest: &SpecDigest) -> bool {
        self.seen.contains(digest)
    }

    /// Records a digest as accepted until the program ends.
    pub fn add(&mut self, digest: SpecDigest) {
        self.seen.insert(digest);
    }
}

/// Appends a spec to the file of accepted specs, which is created if needed.
///
/// # Errors
/// The operating system's error.
pub(crate) fn remember(file: &Path, digest: &SpecDigest, spec: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // A name with a line break in it would look like another line.
    let spec = spec.display().to_string().replace(['\n', '\r'], " ");
    options
        .open(file)?
        .write_all(format!("{} {spec}\n", digest.0).as_bytes())
}

/// Whether a text is an unchanged bundled sample.
pub(crate) fn is_sample(text: &str) -> bool {
    samples::texts().any(|sample| sample == text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::Profile;
    use crate::spec::{LoadOptions, load};

    const SPEC: &str = "{component_type: OllamaConfig, agentspec_version: 26.1.2, id: m, name: m, \
                        url: localhost, model_id: x}";

    fn digest_under(profile: &Profile) -> SpecDigest {
        let component = load(SPEC, &LoadOptions::default()).component.unwrap();
        SpecDigest::of(SPEC, &Access::of(&component, profile))
    }

    #[test]
    fn what_was_agreed_to_is_known_after_a_restart_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("flowdeck/trusted");
        let digest = digest_under(&Profile::spec());
        assert!(!Trust::read(file.clone()).unwrap().holds(&digest));
        remember(&file, &digest, Path::new("/a\nb.yaml")).unwrap();
        let trust = Trust::read(file.clone()).unwrap();
        assert!(trust.holds(&digest));
        assert!(
            !trust.holds(&digest_under(&Profile::offline())),
            "another binding"
        );
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_digest_is_that_of_text_and_access() {
        let profile = Arc::new(Profile::spec());
        assert_eq!(digest_under(&profile), digest_under(&profile));
        assert_eq!(digest_under(&profile).0.len(), 64);
        let none = Access::default();
        assert_ne!(SpecDigest::of("a", &none), SpecDigest::of("b", &none));
    }

    #[test]
    fn only_the_text_of_a_sample_is_one() {
        let home = tempfile::tempdir().unwrap();
        samples::unpack(home.path()).unwrap();
        let text = fs::read_to_string(home.path().join("agents/city_desk.yaml")).unwrap();
        assert!(is_sample(&text));
        assert!(!is_sample(&format!("{text}#")));
    }
}
