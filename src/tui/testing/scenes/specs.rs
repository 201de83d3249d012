//! Makes scenes of folders of specs.

use serde_json::json;

use super::texts::{Texts, USUAL};
use crate::tui::testing::{Harness, OnTerminal};

/// An agent whose prompt is the text.
pub(super) fn agent(texts: Texts) -> String {
    let prompt = json!(format!("{} {{{{city}}}}", texts.answer));
    let city = json!(texts.city);
    format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: weather\nname: weather\nsystem_prompt: {prompt}\nllm_config:\n  component_type: OllamaConfig\n  name: llama\n  url: http://localhost:11434\n  model_id: llama3.2\ninputs:\n  - {{title: city, type: string, default: {city}}}\n"
    )
}

/// The profile under which nothing has to be agreed to.
pub(super) const OFFLINE: (&str, &str) = ("flowdeck.toml", "default_profile = \"offline\"\n");

pub(super) fn specs(on: OnTerminal, texts: Texts) -> Harness {
    let file = format!("{}.yaml", texts.file);
    Harness::on(on, &[(file.as_str(), agent(texts).as_str()), OFFLINE])
}

pub(super) fn failed_spec(on: OnTerminal) -> Harness {
    let text = agent(USUAL).replace("url:", "urll:");
    let mut bench = Harness::on(on, &[("weather.yaml", text.as_str()), OFFLINE]);
    bench.press("e");
    bench
}

pub(super) fn compared(on: OnTerminal) -> Harness {
    let other = agent(USUAL).replace("light rain", "some sun");
    let mut bench = Harness::on(
        on,
        &[
            ("a.yaml", agent(USUAL).as_str()),
            ("b.yaml", other.as_str()),
            OFFLINE,
        ],
    );
    bench.press("D down D");
    bench
}

/// A spec that was not looked over yet.
pub(super) fn trust(on: OnTerminal) -> Harness {
    let mut bench = Harness::on(on, &[("weather.yaml", agent(USUAL).as_str())]);
    bench.press("enter enter");
    bench
}
