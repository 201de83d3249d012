//! Bounds of a batch: what is told of a canary and a budget, and the keys that change them.

use std::time::Duration;

use insta::assert_snapshot;

use super::bench;
use super::stage::Runs;
use crate::runs::{BatchBudget, BudgetLevel, RunsCommand};
use crate::trace::RunState;
use crate::tui::effect::Effect;

fn last(runs: &Runs) -> &RunsCommand {
    match runs.bench.commands.last() {
        Some(Effect::Runs(command)) => command,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_came_of_a_canary_is_told_and_g_lets_the_others_go() {
    let cities = ["Bern", "Oslo", "Rome", "Lima"];
    let mut runs = Runs::launch(bench((80, 24)), &cities);
    runs.change_batch(|batch| batch.canary = Some(2));
    for run in [0, 1] {
        runs.state(run, RunState::Running);
    }
    runs.state(0, RunState::Answered);
    runs.bench.wait(Duration::ZERO);
    assert!(!runs.bench.picture().contains("its canary is over"));
    runs.state(1, RunState::Answered);
    runs.bench.wait(Duration::ZERO);
    assert_snapshot!("canary_80", runs.bench.picture());
    runs.bench.press("g");
    assert!(matches!(last(&runs), RunsCommand::Release(_)));
    runs.change_batch(|batch| batch.canary = None);
    runs.bench.wait(Duration::ZERO).press("G G");
    let n_before = runs.bench.commands.len();
    runs.bench.press("g");
    assert_eq!(runs.bench.commands.len(), n_before, "it is a move again");
}

#[test]
fn a_spent_budget_is_told_and_changed_in_numbers() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern", "Oslo"]);
    runs.state(0, RunState::Running);
    let budget = |level| {
        Some(BatchBudget {
            max_tokens: 5000,
            level,
        })
    };
    runs.change_batch(|batch| batch.budget = budget(BudgetLevel::Free));
    runs.change_batch(|batch| batch.budget = budget(BudgetLevel::Slow));
    runs.bench.wait(Duration::ZERO);
    let picture = runs.bench.picture();
    assert!(picture.contains("80 % of its 5000 tokens"), "{picture}");
    runs.change_batch(|batch| {
        batch.is_paused = true;
        batch.budget = budget(BudgetLevel::Spent);
    });
    runs.bench.wait(Duration::ZERO);
    assert_snapshot!("budget_spent_120", runs.bench.picture());
    runs.bench
        .press("B ctrl-u")
        .type_text("many")
        .press("enter");
    let picture = runs.bench.picture();
    assert!(picture.contains("it must be a whole number"), "{picture}");
    runs.bench.press("ctrl-u").type_text("9000").press("enter");
    assert!(matches!(
        last(&runs),
        RunsCommand::SetBudget {
            max_tokens: Some(9000),
            ..
        }
    ));
    runs.bench.press("M").type_text("90/min").press("enter");
    let RunsCommand::SetRate { per_second, .. } = last(&runs) else {
        panic!("{:?}", last(&runs));
    };
    assert_eq!(*per_second, Some(1.5));
    runs.bench.press("A").type_text("12").press("enter");
    assert!(matches!(
        last(&runs),
        RunsCommand::SetAtOnce { at_once: 12, .. }
    ));
}
