//! Profiles of configuration files, and environments.

use pretty_assertions::assert_eq;

use super::*;

const CONFIG: &str = "\
# made by hand
[DEFAULT]
user = ocid1.user.u
fingerprint=aa:bb
tenancy = ocid1.tenancy.t
region = eu-zurich-1
key_file = ~/key.pem

[session]
key_file = KEY
security_token_file = ~/token
[locked]
pass_phrase = secret
[empty]
";

fn read(profile: &str, kind: OciProfileKind) -> Result<(String, String), String> {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    let session_key = home.path().join("session.pem");
    write(
        "config",
        &CONFIG.replace("KEY", session_key.to_str().unwrap()),
    );
    write("key.pem", "USER PEM");
    write("session.pem", "SESSION PEM");
    write("token", "ey.J\n");
    let file = Path::new("~/config");
    OciKey::from_profile(file, profile, kind, Some(home.path()), "m")
        .map(|key| {
            let exposed = |secret: &Secret| secret.expose().to_owned();
            let pem = key.passphrase.as_ref().map_or_else(
                || exposed(&key.private_key),
                |passphrase| format!("{} {}", exposed(&key.private_key), exposed(passphrase)),
            );
            (exposed(&key.key_id), pem)
        })
        .map_err(|error| {
            let home = home.path().to_str().unwrap();
            error.to_string().replace(home, "HOME")
        })
}

#[test]
fn a_profile_gives_a_key_and_its_name() {
    let id = "ocid1.tenancy.t/ocid1.user.u/aa:bb".to_owned();
    for profile in ["DEFAULT", "empty"] {
        let read = read(profile, OciProfileKind::ApiKey);
        assert_eq!(read, Ok((id.clone(), "USER PEM".to_owned())), "{profile}");
    }
    let locked = read("locked", OciProfileKind::ApiKey);
    assert_eq!(locked, Ok((id, "USER PEM secret".to_owned())));
    let session = read("session", OciProfileKind::SecurityToken);
    assert_eq!(
        session,
        Ok(("ST$ey.J".to_owned(), "SESSION PEM".to_owned()))
    );
}

#[test]
fn what_is_missing_is_told() {
    use OciProfileKind::{ApiKey, SecurityToken};
    for (profile, kind, expected) in [
        ("none", ApiKey, "`m`: `HOME/config` has no profile `[none]`"),
        (
            "DEFAULT",
            SecurityToken,
            "`m`: `[DEFAULT]` of `HOME/config` has no `security_token_file`",
        ),
    ] {
        assert_eq!(read(profile, kind), Err(expected.to_owned()));
    }
}

#[test]
fn a_resource_has_its_key_from_the_environment() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "ey.J\n").unwrap();
    let environment = |name: &str| match name {
        "OCI_RESOURCE_PRINCIPAL_VERSION" => Some(Secret::new("2.2")),
        "OCI_RESOURCE_PRINCIPAL_RPST" => Some(Secret::new(file.path().to_str().unwrap())),
        "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM" => Some(Secret::new("PEM")),
        _ => None,
    };
    let key = OciKey::of_resource(environment, "m").unwrap();
    assert_eq!(
        (key.key_id.expose(), key.private_key.expose()),
        ("ST$ey.J", "PEM")
    );
    let error = OciKey::of_resource(|_| None, "m").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`m`: `OCI_RESOURCE_PRINCIPAL_VERSION` is not set"
    );
    assert!(error.hint().unwrap().contains("OciClientConfigWithApiKey"));
}
