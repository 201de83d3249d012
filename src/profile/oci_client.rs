//! The conversion of a spec's `OciClientConfig` to credentials for Oracle's cloud.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ProfileError;
use super::model_endpoint::Credentials;
use super::model_target::{Environment, sensitive};
use super::oci_key::{OciInstance, OciKey, OciProfileKind};
use super::secret_source::environment_variable;
use crate::spec::Component;
use crate::spec::language::{
    ComponentKind, OciClientConfigWithApiKey, OciClientConfigWithSecurityToken,
};
use crate::spec::sensitive::SensitiveValue;

/// Returns the credentials for a service of Oracle's cloud other than its models. `client` is an
/// `OciClientConfig`; errors name `component`, which contains it. May read files.
///
/// # Errors
/// [`ProfileError`] if there is no usable key.
pub(crate) fn oci_credentials(
    client: &Arc<Component>,
    component: &str,
) -> Result<Credentials, ProfileError> {
    credentials(client, component, &environment_variable)
}

/// Returns the credentials of an `OciClientConfig`; errors name `component`.
pub(super) fn credentials(
    client: &Arc<Component>,
    component: &str,
    environment: &Environment<'_>,
) -> Result<Credentials, ProfileError> {
    let from_profile = |file: SensitiveValue<'_>, profile: &str, kind| {
        let file = sensitive(file, component)?;
        let file = file.map_or_else(
            || PathBuf::from("~/.oci/config"),
            |file| PathBuf::from(file.expose()),
        );
        let home = environment("HOME");
        let home = home.as_ref().map(|home| Path::new(home.expose()));
        OciKey::from_profile(&file, profile, kind, home, component).map(Credentials::Oci)
    };
    if let Some(client) = OciClientConfigWithApiKey::of(client) {
        let file = client.auth_file_location();
        return from_profile(file, client.auth_profile(), OciProfileKind::ApiKey);
    }
    if let Some(client) = OciClientConfigWithSecurityToken::of(client) {
        let file = client.auth_file_location();
        return from_profile(file, client.auth_profile(), OciProfileKind::SecurityToken);
    }
    match client.kind() {
        ComponentKind::OciClientConfigWithResourcePrincipal => {
            OciKey::of_resource(environment, component).map(Credentials::Oci)
        }
        ComponentKind::OciClientConfigWithInstancePrincipal => {
            OciInstance::here(environment, component).map(Credentials::OciInstance)
        }
        _ => Err(ProfileError::Credentials {
            component: component.to_owned(),
            problem: format!(
                "requests can't be signed with `{}` here",
                client.type_name()
            ),
            hint: "use `OciClientConfigWithApiKey` or `OciClientConfigWithSecurityToken`",
        }),
    }
}
