//! The inbox over many runs: what is alike is one row, and is answered at one go.

use super::*;

/// So many runs, of which `alike` ask for the same refund and two for another; one wants the result of a tool.
fn launched(bench: Harness, alike: usize) -> Runs {
    let cities: Vec<String> = (1..=alike + 5).map(|city| format!("city {city}")).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    let mut runs = Runs::launch(bench, &cities);
    for run in 0..alike + 5 {
        runs.state(run, RunState::Running);
    }
    runs.ask_for(0, result());
    for run in 1..=alike {
        runs.bench.wait(Duration::from_secs(1));
        runs.ask_for(run, refund("A17"));
    }
    runs.say(alike + 1, Role::User, "Please pay back order B2.");
    runs.say(alike + 1, Role::Agent, "I will ask for that.");
    runs.ask_for(alike + 1, refund("B2"));
    runs.ask_for(alike + 2, refund("B2"));
    runs
}

fn refund(order: &str) -> RequestKind {
    RequestKind::ToolConfirmation {
        tool: "pay_refund".to_owned(),
        call_id: "call_1".to_owned(),
        arguments: json!({"order": order, "euros": 20, "reason": "the saddle arrived broken"}),
        inputs: vec![
            json!({"title": "order", "type": "string"}),
            json!({"title": "euros", "type": "integer"}),
            json!({"title": "reason", "type": "string"}),
        ],
    }
}

fn result() -> RequestKind {
    RequestKind::ToolResult {
        tool: "look_up".to_owned(),
        call_id: "call_1".to_owned(),
        arguments: json!({"order": "A17"}),
        outputs: vec![json!({"title": "found", "type": "string"})],
    }
}

/// What was answered last: the runs, and the answer.
fn answered(bench: &Harness) -> (Vec<String>, Reply) {
    let mut answers = bench
        .commands
        .iter()
        .rev()
        .filter_map(|command| match command {
            Effect::Runs(RunsCommand::AnswerAlike { requests, reply }) => {
                let runs = requests.iter().map(|(run, _)| run.to_string()).collect();
                Some((runs, reply.clone()))
            }
            _ => None,
        });
    answers.next().expect("an answer")
}

#[test]
fn the_inbox_at_80x24() {
    let mut runs = launched(bench((80, 24)), 14);
    runs.bench.press("!");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_group_at_120x36() {
    let mut runs = launched(bench((120, 36)), 14);
    runs.bench.press("! down enter");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_request_at_200x60() {
    let mut runs = launched(bench((200, 60)), 14);
    runs.bench.press("! end enter down");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn the_answer_to_all_alike_says_how_many_it_goes_to() {
    let mut runs = launched(bench((120, 36)), 14);
    runs.bench.press("! down a");
    insta::assert_snapshot!(runs.bench.picture());
    runs.bench.press("y");
    assert!(
        runs.bench.picture().contains("all 14 runs"),
        "too soon to be meant"
    );
    runs.bench.wait(Duration::from_secs(1)).press("y");
    let (to, reply) = answered(&runs.bench);
    let expected: Vec<String> = (1..=14).map(|run| format!("r_{run}")).collect();
    assert_eq!((to, reply), (expected, Reply::Confirm { arguments: None }));
    // Until the runs go on it says no more than that it was sent, and is not answered twice.
    let picture = runs.bench.picture();
    assert!(picture.contains("answering…"), "{picture}");
    runs.bench.press("up a");
    let picture = runs.bench.picture();
    assert!(picture.contains("it is answered already"), "{picture}");
    runs.bench.press("up a");
    assert!(runs.bench.picture().contains("the result of look_up"));
}

#[test]
fn one_of_several_is_answered_apart_with_other_arguments() {
    let mut runs = launched(bench((120, 36)), 3);
    runs.bench
        .press("! down i")
        .wait(Duration::from_secs(1))
        .press("e");
    let picture = runs.bench.picture();
    assert!(picture.contains("the arguments of pay_refund"), "{picture}");
    assert!(!picture.contains("all 3 runs"), "{picture}");
    runs.bench.press("enter");
    let (to, reply) = answered(&runs.bench);
    assert_eq!(to, ["r_1"]);
    let Reply::Confirm {
        arguments: Some(arguments),
    } = reply
    else {
        panic!("{reply:?}")
    };
    assert_eq!(arguments.get("order"), Some(&json!("A17")));
    // The next one that was not answered is under the cursor.
    assert!(
        runs.bench.picture().contains("A#3 city 3"),
        "{}",
        runs.bench.picture()
    );
}

#[test]
fn what_is_typed_and_not_sent_stays_with_its_run() {
    let mut runs = launched(bench((120, 36)), 3);
    runs.bench.press("! i").type_text("late");
    runs.bench.press("esc").press("i");
    assert!(runs.bench.picture().contains("late"), "in the inbox");
    runs.bench.press("esc esc home i");
    let picture = runs.bench.picture();
    assert!(picture.contains("late"), "in the pane: {picture}");
}

#[test]
fn one_request_alone_is_gone_to_and_the_inbox_empties_as_runs_go_on() {
    let mut runs = launched(bench((120, 36)), 1);
    runs.bench.press("!");
    assert!(runs.bench.picture().contains("inbox · 4 requests"));
    for run in 0..=3 {
        let closed = Event::HumanInTheLoopResponse {
            request_id: RequestId::new("q_ask"),
            content: Box::new(Reply::Confirm { arguments: None }),
            key: None,
            prepared: None,
            client_message: None,
        };
        runs.tell(run, None, RunEventBody::Traced(closed));
        runs.state(run, RunState::Running);
    }
    assert!(runs.bench.picture().contains("Nothing waits for you."));
    runs.bench.press("esc");
    runs.ask(5);
    runs.bench.press("!");
    let picture = runs.bench.picture();
    assert!(picture.contains("A#6 ? needs you"), "{picture}");
    assert!(!picture.contains("inbox"), "{picture}");
}

#[test]
fn after_the_last_answer_it_says_so_and_closes() {
    let mut runs = launched(bench((120, 36)), 3);
    runs.bench.press("!");
    for group in ["end a", "home down a"] {
        runs.bench
            .press(group)
            .wait(Duration::from_secs(1))
            .press("y");
        assert!(runs.bench.picture().contains("inbox"), "one is left");
    }
    let picture = runs.bench.picture();
    assert!(picture.contains("the answer goes to 3 runs"), "{picture}");
    runs.bench.press("home i").type_text("found").press("enter");
    let picture = runs.bench.picture();
    assert!(!picture.contains("inbox"), "{picture}");
    assert!(
        picture.contains("the answer goes to 1 run; nothing else waits for you"),
        "{picture}"
    );
}

#[test]
fn the_keys_that_answer_come_before_the_one_that_closes() {
    let mut runs = launched(bench((80, 24)), 3);
    runs.bench.press("!");
    let picture = runs.bench.picture();
    let footer = picture.lines().last().unwrap();
    assert!(footer.starts_with(" enter open  i answer"), "{footer}");
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut runs = launched(bench((120, 36)), 14);
    runs.bench.press("!").click(20, 3);
    assert!(runs.bench.picture().contains("14 runs ask this"));
    runs.bench.click(20, 3);
    assert!(
        runs.bench.picture().contains("A#15"),
        "{}",
        runs.bench.picture()
    );
}

#[test]
fn letters_answer_what_is_under_the_cursor_as_they_do_in_a_pane() {
    let mut runs = launched(bench((120, 36)), 3);
    // A group: yes is asked for once more.
    runs.bench.press("! down").wait(Duration::from_secs(1));
    runs.bench.press("y");
    let picture = runs.bench.picture();
    assert!(picture.contains("all 3 runs"), "{picture}");
    runs.bench.wait(Duration::from_secs(1)).press("y");
    let (to, reply) = answered(&runs.bench);
    assert_eq!(to, ["r_1", "r_2", "r_3"]);
    assert_eq!(reply, Reply::Confirm { arguments: None });
    // One of a group, with a reason.
    runs.bench
        .press("end enter down")
        .wait(Duration::from_secs(1));
    runs.bench.press("n").type_text("no").press("enter");
    let (to, reply) = answered(&runs.bench);
    assert_eq!(to, ["r_4"]);
    let reason = Some("no".to_owned());
    assert_eq!(reply, Reply::Reject { reason });
    // The next one has just come under the cursor: the first letter is not meant for it.
    runs.bench.press("y");
    let (to, _) = answered(&runs.bench);
    assert_eq!(to, ["r_4"]);
    let picture = runs.bench.picture();
    assert!(picture.contains("[y] run it"), "{picture}");
}

#[test]
fn a_letter_that_means_nothing_in_the_inbox_says_so() {
    let mut runs = launched(bench((120, 36)), 3);
    // The first wants a result, not a yes.
    runs.bench.press("! y");
    let picture = runs.bench.picture();
    assert!(
        picture.contains("`y` does nothing here: F1 shows the keys"),
        "{picture}"
    );
}

#[test]
fn a_run_is_cancelled_and_its_command_copied_from_the_inbox() {
    let mut runs = launched(bench((120, 36)), 3);
    runs.bench.press("! down x");
    let picture = runs.bench.picture();
    assert!(picture.contains("one run at a time"), "{picture}");
    runs.bench.press("enter down x");
    let cancelled = runs.bench.commands.iter().any(|command| {
        matches!(command, Effect::Runs(RunsCommand::Cancel(Target::Runs(runs)))
            if runs.len() == 1 && runs[0].as_str() == "r_1")
    });
    assert!(cancelled, "{:?}", runs.bench.commands);
}

#[test]
fn a_fork_is_made_over_the_inbox_which_is_there_again_afterwards() {
    let mut runs = launched(bench((120, 36)), 3);
    runs.bench.press("! down f");
    let picture = runs.bench.picture();
    assert!(picture.contains("fork A#2"), "{picture}");
    runs.bench.press("esc");
    let picture = runs.bench.picture();
    assert!(picture.contains("inbox"), "{picture}");
    runs.bench.press("esc");
    assert!(!runs.bench.picture().contains("inbox"));
}

#[test]
fn runs_are_paused_from_the_inbox_which_stays() {
    let mut runs = launched(bench((120, 36)), 3);
    // What is marked on Runs is not meant.
    runs.bench.press("space ! down p");
    let paused = |bench: &Harness| {
        let paused = bench
            .commands
            .iter()
            .rev()
            .find_map(|command| match command {
                Effect::Runs(RunsCommand::Pause {
                    target: Target::Runs(runs),
                    is_paused: true,
                }) => Some(runs.len()),
                _ => None,
            });
        paused.expect("runs are paused")
    };
    assert_eq!(paused(&runs.bench), 3);
    let picture = runs.bench.picture();
    assert!(picture.contains("inbox"), "{picture}");
    assert!(
        picture.contains("3 runs wait for you, and pause once they are answered"),
        "{picture}"
    );
    runs.bench.press("up p");
    assert_eq!(paused(&runs.bench), 1);
}
