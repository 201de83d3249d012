//! The launch dialog.

mod fields;
mod planning;
mod profiles;
mod rows;
mod varied;

use pretty_assertions::assert_eq;

use super::places::label;
use crate::runs::{BatchPlan, RunsCommand};
use crate::tui::effect::Effect;
use crate::tui::overlays::Overlay;
use crate::tui::testing::Harness;

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

const AGENT: &str = "component_type: Agent
agentspec_version: 26.1.2
id: weather
name: weather
system_prompt: You tell the weather of {{city}} for {{days}} days.
inputs:
  - {title: city, type: string}
  - {title: days, type: integer, default: 3}
llm_config:
  component_type: OllamaConfig
  id: model
  name: model
  url: http://localhost:11434
  model_id: llama3.2
";

/// The dialog over an agent with two inputs, its focus on `launch`.
fn opened(size: (u16, u16)) -> Harness {
    let files = [
        ("weather.yaml", AGENT),
        ("cities.csv", "city\nParis\nQuito\nLagos\n"),
        ("days.csv", "city,days\nParis,two\n"),
    ];
    let mut bench = Harness::new(size, &files);
    bench.press("enter");
    bench
}

/// The label of the field that has the focus; empty on the button.
fn focus(bench: &Harness) -> String {
    let Some(Overlay::Launch(launch)) = bench.state.overlays.last() else {
        panic!("no launch dialog:\n{}", bench.picture());
    };
    label(launch.form.focus()).to_owned()
}

/// Goes up to a field. Returns how many steps that takes.
fn go_to(bench: &mut Harness, field: &str) -> usize {
    let mut steps = 0;
    while focus(bench) != field {
        bench.press("up");
        steps += 1;
        assert!(steps < 40, "there is no field `{field}`");
    }
    steps
}

/// Goes up from `launch` to a field, writes over it and comes back.
fn fill(bench: &mut Harness, field: &str, text: &str) {
    let steps = go_to(bench, field);
    bench.press("ctrl-u").type_text(text);
    for _ in 0..steps {
        bench.press("down");
    }
}

/// What was launched.
fn launched(bench: &Harness) -> &BatchPlan {
    let plans: Vec<_> = bench
        .commands
        .iter()
        .filter_map(|command| match command {
            Effect::Runs(RunsCommand::Launch { plan, .. }) => Some(plan.as_ref()),
            _ => None,
        })
        .collect();
    assert_eq!(plans.len(), 1, "launched once");
    plans[0]
}
