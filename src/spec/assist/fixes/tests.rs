mod table;

use pretty_assertions::assert_eq;

use super::*;

/// The fixes for the line with the bar.
fn offered(text: &str) -> (String, Vec<Fix>) {
    let at = text.find('|').expect("a bar stands for the cursor");
    let text = text.replacen('|', "", 1);
    let fixes = fixes(&text, &LoadOptions::default(), at);
    (text, fixes)
}

/// The fix of this title gives this text, in which a problem of its code is gone and no other is new.
#[track_caller]
fn check(text: &str, title: &str, expected: &str) {
    let (text, fixes) = offered(text);
    let Some(fix) = fixes.iter().find(|fix| fix.title == title) else {
        let titles: Vec<_> = fixes.iter().map(|fix| &fix.title).collect();
        panic!("`{title}` is not among {titles:?} for\n{text}");
    };
    let changed = apply(&text, &fix.edits);
    assert_eq!(changed, expected);
    let codes = |text: &str| -> Vec<&str> {
        let loaded = load(text, &LoadOptions::default());
        loaded
            .diagnostics
            .iter()
            .map(|problem| problem.code.0)
            .collect()
    };
    let mut allowed = codes(&text);
    let gone = allowed.iter().position(|code| *code == fix.code.0).unwrap();
    allowed.remove(gone);
    // What a fault of form hid may be told after it.
    let hid_others = fix.code == FORM;
    for code in codes(&changed).into_iter().filter(|_| !hid_others) {
        let at = allowed.iter().position(|known| *known == code);
        allowed.remove(at.unwrap_or_else(|| panic!("{code} is new in\n{changed}")));
    }
}

const LLM: &str =
    "component_type: VllmConfig\nagentspec_version: 26.3.1\nname: m\nmodel_id: m\nurl: u\n";

#[test]
fn faults_of_form_are_mended() {
    let yaml = |broken: &str, title: &str, mended: &str| {
        let expected = format!("component_type: ServerTool\n{mended}");
        check(
            &format!("component_type: ServerTool\n{broken}"),
            title,
            &expected,
        );
    };
    yaml(
        "metadata:\n|\ta: 1\n\tb: 2\n",
        "indent with blanks, not tabs",
        "metadata:\n  a: 1\n  b: 2\n",
    );
    yaml("name: |\"t\nid: t\n", "add `\"`", "name: \"t\"\nid: t\n");
    yaml(
        "inputs: |[{title: x}\n",
        "add `]`",
        "inputs: [{title: x}]\n",
    );
    yaml(
        "name: t\ndescription: |a: b\n",
        "put the value in quotes",
        "name: t\ndescription: \"a: b\"\n",
    );
    yaml(
        "name: t\ndescription: |{{x}} is it\n",
        "put the value in quotes",
        "name: t\ndescription: \"{{x}} is it\"\n",
    );
    yaml(
        "na|me:t\nid: t\n",
        "put a blank after the colon",
        "name: t\nid: t\n",
    );

    let json = |broken: &str, title: &str, mended: &str| {
        let expected = format!("{{\"component_type\": \"ServerTool\", {mended}");
        check(
            &format!("{{\"component_type\": \"ServerTool\", {broken}"),
            title,
            &expected,
        );
    };
    json("\"name\": \"t\"|,}", "remove the comma", "\"name\": \"t\"}");
    json(
        "\"name\": \"t\"| \"id\": \"t\"}",
        "add `,`",
        "\"name\": \"t\", \"id\": \"t\"}",
    );
    json(
        "\"name\": |\"t,\n\"id\": \"t\"}",
        "add `\"`",
        "\"name\": \"t\",\n\"id\": \"t\"}",
    );
    json("\"inputs\": [\n|", "add `]}`", "\"inputs\": []}\n");
    json(
        "\"requires_confirmation\": |True}",
        "replace `True` by `true`",
        "\"requires_confirmation\": true}",
    );
    json(
        "\"name\": |t}",
        "replace `t` by `\"t\"`",
        "\"name\": \"t\"}",
    );
    json(
        "|// why\n\"name\": \"t\"}",
        "remove the comment",
        "\n\"name\": \"t\"}",
    );
}

#[test]
fn what_was_meant_takes_the_place_of_what_is_written() {
    check(&LLM.replace("url", "u|rll"), "replace `urll` by `url`", LLM);
    check(
        &LLM.replace("VllmConfig", "|VlmmConfig"),
        "replace `VlmmConfig` by `VllmConfig`",
        LLM,
    );
    check(
        "{\"component_type\": \"OpenAiConfig\", |\"agentspec_version\": \"26.3.1\", \"name\": \"m\", \"model_id\": \"m\", \"api_type\": \"response\"}",
        "replace `response` by `responses`",
        "{\"component_type\": \"OpenAiConfig\", \"agentspec_version\": \"26.3.1\", \"name\": \"m\", \"model_id\": \"m\", \"api_type\": \"responses\"}",
    );
    let agent = "component_type: Agent\nagentspec_version: 26.3.1\nname: a\nsystem_prompt: hi\nllm_config: {$component_ref: llm}\n$referenced_components:\n  llm: {component_type: LlmConfig, id: llm, name: m, model_id: m}\n";
    check(
        &agent.replace("_ref: llm", "_ref: l|lmm"),
        "replace `llmm` by `llm`",
        agent,
    );
}

#[test]
fn required_fields_are_added() {
    check(
        "component_type: VllmConfig|\nagentspec_version: 26.3.1\nname: m\n",
        "add `model_id`, `url`",
        "component_type: VllmConfig\nmodel_id: \"\"\nurl: \"\"\nagentspec_version: 26.3.1\nname: m\n",
    );
    check(
        "{\n  \"agentspec_version\": \"26.3.1\",\n  \"component_type\": |\"LlmConfig\",\n  \"id\": \"m\"\n}\n",
        "add `name`, `model_id`",
        "{\n  \"agentspec_version\": \"26.3.1\",\n  \"component_type\": \"LlmConfig\",\n  \"name\": \"m\",\n  \"model_id\": \"\",\n  \"id\": \"m\"\n}\n",
    );
    check(
        "component_type: Agent| # why\nagentspec_version: 26.3.1\nname: a\nsystem_prompt: hi\n",
        "add `llm_config`",
        "component_type: Agent # why\nllm_config:\n  component_type: LlmConfig\n  name: LlmConfig\n  model_id: \"\"\nagentspec_version: 26.3.1\nname: a\nsystem_prompt: hi\n",
    );
}

#[test]
fn entries_are_removed_with_their_lines_or_commas() {
    check(
        &LLM.replace("url: u\n", "url: u\nname|: again\n"),
        "remove `name`",
        LLM,
    );
    check(
        "{\"component_type\": \"LlmConfig\", \"agentspec_version\": \"26.3.1\", \"name\": \"m\", |\"name\": \"n\", \"model_id\": \"m\"}",
        "remove `name`",
        "{\"component_type\": \"LlmConfig\", \"agentspec_version\": \"26.3.1\", \"name\": \"m\", \"model_id\": \"m\"}",
    );
    check(
        &format!(
            "{LLM}$referenced_components:\n  never|:\n    component_type: ServerTool\n    name: t\n    id: never\n"
        ),
        "remove `never`",
        LLM,
    );
    check(
        &LLM.replace("name: m", "colour|: blue\nname: m"),
        "remove `colour`",
        LLM,
    );
}

#[test]
fn a_definition_takes_the_id_of_its_component() {
    let agent = "component_type: Agent\nagentspec_version: 26.3.1\nname: a\nsystem_prompt: hi\nllm_config: {$component_ref: big}\n$referenced_components:\n  bi|g: {component_type: LlmConfig, id: llm, name: m, model_id: m}\n";
    check(
        agent,
        "call it `llm` here too",
        &agent
            .replace("bi|g", "llm")
            .replace("_ref: big", "_ref: llm"),
    );
}

#[test]
fn versions_are_added_and_raised() {
    check(
        &LLM.replace("VllmConfig\nagentspec_version: 26.3.1", "|VllmConfig"),
        "add `agentspec_version: 26.3.1`",
        LLM,
    );
    check(
        "component_type: Ll|mConfig\nagentspec_version: 25.4.1\nname: m\nmodel_id: m\n",
        "set `agentspec_version: 26.1.2`",
        "component_type: LlmConfig\nagentspec_version: 26.1.2\nname: m\nmodel_id: m\n",
    );
    check(
        &LLM.replace("agentspec_version", "ai|r_version"),
        "replace `air_version` by `agentspec_version`",
        LLM,
    );
}

#[test]
fn a_branch_that_there_is() {
    let flow = |branch: &str| {
        format!(
            "component_type: Flow
agentspec_version: 26.3.1
name: f
start_node: {{$component_ref: s}}
nodes: [{{$component_ref: s}}, {{$component_ref: b}}, {{$component_ref: e}}]
control_flow_connections:
- {{component_type: ControlFlowEdge, name: c1, from_node: {{$component_ref: s}}, to_node: {{$component_ref: b}}}}
- {{component_type: ControlFlowEdge, name: c2, from_node: {{$component_ref: b}}, from_branch: {branch}, to_node: {{$component_ref: e}}}}
- {{component_type: ControlFlowEdge, name: c3, from_node: {{$component_ref: b}}, from_branch: default, to_node: {{$component_ref: e}}}}
$referenced_components:
  s: {{component_type: StartNode, id: s, name: s, inputs: [{{title: text, type: string}}]}}
  b: {{component_type: BranchingNode, id: b, name: b, mapping: {{a: refund}}, inputs: [{{title: text, type: string}}]}}
  e: {{component_type: EndNode, id: e, name: e}}
"
        )
    };
    check(
        &flow("re|fnd"),
        "replace `refnd` by `refund`",
        &flow("refund"),
    );
}

#[test]
fn a_fix_that_would_bring_another_problem_is_not_offered() {
    let (_, fixes) = offered("component_type: Flow|\nagentspec_version: 26.3.1\nname: f\n");
    assert_eq!(fixes, []);
}

#[test]
fn what_was_meant_is_put_in_for_every_rule_that_says_so() {
    let node = "component_type: BranchingNode\nagentspec_version: 26.3.1\nid: b\nname: b # why\nmapping: {a: refund}\ninputs: [{title: text, type: string}]\nbranches: ['refnd', default]\n";
    check(
        &node.replace("'refnd'", "'re|fnd'"),
        "replace `refnd` by `refund`",
        &node.replace("'refnd'", "refund"),
    );
    let tool = "component_type: ServerTool\nagentspec_version: 26.3.1\nname: t\ninputs: [{title: n, type: string}]\n";
    check(
        &tool.replace("type: string", "type: s|tr"),
        "replace `str` by `string`",
        tool,
    );
}

#[test]
fn numbers_that_lose_digits_become_text() {
    let tool = "component_type: ServerTool\nagentspec_version: 26.3.1\nname: t\nmetadata: {n: 123456789012345678901234567890} # big\n";
    check(
        &tool.replace("{n: 1", "{n: |1"),
        "write \"123456789012345678901234567890\"",
        &tool.replace(
            "123456789012345678901234567890",
            "\"123456789012345678901234567890\"",
        ),
    );
}

#[test]
fn lists_that_are_inferred_are_left_out() {
    let agent = format!(
        "component_type: Agent\nagentspec_version: 26.3.1\nname: a\nsystem_prompt: hi {{{{city}}}}\ninputs: # none\n- {{title: cty, type: string}}\nllm_config:\n  {}\n",
        "component_type: LlmConfig\n  name: m\n  model_id: m"
    );
    check(
        &agent.replace("- {title: cty", "- {|title: cty"),
        "replace `cty` by `city`",
        &agent.replace("cty", "city"),
    );
    let start = "component_type: StartNode\nagentspec_version: 26.3.1\nname: s\ninputs: [{title: a, type: string}]\noutputs: [{title: b, type: string}]\n";
    let outputs = "outputs: [{title: b, type: string}]\n";
    check(
        &start.replace("outputs: [", "outputs: |["),
        "leave `outputs` out",
        &start.replace(outputs, ""),
    );
    check(
        &start.replace("outputs: [", "outputs: |["),
        "leave `inputs` out",
        &start.replace("inputs: [{title: a, type: string}]\n", ""),
    );
}

#[test]
fn a_property_without_a_name_is_given_one() {
    let end = "component_type: EndNode\nagentspec_version: 26.3.1\nname: e\noutputs:\n- type: string # of the user\n";
    check(
        &end.replace("- type", "- |type"),
        "add `title: output_1`",
        &end.replace("# of the user\n", "# of the user\n  title: output_1\n"),
    );
}

#[test]
fn a_secret_becomes_a_reference() {
    let model = "component_type: OpenAiConfig\nagentspec_version: 26.3.1\nid: m\nname: m\nmodel_id: x\napi_key: sk-1 # mine\n";
    check(
        &model.replace("sk-1", "sk|-1"),
        "refer to `m.api_key`; give its value in the profile",
        &model.replace("sk-1", "{$component_ref: m.api_key}"),
    );
}

#[test]
fn a_header_stays_where_it_is_secret() {
    let tool = "component_type: RemoteTool\nagentspec_version: 26.3.1\nid: t\nname: t\nurl: https://h/x\nhttp_method: GET\nheaders: {Key: a, Other: b}\nsensitive_headers: {Key: '{{k}}'}\n";
    check(
        &tool.replace("headers: {Key: '", "headers: {|Key: '"),
        "leave `Key` in `sensitive_headers` alone",
        &tool.replace("{Key: a, ", "{"),
    );
}

/// A definition that only one of two agents can see, at the end of the first one.
const OUT_OF_SIGHT: &str = "component_type: Swarm
agentspec_version: 26.3.1
id: s
name: s
first_agent: {$component_ref: a}
relationships: [[{$component_ref: a}, {$component_ref: b}]]
$referenced_components:
  a:
    component_type: Agent
    id: a
    name: a
    system_prompt: s
    llm_config: {$component_ref: llm}
    $referenced_components:
      # The one
      # that both ask.
      llm:
        component_type: LlmConfig
        id: llm
        name: m
        model_id: m
        description: |
          Two

            lines
  b:
    component_type: Agent
    id: b
    name: b
    system_prompt: s
    llm_config: {$component_ref: llm}
";

/// What the fix of this title makes of a text, at its last reference.
fn fixed_at_the_last_reference(text: &str, title: &str) -> String {
    let at = text.rfind("llm").unwrap();
    let fixes = fixes(text, &LoadOptions::default(), at);
    let Some(fix) = fixes.iter().find(|fix| fix.title == title) else {
        panic!("{fixes:?} for\n{text}");
    };
    apply(text, &fix.edits)
}

#[test]
fn a_definition_that_is_out_of_sight_is_moved_to_the_root_with_its_comments() {
    let title = "move `llm` to the document's `$referenced_components`";
    let start = OUT_OF_SIGHT.find("    $referenced_components").unwrap();
    let end = OUT_OF_SIGHT.find("  b:\n").unwrap();
    let definition = OUT_OF_SIGHT.get(start..end).unwrap();
    let (_, entry) = definition.split_once('\n').unwrap();
    let moved: Vec<&str> = entry
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    let expected = OUT_OF_SIGHT.replace(definition, "") + &moved.join("\n") + "\n";
    assert_eq!(fixed_at_the_last_reference(OUT_OF_SIGHT, title), expected);

    // At the end of the document, where it is taken out and put in at one place.
    let (head, members) = OUT_OF_SIGHT.split_once("  a:\n").unwrap();
    let (first, second) = members.split_once("  b:\n").unwrap();
    let turned = format!("{head}  b:\n{second}  a:\n{first}");
    let at = turned.find("llm}").unwrap();
    let offered = fixes(&turned, &LoadOptions::default(), at);
    let fix = offered.iter().find(|fix| fix.title == title).unwrap();
    let changed = apply(&turned, &fix.edits);
    assert!(changed.ends_with(&(moved.join("\n") + "\n")), "{changed}");
    assert_eq!(load(&changed, &LoadOptions::default()).diagnostics, []);

    let (tree, _) = crate::spec::syntax::parse(OUT_OF_SIGHT, Format::Yaml);
    let value = tree.to_json(tree.root().unwrap());
    for json in [
        serde_json::to_string_pretty(&value).unwrap(),
        value.to_string(),
    ] {
        let changed = fixed_at_the_last_reference(&json, title);
        let changed: serde_json::Value = serde_json::from_str(&changed).unwrap();
        let definitions = &changed["$referenced_components"];
        assert_eq!(definitions["llm"]["id"], "llm");
        assert_eq!(definitions["a"].get("$referenced_components"), None);
    }
}

#[test]
fn what_excludes_another_or_must_be_null_is_set_to_null() {
    let database = "component_type: DbmsVectorChainLlmConfig\nagentspec_version: 26.3.1\nid: x\nname: x\nmodel_id: m\nprovider: openai\nurl: u\n";
    for field in ["host", "credential_name"] {
        let both = format!("{database}host: local\ncredential_name: |c\n");
        let value = if field == "host" { "local" } else { "c" };
        let expected = format!("{database}host: local\ncredential_name: c\n")
            .replace(&format!("{field}: {value}"), &format!("{field}: null"));
        check(&both, &format!("set `{field}` to null"), &expected);
    }
    check(
        &format!("{database}credential_name: c\napi_provider: |openai\n"),
        "set `api_provider` to null",
        &format!("{database}credential_name: c\napi_provider: null\n"),
    );
}

#[test]
fn a_header_that_looks_like_a_secret_is_moved_to_those_that_are() {
    let tool = "component_type: RemoteTool\nagentspec_version: 26.3.1\nid: t\nname: t\nurl: https://h/x\nhttp_method: GET\n";
    let title = "move `Authorization` to `sensitive_headers`";
    let key = "Bearer abcdefgh12345678";
    let with = |text: &str, expected: &str| {
        let (text, fixes) = offered(&format!("{tool}{text}"));
        let fix = fixes.iter().find(|fix| fix.title == title).unwrap();
        assert_eq!(apply(&text, &fix.edits), expected);
    };
    with(
        &format!("headers:\n  Authorization: |{key} # mine\n"),
        &format!("{tool}sensitive_headers:\n  Authorization: {key} # mine\n"),
    );
    with(
        &format!("headers:\n  Accept: text/plain\n  Authorization: |{key}\n"),
        &format!("{tool}headers:\n  Accept: text/plain\n").replace(
            "RemoteTool\n",
            &format!("RemoteTool\nsensitive_headers:\n  Authorization: {key}\n"),
        ),
    );
    with(
        &format!("headers:\n  Authorization: |{key}\nsensitive_headers:\n  Other: '{{{{o}}}}'\n"),
        &format!("{tool}sensitive_headers:\n  Other: '{{{{o}}}}'\n  Authorization: {key}\n"),
    );
}
