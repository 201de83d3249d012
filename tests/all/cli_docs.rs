//! `flowdeck docs`: pages from the tables of the language and of the problems.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use flowdeck::spec::diagnostic::rules::{rule, rules};
use flowdeck::spec::{LoadOptions, load};
use regex::Regex;

use crate::program::{repository, run};

#[test]
fn a_page_says_what_a_component_is_and_where_it_stands() {
    let ran = run(&["docs", "component", "MCPToolBox"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r#"
    MCPToolBox
      The tools of an MCP server, all or some of them.

      what         component
      since        25.4.1
      is a         ToolBox, Component
      also has     id, name, description, metadata
      used in      Agent.toolboxes, ExtendedAgent.toolboxes, PluginToolFromToolBox.toolbox

      requires_confirmation: boolean, default false, since 26.1.2
          Whether a person must agree before each call of any tool in it.

      client_transport: ClientTransport, required
          The connection to the server.

      retry_policy: RetryPolicy or null, default null, since 26.3.1
          How failed calls are retried; only the number of attempts and the pauses apply.

      tool_filter: list of (MCPToolSpec or string) or null, default null
          The tools to use, by name or with their expected form; null means all.
    "#);
}

#[test]
fn a_plain_object_has_a_page_too() {
    let ran = run(&["docs", "component", "PKCEPolicy", "--format", "markdown"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r#"
    # PKCEPolicy

    How the exchange of an authorization code is protected against theft of the code (RFC 7636).

    - what: plain object; other keys are dropped

    | Field | Takes | Default | |
    |---|---|---|---|
    | `required` | boolean | `true` | Whether a server without PKCE is refused. |
    | `method` | "plain" \| "S256" | `"S256"` | How the challenge is computed from the verifier. |
    "#);
}

#[test]
fn without_a_name_every_page_is_listed() {
    let ran = run(&["docs", "component"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for line in [
        "Nodes",
        "  BranchingNode",
        "WayFlow: search",
        "Plain objects",
        "  RetryPolicy",
    ] {
        assert!(ran.stdout.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn an_unknown_name_is_bad_usage_with_a_suggestion() {
    let ran = run(&["docs", "component", "Agnet"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `Agent`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_page_in_the_repository_is_the_one_that_is_printed() {
    let ran = run(&["docs", "component", "--all", "--format", "markdown"]);
    let kept = std::fs::read_to_string(repository().join("docs/components.md")).unwrap();
    assert!(
        kept.replace("\r\n", "\n") == ran.stdout,
        "docs/components.md is stale: write it again with \
         `cargo run -- docs component --all --format markdown > docs/components.md`"
    );
}

#[test]
fn a_problem_has_a_page_that_says_why_and_what_to_do() {
    let ran = run(&["docs", "problem", "as012"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r"
    AS012  `agentspec_version` below the root (warning)

      Why  The version applies to the whole document, and is read only at its top.
      Fix  Delete this line, and set the version at the top.
    ");
}

#[test]
fn an_unknown_code_is_bad_usage() {
    let ran = run(&["docs", "problem", "AS999"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`AS999`"), "{}", ran.stderr);
}

#[test]
fn the_page_of_problems_in_the_repository_is_the_one_that_is_printed() {
    let ran = run(&["docs", "problem", "--all", "--format", "markdown"]);
    let kept = fs::read_to_string(repository().join("docs/problems.md")).unwrap();
    assert!(
        kept.replace("\r\n", "\n") == ran.stdout,
        "docs/problems.md is stale: write it again with \
         `cargo run -- docs problem --all --format markdown > docs/problems.md`"
    );
}

#[test]
fn every_code_of_the_sources_is_described_and_no_other() {
    let code = Regex::new(r#""(AS[0-9]{3})""#).unwrap();
    let mut used = BTreeSet::new();
    let mut folders = vec![repository().join("src")];
    let table = repository().join("src/spec/diagnostic/rules");
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path != table {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path).unwrap();
                used.extend(code.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    let described: Vec<_> = rules().map(|rule| rule.code.0).collect();
    assert!(
        described.is_sorted(),
        "the rules are in the order of their codes"
    );
    assert_eq!(described, Vec::from_iter(&used));
}

#[test]
fn problems_are_as_bad_as_their_pages_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/conformance");
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for strict in [false, true] {
            let options = LoadOptions {
                strict,
                ..LoadOptions::default()
            };
            for problem in load(&text, &options).diagnostics {
                let rule = rule(problem.code.0).unwrap();
                assert!(
                    rule.severities.allow(problem.severity),
                    "{}: {:?} of {}",
                    path.display(),
                    problem.severity,
                    problem.code
                );
                seen.insert(problem.code);
            }
        }
    }
    assert!(seen.len() > 40, "only {} codes were met", seen.len());
}
