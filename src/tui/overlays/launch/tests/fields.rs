//! Fields: what is in them, what they offer, what is kept of them.

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::{NARROW, WIDE, fill, go_to, launched, opened};
use crate::runs::RunsCommand;
use crate::tui::effect::{Effect, TerminalCommand};
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;
use crate::workspace::Changes;

#[test]
fn the_first_sample_is_filled_in_with_its_example() {
    for (name, size) in [("example_80", NARROW), ("example_120", WIDE)] {
        let mut bench = Harness::samples(size);
        bench.press("enter");
        assert_snapshot!(name, bench.picture());
    }
}

#[test]
fn what_is_missing_is_told_beside_its_field_and_nothing_starts() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "days", "many");
    assert_snapshot!("problems_80", bench.picture());
    bench.press("enter");
    let is_launch = |command: &Effect| matches!(command, Effect::Runs(RunsCommand::Launch { .. }));
    assert!(!bench.commands.iter().any(is_launch));
}

#[test]
fn what_was_launched_last_is_filled_in_again() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "rows from", "cities.csv");
    bench.press("enter y alt-1 enter");
    assert!(
        bench.picture().contains("cities.csv"),
        "{}",
        bench.picture()
    );
}

#[test]
fn a_number_that_is_come_to_is_written_over() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "city", "Paris");
    let steps = go_to(&mut bench, "runs");
    // The number that it leaves stays as it is.
    bench.type_text("12").press("down up").type_text("3");
    bench.press("right").type_text("0");
    for _ in 0..steps {
        bench.press("down");
    }
    bench.press("enter y");
    assert_eq!(launched(&bench).runs.len(), 30);
}

#[test]
fn a_click_in_a_field_puts_the_cursor_there() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "city", "Paris");
    let (line, text) = bench
        .picture()
        .lines()
        .enumerate()
        .find_map(|(at, line)| {
            let column = line.chars().take_while(|letter| *letter != 'P').count();
            line.contains("Paris").then_some((at, column))
        })
        .unwrap();
    bench.click(
        u16::try_from(text + 2).unwrap(),
        u16::try_from(line).unwrap(),
    );
    bench.type_text("-");
    assert!(bench.picture().contains("Pa-ris"), "{}", bench.picture());
}

#[test]
fn what_has_the_focus_decides_which_keys_are_offered() {
    let mut bench = opened((120, 36));
    let footer = |bench: &Harness| bench.picture().lines().last().unwrap().to_owned();
    fill(&mut bench, "city", "Paris");
    assert!(!footer(&bench).contains("complete") && !footer(&bench).contains("new line"));
    go_to(&mut bench, "first message");
    assert!(
        footer(&bench).contains("alt-enter new line"),
        "{}",
        footer(&bench)
    );
    bench.press("up");
    assert!(
        footer(&bench).contains("ctrl-space complete"),
        "{}",
        footer(&bench)
    );
    bench.press("alt-enter");
    assert!(
        footer(&bench).contains("this field has one line"),
        "{}",
        footer(&bench)
    );
    // It is told no longer than it is so.
    bench.press("down");
    assert!(!footer(&bench).contains("one line"), "{}", footer(&bench));
}

#[test]
fn over_the_dialog_the_palette_offers_first_what_acts_there() {
    let mut bench = opened((120, 36));
    bench.press("ctrl-p").type_text("launch runs of");
    let picture = bench.picture();
    assert!(picture.contains("close the dialog first"), "{picture}");
    bench.press("esc");
    fill(&mut bench, "city", "Paris");
    bench.press("ctrl-p enter y");
    assert_eq!(launched(&bench).runs.len(), 1, "its first entry acts");
}

#[test]
fn what_stands_in_the_way_is_told_whole_in_the_log() {
    let mut bench = opened((80, 24));
    let name = format!("{}.csv", "a very long name of a file ".repeat(12));
    fill(&mut bench, "rows from", &name);
    bench.press("enter");
    assert!(
        bench.picture().contains("nothing is started yet"),
        "{}",
        bench.picture()
    );
    bench.press("esc L");
    let picture = bench.picture();
    let words = picture.replace(['│', '\n'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(name.trim_end_matches(".csv").trim()),
        "{picture}"
    );
}

#[test]
fn a_long_notice_leaves_the_button_in_sight() {
    for size in [(80, 24), (80, 18), (60, 16)] {
        let mut bench = opened(size);
        bench.press("enter");
        let picture = bench.picture();
        assert!(picture.contains("nothing is started yet"), "{picture}");
        assert!(picture.contains("[ launch ]"), "{picture}");
        bench.press("down up");
        let footer = bench.picture().lines().last().unwrap().to_owned();
        assert!(footer.contains("palette"), "the keys come back: {footer}");
    }
}

#[test]
fn a_first_message_has_lines_typed_or_pasted() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "city", "Paris");
    go_to(&mut bench, "first message");
    bench.type_text("Hello").press("alt-enter");
    assert!(bench.picture().contains("new line"), "{}", bench.picture());
    bench.paste("one\r\ntwo").press("ctrl-j").type_text("end");
    assert!(
        bench.picture().contains("Hello↵one↵two↵end"),
        "{}",
        bench.picture()
    );
    bench.press("enter y");
    let messages = &launched(&bench).runs[0].answers.messages;
    assert_eq!(messages, &["Hello\none\ntwo\nend"]);
}

#[test]
fn what_was_filled_in_is_there_again_after_esc() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "city", "Paris");
    bench.press("esc enter");
    assert!(bench.picture().contains("Paris"), "{}", bench.picture());
}

#[test]
fn answers_of_a_file_are_planned_and_its_mistakes_are_told_with_their_line() {
    let agent = format!(
        "{}tools:\n- {{component_type: ClientTool, id: taxi, name: book_taxi, inputs: [], outputs: []}}\n",
        super::AGENT
    );
    let files = [
        ("weather.yaml", agent.as_str()),
        (
            "answers.yaml",
            "messages: [Thanks]\ntools: {book_taxi: [T-1], book_bus: [B]}\n",
        ),
        ("broken.yaml", "messages: [Thanks]\ntols: {}\n"),
    ];
    let mut bench = Harness::new((120, 36), &files);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    fill(&mut bench, "answers from", "broken.yaml");
    let picture = bench.picture();
    assert!(
        picture.contains("line 2") && picture.contains("did you mean `tools`?"),
        "{picture}"
    );
    go_to(&mut bench, "answers from");
    bench.press("ctrl-u").type_text("an").press("tab");
    let picture = bench.picture();
    assert!(
        picture.contains("answers.yaml")
            && picture.contains("`book_bus` in the answers is not a tool"),
        "{picture}"
    );
    bench.press("enter y");
    let answers = &launched(&bench).runs[0].answers;
    assert_eq!(answers.messages, ["Thanks"]);
    assert!(answers.tools.contains_key("book_taxi"));
}

#[test]
fn a_changed_file_of_answers_is_read_again() {
    let files = [("weather.yaml", super::AGENT), ("a.yaml", "messages: [1\n")];
    let mut bench = Harness::new((120, 36), &files);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    fill(&mut bench, "answers from", "a.yaml");
    assert!(
        bench.picture().contains("= nothing yet"),
        "{}",
        bench.picture()
    );
    let path = bench.path("a.yaml");
    std::fs::write(&path, "messages: [one]\n").unwrap();
    bench.update(AppEvent::Workspace(Changes::Paths([path].into())));
    assert!(bench.picture().contains("= 1 run"), "{}", bench.picture());
}

#[test]
fn the_command_line_asks_for_what_is_filled_in() {
    let mut bench = opened(NARROW);
    bench.press("ctrl-y");
    assert!(
        bench.picture().contains("there is no command yet"),
        "{}",
        bench.picture()
    );
    fill(&mut bench, "city", "it's São Paulo");
    fill(&mut bench, "first message", "-5 degrees?");
    fill(
        &mut bench,
        "vary",
        "weather.description=\"a; b\",c; model.model_id=x",
    );
    fill(&mut bench, "runs", "3");
    fill(&mut bench, "requests", "60/min");
    bench.press("ctrl-y");
    let copied = bench.commands.iter().find_map(|effect| match effect {
        Effect::Terminal(TerminalCommand::Copy { text, .. }) => Some(text.clone()),
        _ => None,
    });
    let spec = bench.path("weather.yaml");
    let expected = format!(
        "flowdeck run {} --input 'city=it'\\''s São Paulo' --input days=3 \
         --vary 'weather.description=\"a; b\",c' --vary model.model_id=x '--message=-5 degrees?' \
         --runs 3 --at-once 10 --timeout 120 --rate 60/min",
        spec.display()
    );
    assert_eq!(copied, Some(expected));
}

#[test]
fn what_was_launched_last_is_there_after_a_restart() {
    let mut bench = Harness::keeping(WIDE);
    bench.press("enter");
    fill(&mut bench, "runs", "7");
    bench.press("enter");
    bench.restart().press("enter");
    go_to(&mut bench, "runs");
    assert!(
        bench.picture().contains("runs           7"),
        "{}",
        bench.picture()
    );
    assert!(!bench.picture().contains("= 1 run "), "{}", bench.picture());
}

#[test]
fn of_many_inputs_the_one_with_the_focus_is_seen() {
    let mut agent = super::AGENT.to_owned();
    let names: Vec<String> = (0..14).map(|number| format!("input_{number}")).collect();
    let inputs = names
        .iter()
        .map(|name| format!("  - {{title: {name}, type: string, default: {name}}}\n"))
        .collect::<Vec<_>>()
        .concat();
    agent = agent.replace("llm_config", &format!("{inputs}llm_config"));
    let uses = names
        .iter()
        .map(|name| format!(" {{{{{name}}}}}"))
        .collect::<Vec<_>>()
        .concat();
    agent = agent.replace(" days.", &format!(" days.{uses}"));
    let mut bench = Harness::new(NARROW, &[("weather.yaml", agent.as_str())]);
    bench.press("enter");
    assert_snapshot!("many_inputs_80", bench.picture());
    go_to(&mut bench, "input_13");
    assert_snapshot!("many_inputs_far_80", bench.picture());
    fill(&mut bench, "city", "Paris");
    assert!(bench.picture().contains("= 1 run"), "{}", bench.picture());
}
