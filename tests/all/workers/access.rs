//! How a server of NATS knows us: an NKEY, a credentials file, certificates; and what is told where it does not.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

use super::bed::Fleet;
use crate::history::bed::Bed;

const ONE: [&str; 4] = ["run", "noter.json", "--message", "job 1"];

/// A run over a worker; both know themselves by the settings.
async fn assert_runs_are_carried_out(fleet: &mut Fleet) {
    let checked = fleet.run(&["worker", "--check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    let _worker = fleet.worker(&[]).await;
    let ran = fleet.run(&ONE);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("job 1 is done"), "{}", ran.stdout);
}

fn assert_refused(fleet: &Fleet, settings: &str, words: &[&str]) {
    fleet.settings(settings);
    let checked = fleet.run(&["worker", "--check"]);
    assert_eq!(checked.code, 1, "{}{}", checked.stdout, checked.stderr);
    for words in words {
        assert!(
            checked.stderr.contains(words),
            "{words}: {}",
            checked.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_nkey_lets_us_in_and_another_one_does_not() {
    let (ours, other) = (KeyPair::new_user(), KeyPair::new_user());
    let config = format!(
        "authorization {{ users: [{{ nkey: {} }}] }}",
        ours.public_key()
    );
    let Some(mut fleet) = Fleet::of(Bed::new().await, &config).await else {
        return;
    };
    let folder = fleet.settings("nkey = \"queue.nkey\"\n");
    fs::write(
        folder.join("queue.nkey"),
        format!("{}\n", ours.seed().unwrap()),
    )
    .unwrap();
    fs::write(folder.join("other.nkey"), other.seed().unwrap()).unwrap();
    assert_runs_are_carried_out(&mut fleet).await;
    let refused = ["refuses the login", "`credentials` or `nkey` of `[nats]`"];
    assert_refused(&fleet, "nkey = \"other.nkey\"\n", &refused);
    assert_refused(&fleet, "", &refused);
    fleet.settings("nkey = \"none.nkey\"\n");
    let checked = fleet.run(&["worker", "--check"]);
    assert_eq!(checked.code, 3, "{}", checked.stderr);
    assert!(
        checked.stderr.contains("none.nkey` can't be read"),
        "{}",
        checked.stderr
    );
}

/// A signed text, as NATS has it of operators, accounts and users.
fn token(issuer: &KeyPair, subject: &KeyPair, name: &str, nats: &Value) -> String {
    let encode = |text: &Value| BASE64_URL_SAFE_NO_PAD.encode(text.to_string());
    let header = encode(&json!({"typ": "JWT", "alg": "ed25519-nkey"}));
    let claims = encode(&json!({
        "jti": name.to_uppercase(), "iat": 1_700_000_000, "iss": issuer.public_key(), "name": name,
        "sub": subject.public_key(), "nats": nats,
    }));
    let signed = format!("{header}.{claims}");
    let signature = issuer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn credentials(token: &str, user: &KeyPair) -> String {
    let seed = user.seed().unwrap();
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credentials_file_lets_us_in_and_one_of_another_account_does_not() {
    let (operator, account, system) = (
        KeyPair::new_operator(),
        KeyPair::new_account(),
        KeyPair::new_account(),
    );
    let (user, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let limits = json!({
        "subs": -1, "conn": -1, "leaf": -1, "imports": -1, "exports": -1, "data": -1, "payload": -1, "wildcards": true,
        "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let of_account = json!({"limits": limits, "type": "account", "version": 2});
    let of_system = json!({
        "limits": {"subs": -1, "conn": -1, "leaf": -1, "imports": -1, "exports": -1, "data": -1, "payload": -1, "wildcards": true},
        "type": "account", "version": 2,
    });
    let of_operator =
        json!({"system_account": system.public_key(), "type": "operator", "version": 2});
    let of_user = json!({"pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2});
    let config = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n {}: {}\n {}: {}\n}}\n",
        token(&operator, &operator, "operator", &of_operator),
        system.public_key(),
        account.public_key(),
        token(&operator, &account, "account", &of_account),
        system.public_key(),
        token(&operator, &system, "system", &of_system),
    );
    let Some(mut fleet) = Fleet::of(Bed::new().await, &config).await else {
        return;
    };
    let folder = fleet.settings("credentials = \"queue.creds\"\n");
    let ours = credentials(&token(&account, &user, "user", &of_user), &user);
    fs::write(folder.join("queue.creds"), ours).unwrap();
    let unknown = KeyPair::new_account();
    let theirs = credentials(&token(&unknown, &stranger, "stranger", &of_user), &stranger);
    fs::write(folder.join("other.creds"), theirs).unwrap();
    assert_runs_are_carried_out(&mut fleet).await;
    assert_refused(
        &fleet,
        "credentials = \"other.creds\"\n",
        &["refuses the login"],
    );
}

/// Makes an authority, and certificates of it for the server and for us.
fn certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        let made = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
    };
    fs::create_dir_all(folder).unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"
    ));
    fs::write(
        folder.join("names"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n",
    )
    .unwrap();
    for name in ["server", "me"] {
        openssl(&format!(
            "req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out {name}.pem"
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_an_authority_that_is_named_let_us_in_and_others_are_told() {
    let bed = Bed::new().await;
    let folder = bed.path().join("config/flowdeck");
    certificates(&folder);
    let config = format!(
        "tls {{ cert_file: \"{0}/server.pem\", key_file: \"{0}/server.key\", ca_file: \"{0}/ca.pem\", verify: true }}",
        folder.display()
    );
    let Some(mut fleet) = Fleet::of(bed, &config).await else {
        return;
    };
    fleet.scheme("tls");
    fleet.settings("ca_file = \"ca.pem\"\ncert_file = \"me.pem\"\nkey_file = \"me.key\"\n");
    assert_runs_are_carried_out(&mut fleet).await;
    let told = ["no secure connection", "`ca_file` of `[nats]`"];
    assert_refused(
        &fleet,
        "cert_file = \"me.pem\"\nkey_file = \"me.key\"\n",
        &told,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_a_worker_would_miss() {
    let binding = "[tools.note]\ncommand = [\"no-such-program\"]\n";
    let Some(fleet) = Fleet::of(Bed::with(&Bed::bound_tool(), binding).await, "").await else {
        return;
    };
    let checked = fleet.run(&["worker", "--check"]);
    assert_eq!(checked.code, 1, "{}{}", checked.stdout, checked.stderr);
    for line in [
        "failed tool note: there is no program `no-such-program`",
        "`FLOWDECK_RUNS` with 0 runs to carry out",
        "profile `spec`",
    ] {
        assert!(checked.stdout.contains(line), "{line}: {}", checked.stdout);
    }
}
