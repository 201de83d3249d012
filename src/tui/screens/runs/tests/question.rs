//! A yes that is wanted: its question is open in the pane of the run under the cursor, and letters answer it.

use super::*;

/// Two runs, the first of which wants a yes.
fn asked(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Paris", "Lima"]);
    for (run, city) in ["Paris", "Lima"].iter().enumerate() {
        runs.state(run, RunState::Running);
        runs.say(run, Role::User, &format!("A taxi in {city}, please."));
    }
    runs.ask(0);
    runs.bench.press("home");
    runs
}

/// What was answered last.
fn answer(bench: &Harness) -> Option<Reply> {
    let mut newest_first = bench.commands.iter().rev();
    newest_first.find_map(|command| match command {
        Effect::Runs(RunsCommand::Answer { reply, .. }) => Some(reply.clone()),
        _ => None,
    })
}

#[test]
fn the_question_is_open_in_its_pane() {
    for (name, size) in [("80", (80, 24)), ("120", (120, 36)), ("200", (200, 60))] {
        let runs = asked(size);
        insta::assert_snapshot!(format!("question_{name}"), runs.bench.picture());
    }
}

#[test]
fn one_letter_says_yes_after_a_moment() {
    let mut runs = asked((120, 36));
    runs.bench.press("y");
    assert_eq!(answer(&runs.bench), None, "too soon to be meant");
    runs.bench.wait(Duration::from_secs(1)).press("y");
    let yes = Reply::Confirm { arguments: None };
    assert_eq!(answer(&runs.bench), Some(yes));
    // It is on its way: it is not asked for again.
    runs.bench.wait(Duration::from_secs(1));
    assert!(!runs.bench.picture().contains("[y] run it"));
    let n_commands = runs.bench.commands.len();
    runs.bench.press("y");
    assert_eq!(runs.bench.commands.len(), n_commands);
}

#[test]
fn one_letter_opens_the_reason_and_one_the_arguments() {
    let mut runs = asked((120, 36));
    runs.bench.wait(Duration::from_secs(1)).press("n");
    runs.bench.type_text("too late").press("enter");
    let no = Reply::Reject {
        reason: Some("too late".to_owned()),
    };
    assert_eq!(answer(&runs.bench), Some(no));

    let mut runs = asked((120, 36));
    runs.bench.wait(Duration::from_secs(1)).press("e");
    let picture = runs.bench.picture();
    assert!(picture.contains("the arguments of book_taxi"), "{picture}");
}

#[test]
fn the_cursor_brings_the_question_and_takes_it_away() {
    let mut runs = asked((120, 36));
    assert!(runs.bench.picture().contains("[y] run it"));
    runs.bench.wait(Duration::from_secs(1)).press("down");
    let picture = runs.bench.picture();
    assert!(!picture.contains("[y] run it"), "{picture}");
    runs.bench.press("y");
    assert_eq!(answer(&runs.bench), None);
    let picture = runs.bench.picture();
    assert!(picture.contains("`y` does nothing here"), "{picture}");
    // Back on it, it has just appeared.
    runs.bench.press("up y");
    assert_eq!(answer(&runs.bench), None);
}

#[test]
fn blanks_are_no_answer_that_would_be_lost() {
    let mut runs = asked((120, 36));
    runs.bench.wait(Duration::from_secs(1)).press("n space q");
    runs.bench.press("backspace ctrl-c");
    let picture = runs.bench.picture();
    assert!(picture.contains("quit?"), "{picture}");
    assert!(!picture.contains("written but not sent"), "{picture}");
}
