//! `flowdeck profiles`, as scripts rely on it.

use std::net::TcpListener;

use pretty_assertions::assert_eq;

use crate::program::{file, run};

#[test]
fn profiles_are_listed_and_shown() {
    let ran = run(&["-C", "sample_specs", "profiles"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "* offline\n  spec\n"));
    let ran = run(&["-C", "sample_specs", "profiles", "show"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.starts_with("profile offline\n"),
        "{}",
        ran.stdout
    );
    let expected = "\ntool book_taxi: a person gives the result\n";
    assert!(ran.stdout.contains(expected), "{}", ran.stdout);
    let ran = run(&["profiles", "show", "nonesuch"]);
    assert_eq!(ran.code, 2);
    let told = "there is no profile `nonesuch`\n  help: profiles here are `offline`, `spec`\n";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let spec = "sample_specs/agents/city_desk.yaml";
    let ran = run(&["run", spec, "--profile", "nonesuch"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn check_reaches_endpoints_and_tells_no_secret() {
    let ran = run(&["-C", "sample_specs", "profiles", "check"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "ok     the offline model\n")
    );

    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let profiles = format!(
        "default_profile = \"local\"\n[profiles.local]\n[[profiles.local.llm]]\nmatch = \"*\"\n\
         url = \"http://{address}/v1\"\napi_key = \"sk-very-secret\"\n"
    );
    file(folder.path(), "flowdeck.toml", profiles);
    let folder = folder.path().to_str().unwrap();
    for task in ["show", "check"] {
        let ran = run(&["-C", folder, "profiles", task]);
        assert!(ran.stdout.contains(&address.to_string()), "{ran:?}");
        assert!(!format!("{ran:?}").contains("sk-very-secret"), "{ran:?}");
        assert_eq!(ran.code, i32::from(task == "check"), "{ran:?}");
    }
    // Each model that can't be reached is named, though several are at one address.
    let folder = tempfile::tempdir().unwrap();
    for model_id in ["gpt-8", "gpt-9"] {
        let spec = format!(
            "component_type: OpenAiCompatibleConfig\nagentspec_version: 26.1.2\nid: {model_id}\nname: m\n\
             url: http://{address}/v1\nmodel_id: {model_id}\n"
        );
        file(folder.path(), &format!("{model_id}.yaml"), spec);
    }
    let ran = run(&["-C", folder.path().to_str().unwrap(), "profiles", "check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for (line, model_id) in ran.stdout.lines().zip(["gpt-8", "gpt-9"]) {
        let start = format!("failed model `{model_id}`: can't connect to ");
        assert!(line.starts_with(&start), "{ran:?}");
    }
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:?}");
}
