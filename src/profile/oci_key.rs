//! Signing keys for Oracle's cloud, from the OCI configuration file or the environment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use url::Url;

use super::error::ProfileError;
use crate::base::files::read_text;
use crate::base::secret::Secret;

/// The metadata service, which gives a machine in Oracle's cloud its identity.
const METADATA_SERVICE: &str = "http://169.254.169.254/opc/v2";

/// A signing key, and the name under which the cloud knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct OciKey {
    /// `TENANCY/USER/FINGERPRINT`, or `ST$TOKEN` for a session.
    pub key_id: Secret,
    /// The private key, in PEM.
    pub private_key: Secret,
    /// The passphrase of the private key, if it is encrypted.
    pub passphrase: Option<Secret>,
}

/// A machine in Oracle's cloud, which proves its identity through its metadata service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciInstance {
    /// The metadata service: `http://169.254.169.254/opc/v2`.
    pub metadata: Url,
    /// The service for tokens; `None` for the one in the machine's region.
    pub federation: Option<Url>,
}

impl OciInstance {
    /// Returns the machine on which the program runs. As in Oracle's own libraries,
    /// `OCI_METADATA_BASE_URL` may name another metadata service.
    ///
    /// # Errors
    /// [`ProfileError`] if that variable is not a valid address.
    pub(super) fn here(
        environment: impl Fn(&str) -> Option<Secret>,
        component: &str,
    ) -> Result<Self, ProfileError> {
        let given = environment("OCI_METADATA_BASE_URL");
        let address = given.as_ref().map_or(METADATA_SERVICE, Secret::expose);
        let metadata = address.parse().map_err(|_misfit| {
            let refusal = Refusal {
                component,
                hint: "leave the variable out to use the machine's own metadata service",
            };
            refusal.because("`OCI_METADATA_BASE_URL` is not an address".to_owned())
        })?;
        Ok(Self {
            metadata,
            federation: None,
        })
    }
}

/// The kind of credentials in a profile of the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OciProfileKind {
    /// The API key of a user.
    ApiKey,
    /// The token of a session (`oci session authenticate`).
    SecurityToken,
}

/// A problem in the configuration of a model.
struct Refusal<'a> {
    component: &'a str,
    hint: &'static str,
}

impl Refusal<'_> {
    fn because(&self, problem: String) -> ProfileError {
        ProfileError::Credentials {
            component: self.component.to_owned(),
            problem,
            hint: self.hint,
        }
    }
}

impl OciKey {
    /// Reads a profile of an OCI configuration file, usually `~/.oci/config`. `~` at the start of a
    /// path in the file stands for `home`.
    ///
    /// # Errors
    /// [`ProfileError`] if the file, the profile, one of its fields, or a file that it names is
    /// missing.
    pub(super) fn from_profile(
        file: &Path,
        profile: &str,
        kind: OciProfileKind,
        home: Option<&Path>,
        component: &str,
    ) -> Result<Self, ProfileError> {
        let path = in_home(file, home);
        let refusal = Refusal {
            component,
            hint: match kind {
                OciProfileKind::ApiKey => "`oci setup config` makes such a file",
                OciProfileKind::SecurityToken => "`oci session authenticate` makes such a profile",
            },
        };
        let text = read_text(&path)?;
        let fields = section(&text, profile).ok_or_else(|| {
            refusal.because(format!("`{}` has no profile `[{profile}]`", path.display()))
        })?;
        let field = |name: &str| {
            fields.get(name).copied().ok_or_else(|| {
                let place = path.display();
                refusal.because(format!("`[{profile}]` of `{place}` has no `{name}`"))
            })
        };
        let key_id = match kind {
            OciProfileKind::ApiKey => format!(
                "{}/{}/{}",
                field("tenancy")?,
                field("user")?,
                field("fingerprint")?
            ),
            OciProfileKind::SecurityToken => {
                let token = in_home(Path::new(field("security_token_file")?), home);
                format!("ST${}", read_text(&token)?.trim())
            }
        };
        let key_file = in_home(Path::new(field("key_file")?), home);
        Ok(Self {
            key_id: Secret::new(key_id),
            private_key: Secret::new(read_text(&key_file)?),
            passphrase: fields.get("pass_phrase").copied().map(Secret::new),
        })
    }

    /// Reads the credentials that Oracle's cloud puts into the environment of a function or
    /// container.
    ///
    /// # Errors
    /// [`ProfileError`] if the environment has none, or of another version.
    pub(super) fn of_resource(
        environment: impl Fn(&str) -> Option<Secret>,
        component: &str,
    ) -> Result<Self, ProfileError> {
        let refusal = Refusal {
            component,
            hint: "a resource principal exists only inside OCI Functions and the like; elsewhere use \
                   `OciClientConfigWithApiKey`",
        };
        let variable = |name: &str| {
            environment(name).ok_or_else(|| refusal.because(format!("`{name}` is not set")))
        };
        let version = variable("OCI_RESOURCE_PRINCIPAL_VERSION")?;
        if version.expose() != "2.2" {
            return Err(refusal.because(format!(
                "resource principals of version `{}` can't be read",
                version.expose()
            )));
        }
        // Both are either the value or the path of a file that holds it.
        let file_or_value = |given: Secret| {
            let path = Path::new(given.expose());
            if path.is_absolute() {
                Ok::<_, ProfileError>(Secret::new(read_text(path)?.trim()))
            } else {
                Ok(given)
            }
        };
        let value = |name: &str| file_or_value(variable(name)?);
        Ok(Self {
            key_id: Secret::new(format!(
                "ST${}",
                value("OCI_RESOURCE_PRINCIPAL_RPST")?.expose()
            )),
            private_key: value("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM")?,
            passphrase: environment("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE")
                .map(file_or_value)
                .transpose()?,
        })
    }
}

/// Replaces `~` at the start of a path by the home folder.
fn in_home(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Returns the fields of a section of an INI file, which override those of `[DEFAULT]`.
fn section<'t>(text: &'t str, wanted: &str) -> Option<HashMap<&'t str, &'t str>> {
    const DEFAULT: &str = "DEFAULT";
    let mut defaults = HashMap::new();
    let mut fields = HashMap::new();
    let mut is_there = false;
    let mut current = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            current = name.trim();
            is_there |= current == wanted;
        } else if let Some((name, value)) = line.split_once(['=', ':']) {
            let entry = (name.trim(), value.trim());
            if current == wanted {
                fields.extend([entry]);
            } else if current == DEFAULT {
                defaults.extend([entry]);
            }
        }
    }
    defaults.extend(fields);
    is_there.then_some(defaults)
}

#[cfg(test)]
mod tests;
