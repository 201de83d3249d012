//! Which specs a person has looked over before their first run, kept over restarts.
//!
//! A file of one line for each: the digest, a blank, the path that the spec had then. Lines are only
//! ever added, so two programs may do so at once.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::samples;
use crate::base::digest::hex_digest;
use crate::base::files::{ReadError, read_text};
use crate::profile::Access;

/// The specs that were looked over. Where there is no file they are forgotten at the end.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    file: Option<PathBuf>,
    seen: HashSet<SpecDigest>,
}

/// A digest of what a person agrees to: the text of a spec and what it may do, as 64 hexadecimal digits.
///
/// A spec that was changed, and one whose tools were bound to something else, has another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpecDigest(String);

impl SpecDigest {
    /// Of a spec and what it may do.
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
    /// Reads the file; one that is not there holds nothing.
    ///
    /// # Errors
    /// The file is there and can't be read as text.
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

    /// The file, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a person has agreed to it.
    pub fn holds(&self, digest: &SpecDigest) -> bool {
        self.seen.contains(digest)
    }

    /// Takes it for agreed to from now on, until the program ends.
    pub fn add(&mut self, digest: SpecDigest) {
        self.seen.insert(digest);
    }
}

/// Adds a spec to a file of those that were looked over, and makes the file if it is not there.
///
/// # Errors
/// What the operating system said.
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

/// Whether a text is that of a bundled sample, unchanged.
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
