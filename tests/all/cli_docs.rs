//! `flowdeck docs`: pages from the language table.

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
      stands in    Agent.toolboxes, ExtendedAgent.toolboxes, PluginToolFromToolBox.toolbox

      requires_confirmation: boolean, default false, since 26.1.2
          Whether a person must agree before each call of any tool in it.

      client_transport: ClientTransport, required
          How the server is reached.

      retry_policy: RetryPolicy or null, default null, since 26.3.1
          How failed calls are made again; only attempts and pauses count.

      tool_filter: list of (MCPToolSpec or string) or null, default null
          The tools that are taken, by name or with what is expected of them; null takes all.
    "#);
}

#[test]
fn a_plain_object_has_a_page_too() {
    let ran = run(&["docs", "component", "PKCEPolicy", "--format", "markdown"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r#"
    # PKCEPolicy

    How the exchange of an authorization code is protected against theft of the code (RFC 7636).

    - what: plain object; further keys are dropped

    | Field | Takes | Default | |
    |---|---|---|---|
    | `required` | boolean | `true` | Whether a server that can't do it is refused. |
    | `method` | "plain" \| "S256" | `"S256"` | How the challenge is made of the secret. |
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
        "docs/components.md is stale: write it anew with \
         `cargo run -- docs component --all --format markdown > docs/components.md`"
    );
}
