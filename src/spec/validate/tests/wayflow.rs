//! Rules of WayFlow's plugin types: for each what breaks it, and what is fine.

use super::check;

const LLM: &str = "llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}\n";

#[track_caller]
fn check_one(expected: &[&str], component_type: &str, fields: &str) {
    check(
        expected,
        &format!(
            "component_type: {component_type}\nid: x\nname: x\nagentspec_version: 26.1.2\n{fields}"
        ),
    );
}

#[test]
fn a_prompt_is_a_text_or_an_object() {
    check_one(
        &[],
        "ExtendedLlmNode",
        &format!("prompt_template: hi\n{LLM}"),
    );
    check_one(
        &["error AS707"],
        "ExtendedLlmNode",
        &format!(
            "prompt_template: hi\nprompt_template_object: «{{component_type: PluginPromptTemplate, id: p, name: p, messages: []}}»\n{LLM}"
        ),
    );
}

#[test]
fn first_words_need_somebody_who_hears_them() {
    let check = |expected: &[&str], fields: &str| {
        let fields = format!("system_prompt: hi\n{LLM}{fields}");
        check_one(expected, "ExtendedAgent", &fields);
    };
    check(&[], "initial_message: Hello.\n");
    check(&[], "caller_input_mode: never\n");
    check(&[], "human_in_the_loop: false\ninitial_message: null\n");
    for silent in ["caller_input_mode: never", "human_in_the_loop: false"] {
        let fields = format!("{silent}\ninitial_message: «Hello.»\n");
        check(&["warning AS707"], &fields);
    }
}

#[test]
fn answers_in_a_form_of_their_own_are_parsed() {
    let check = |expected: &[&str], fields: &str| {
        check_one(
            expected,
            "PluginPromptTemplate",
            &format!("messages: []\n{fields}"),
        );
    };
    check(&[], "");
    check(&["error AS707"], "native_tool_calling: «false»\n");
    check(&["error AS707"], "native_structured_generation: «false»\n");
    check(
        &[],
        "native_tool_calling: false\noutput_parser: {component_type: PluginJsonToolOutputParser, id: j, name: j}\n",
    );
}

#[test]
fn variables_are_written_by_their_operations() {
    let check = |expected: &[&str], fields: &str| check_one(expected, "PluginVariableNode", fields);
    let text = "{title: a, type: string}";
    check(
        &[],
        &format!("write_variables: [{text}]\nwrite_operations: {{a: overwrite}}\n"),
    );
    check(&["error AS707"], &format!("write_variables: [«{text}»]\n"));
    check(
        &["error AS707"],
        &format!("write_variables: [«{text}»]\nwrite_operations: {{a: insert}}\n"),
    );
    check(&["error AS707"], "write_operations: {«b»: merge}\n");
    check_one(
        &["error AS707"],
        "PluginWriteVariableNode",
        &format!("variable: {text}\noperation: «insert»\n"),
    );
}

#[test]
fn constants_have_types_of_outputs() {
    check_one(
        &["error AS707"],
        "PluginConstantValuesNode",
        "constant_values: {a: 1, b: «[1]»}\n",
    );
}

#[test]
fn teams_of_the_plugins_keep_the_rules_of_teams() {
    let agent = format!(
        "first_agent: {{component_type: Agent, id: a, name: a, system_prompt: x, {}}}\n",
        LLM.trim_end()
    );
    check_one(
        &["error AS601"],
        "PluginSwarm",
        &format!("{agent}relationships: «[]»\n"),
    );
}
