//! Many runs under paused time: what is launched, bounded, answered, stopped and kept.

mod bench;
mod budgets;
mod canary;
mod endpoints;
mod forgetting;
mod joining;

use std::sync::Arc;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::trace::{ExecutionStatusName, FailureKind, RunState, SpanOutcome};
use bench::{Harness, plan, plan_with_answers, runs_that};

fn states(bench: &Harness) -> Vec<RunState> {
    bench.runs().iter().map(|record| record.state).collect()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_runs_keep_to_the_bound_and_to_their_order() {
    let mut bench = Harness::start();
    let works = (0..1000).map(|n| json!({"do": "work", "seconds": 1, "n": n}));
    let batch = bench.launch(plan(works, 50)).await;
    bench.until_ended(&batch).await;
    let record = bench.batch(&batch);
    let summary = record.summary.clone().expect("the batch has ended");
    assert_eq!(summary.by_state[&RunState::Finished], 1000);
    assert_eq!(summary.max_at_once, 50);
    assert!((20.0..21.0).contains(&summary.wall_s), "{}", summary.wall_s);
    assert_eq!(summary.p95_ms, Some(1000.0), "queueing is not run time");
    for (index, run) in bench.runs().iter().enumerate() {
        assert_eq!((run.index, &run.outputs["n"]), (index, &json!(index)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_parked_run_frees_its_place_and_comes_back_at_the_head() {
    let mut bench = Harness::start();
    let asks = json!({"do": "ask", "seconds": 1});
    let works = (0..3).map(|_| json!({"do": "work", "seconds": 10}));
    let batch = bench.launch(plan([asks].into_iter().chain(works), 1)).await;
    bench
        .until(|b| b.run(0).state == RunState::NeedsInput && b.run(1).state == RunState::Running)
        .await;
    bench.answer(0, Reply::message("go on")).await;
    bench.until(|b| b.run(0).state == RunState::Queued).await;
    bench.until(|b| b.run(1).is_over()).await;
    bench.until(|b| b.run(0).is_over()).await;
    assert!(!bench.run(2).is_over(), "it was behind in the queue");
    bench.until_ended(&batch).await;
    assert_eq!(bench.batch(&batch).max_at_once, 1);
    assert_eq!(bench.run(0).duration(bench.now()), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn cancel_reaches_queued_running_and_parked_runs() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "ask", "seconds": 1}),
        json!({"do": "hang"}),
        json!({"do": "work", "seconds": 1}),
        json!({"do": "work", "seconds": 1}),
    ];
    let batch = bench.launch(plan(works, 1)).await;
    bench.until(|b| b.run(1).state == RunState::Running).await;
    let queued = bench.run(2).run.clone();
    bench
        .send(RunsCommand::Cancel(Target::Runs(vec![queued])))
        .await;
    bench.until(|b| b.run(2).is_over()).await;
    assert_eq!(bench.run(1).state, RunState::Running);
    bench
        .send(RunsCommand::Cancel(Target::Batch(batch.clone())))
        .await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Cancelled; 4]);
    for run in bench.runs() {
        assert_eq!(
            run.status,
            Some(ExecutionStatusName::InterruptedExecutionStatus)
        );
        let error = run.error.expect("a cancelled run says why");
        assert_eq!(error.kind, FailureKind::Cancelled);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_stop_is_dropped_and_its_spans_are_closed() {
    let mut bench = Harness::start();
    let batch = bench
        .launch(plan([json!({"do": "hang in a span"})], 1))
        .await;
    bench.until(|b| b.run(0).spans.len() == 1).await;
    bench.send(RunsCommand::Cancel(Target::All)).await;
    bench.until_ended(&batch).await;
    let run = bench.run(0);
    assert_eq!(run.state, RunState::Cancelled);
    assert_eq!(run.spans[0].outcome, Some(SpanOutcome::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn one_failure_and_one_panic_leave_the_others_alone() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "fail", "seconds": 1}),
        json!({"do": "panic"}),
        json!({"do": "work", "seconds": 5}),
        json!({"do": "work", "seconds": 5}),
    ];
    let batch = bench.launch(plan(works, 3)).await;
    bench.until_ended(&batch).await;
    assert_eq!(
        states(&bench),
        [
            RunState::Failed,
            RunState::Failed,
            RunState::Finished,
            RunState::Finished
        ]
    );
    let panicked = bench.run(1).error.clone().expect("a panic is a failure");
    assert_eq!(panicked.kind, FailureKind::Internal);
    assert!(panicked.message.contains("as it was told"), "{panicked}");
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_stops_the_batch_where_that_is_wanted() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "work", "seconds": 1}),
        json!({"do": "fail", "seconds": 2}),
        json!({"do": "work", "seconds": 100}),
        json!({"do": "work", "seconds": 1}),
    ];
    let batch = bench
        .launch(BatchPlan {
            is_fail_fast: true,
            ..plan(works, 2)
        })
        .await;
    let other = bench
        .launch(plan([json!({"do": "work", "seconds": 30})], 1))
        .await;
    bench.until_ended(&batch).await;
    bench.until_ended(&other).await;
    assert_eq!(
        states(&bench),
        [
            RunState::Finished,
            RunState::Failed,
            RunState::Cancelled,
            RunState::Cancelled,
            RunState::Finished
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_counts_neither_the_queue_nor_a_person() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "work", "seconds": 4}),
        json!({"do": "work", "seconds": 4}),
        json!({"do": "ask", "seconds": 4}),
        json!({"do": "hang in a span"}),
    ];
    let batch = bench
        .launch(BatchPlan {
            timeout: Some(Duration::from_secs(5)),
            ..plan(works, 1)
        })
        .await;
    bench
        .until(|b| b.run(2).state == RunState::NeedsInput)
        .await;
    bench.until(|b| b.run(3).is_over()).await;
    tokio::time::sleep(Duration::from_mins(10)).await;
    bench.answer(2, Reply::message("at last")).await;
    bench.until_ended(&batch).await;
    assert_eq!(
        states(&bench),
        [
            RunState::Finished,
            RunState::Finished,
            RunState::Finished,
            RunState::TimedOut
        ]
    );
    let error = bench
        .run(3)
        .error
        .clone()
        .expect("a time limit is an error");
    assert_eq!(error.kind, FailureKind::Limit);
    assert_eq!(
        error.message,
        "the run's time of 5 s ran out, waiting for `tool slow`"
    );
}

#[tokio::test(start_paused = true)]
async fn time_in_which_the_program_was_stopped_is_no_time_of_its_runs() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "work", "seconds": 4}),
        json!({"do": "hang in a span"}),
        json!({"do": "ask", "seconds": 1}),
    ];
    let batch = bench
        .launch(BatchPlan {
            timeout: Some(Duration::from_secs(5)),
            ..plan(works, 3)
        })
        .await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    bench.until(|b| b.run(1).state == RunState::Running).await;
    bench
        .until(|b| b.run(2).state == RunState::NeedsInput)
        .await;
    bench.stand_still(true).await;
    bench.until(|b| b.run(0).state == RunState::Paused).await;
    assert_eq!(
        states(&bench),
        [RunState::Paused, RunState::Paused, RunState::NeedsInput]
    );
    // As after `ctrl-z` and `fg`: the clock has gone on, and nothing else.
    tokio::time::advance(Duration::from_mins(10)).await;
    bench.stand_still(false).await;
    bench.until(|b| b.run(1).state == RunState::Running).await;
    bench.answer(2, Reply::message("go on")).await;
    bench.until_ended(&batch).await;
    assert_eq!(
        states(&bench),
        [RunState::Finished, RunState::TimedOut, RunState::Finished]
    );
    let active = [0, 1, 2].map(|run| bench.run(run).duration(bench.now()).as_secs());
    // The second one hung, and was given a second to end.
    assert_eq!(active, [0, 6, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_what_another_run_holds_is_named_and_is_no_time_of_the_run() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "wait for", "on": "worker", "seconds": 600}),
        json!({"do": "work", "seconds": 1}),
    ];
    let batch = bench
        .launch(BatchPlan {
            timeout: Some(Duration::from_secs(5)),
            ..plan(works, 1)
        })
        .await;
    bench.until(|b| b.run(0).doing == "worker").await;
    let is_waiting = |b: &Harness| b.run(0).state == RunState::Queued && b.run(0).doing == "worker";
    bench.until(is_waiting).await;
    bench.until_ended(&batch).await;
    // It kept its slot all the time.
    assert!(bench.run(1).started_at >= bench.run(0).ended_at);
    assert_eq!(states(&bench), [RunState::Finished, RunState::Finished]);
    assert!(bench.run(0).duration(bench.now()) < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_another_runs_sign_in_gives_its_slot_away_meanwhile() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "wait for", "on": "sign-in", "seconds": 600}),
        json!({"do": "work", "seconds": 1}),
    ];
    let batch = bench
        .launch(BatchPlan {
            timeout: Some(Duration::from_secs(5)),
            ..plan(works, 1)
        })
        .await;
    bench.until(|b| b.run(1).is_over()).await;
    assert_eq!(bench.run(0).state, RunState::Queued);
    assert_eq!(bench.run(0).doing, "sign-in");
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Finished, RunState::Finished]);
    assert!(bench.run(0).duration(bench.now()) < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn nothing_starts_while_a_batch_is_paused() {
    let mut bench = Harness::start();
    let steps = plan_with_answers(runs_that("work in steps", 2), 1, 3);
    let batch = bench.launch(steps).await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    let pause = |is_paused| RunsCommand::Pause {
        target: Target::Batch(batch.clone()),
        is_paused,
    };
    bench.send(pause(true)).await;
    bench.until(|b| b.run(0).state == RunState::Paused).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(states(&bench), [RunState::Paused, RunState::Queued]);
    bench.send(pause(false)).await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Finished; 2]);
    assert!(bench.run(0).duration(bench.now()) < Duration::from_mins(1));
}

fn pause(target: Target, is_paused: bool) -> RunsCommand {
    RunsCommand::Pause { target, is_paused }
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_last_step_ends_while_it_is_paused_says_so_and_goes_on() {
    let mut bench = Harness::start();
    let work = (0..2).map(|_| json!({"do": "work", "seconds": 10}));
    let batch = bench.launch(plan(work, 1)).await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    bench.send(pause(Target::Batch(batch.clone()), true)).await;
    bench.until(|b| b.run(0).is_over()).await;
    assert!(bench.batch(&batch).is_paused);
    assert_eq!(states(&bench), [RunState::Finished, RunState::Queued]);
    bench.send(pause(Target::Batch(batch.clone()), false)).await;
    bench.until_ended(&batch).await;
    assert!(!bench.batch(&batch).is_paused);
    assert_eq!(states(&bench), [RunState::Finished; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_batch_that_is_cancelled_is_held_no_longer() {
    let mut bench = Harness::start();
    let work = (0..2).map(|_| json!({"do": "work", "seconds": 10}));
    let batch = bench.launch(plan(work, 1)).await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    bench.send(pause(Target::Batch(batch.clone()), true)).await;
    let all = Target::Batch(batch.clone());
    bench.send(RunsCommand::Cancel(all)).await;
    bench.until_ended(&batch).await;
    assert!(!bench.batch(&batch).is_paused);
    let first = bench.run(0).run.clone();
    bench.send(RunsCommand::Retry(vec![first])).await;
    bench
        .until(|b| b.runs().len() == 3 && b.run(2).state == RunState::Finished)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_queued_run_is_held_by_itself_and_lets_others_pass() {
    let mut bench = Harness::start();
    let work = (0..3).map(|_| json!({"do": "work", "seconds": 10}));
    let batch = bench.launch(plan(work, 1)).await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    let second = || Target::Runs(vec![bench.run(1).run.clone()]);
    let (hold, release) = (pause(second(), true), pause(second(), false));
    bench.send(hold).await;
    bench.until(|b| b.run(2).is_over()).await;
    assert_eq!(
        states(&bench),
        [RunState::Finished, RunState::Paused, RunState::Finished]
    );
    assert_eq!(bench.batch(&batch).in_flight, 0);
    bench.send(release).await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Finished; 3]);
    assert_eq!(bench.batch(&batch).max_at_once, 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_asked_for_stops_no_time_limit_before_the_step_has_ended() {
    let mut bench = Harness::start();
    let work = [json!({"do": "work", "seconds": 3600})].into_iter();
    let limited = BatchPlan {
        timeout: Some(Duration::from_secs(5)),
        ..plan(work, 1)
    };
    let batch = bench.launch(limited).await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    bench.send(pause(Target::Batch(batch.clone()), true)).await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::TimedOut]);
}

#[tokio::test(start_paused = true)]
async fn the_bound_of_a_batch_changes_live() {
    let mut bench = Harness::start();
    let works = (0..6).map(|_| json!({"do": "work", "seconds": 10}));
    let batch = bench.launch(plan(works, 1)).await;
    bench.until(|b| b.run(0).state == RunState::Running).await;
    bench
        .send(RunsCommand::SetAtOnce {
            batch: batch.clone(),
            at_once: 6,
        })
        .await;
    bench.until_ended(&batch).await;
    let record = bench.batch(&batch);
    assert_eq!((record.at_once, record.max_at_once), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_a_new_run_of_the_same_batch() {
    let mut bench = Harness::start();
    let batch = bench.launch(plan(runs_that("fail", 1), 1)).await;
    bench.until_ended(&batch).await;
    let failed = bench.run(0).run.clone();
    bench.send(RunsCommand::Retry(vec![failed.clone()])).await;
    bench
        .until(|b| b.runs().len() == 2 && b.batch(&batch).summary.is_some())
        .await;
    let retried = bench.run(1);
    assert_eq!(retried.retry_of, Some(failed));
    assert_eq!((retried.index, retried.state), (1, RunState::Failed));
    assert_eq!(retried.plan.inputs, bench.run(0).plan.inputs);
    assert_eq!(bench.batch(&batch).total, 2);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_has_replied_goes_on_when_it_is_written_to_and_stays_answered_at_the_end() {
    let mut bench = Harness::start();
    let batch = bench.launch(plan(runs_that("reply", 1), 1)).await;
    bench.until(|b| b.run(0).state == RunState::Answered).await;
    bench.until_ended(&batch).await;
    let asked = bench.run(0).requests[0].id.clone();
    bench.answer(0, Reply::message("and then?")).await;
    bench
        .until(|b| {
            let requests = &b.run(0).requests;
            requests.first().is_some_and(|request| request.id != asked)
        })
        .await;
    bench.until_ended(&batch).await;
    let records = bench.shutdown().await;
    assert_eq!(records[0].state, RunState::Answered);
    assert!(records[0].is_over());
    assert_eq!(
        records[0].status,
        Some(ExecutionStatusName::UserMessageRequestStatus)
    );
}

#[tokio::test(start_paused = true)]
async fn where_nobody_answers_a_run_ends_in_what_it_needs() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "reply"}),
        json!({"do": "ask", "seconds": 1}),
        json!({"do": "ask", "seconds": 1}),
    ];
    let mut unattended = BatchPlan {
        is_attended: false,
        ..plan(works, 3)
    };
    Arc::make_mut(&mut unattended.runs[2])
        .answers
        .messages
        .push_back("here".to_owned());
    let batch = bench.launch(unattended).await;
    bench.until_ended(&batch).await;
    assert_eq!(
        states(&bench),
        [RunState::Answered, RunState::NeedsInput, RunState::Finished]
    );
    assert!(bench.run(1).unanswered.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_cannot_be_used_fails_every_run_with_its_reason() {
    let mut bench = Harness::start();
    let mut broken = plan(runs_that("work", 3), 2);
    broken.profile = std::sync::Arc::new(crate::profile::Profile {
        name: "broken".to_owned(),
        ..crate::profile::Profile::offline()
    });
    let batch = bench.launch(broken).await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Failed; 3]);
    assert_eq!(bench.run(0).first_line_of_result(), "no key for `broken`");
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_every_run_and_every_subscription() {
    let mut bench = Harness::start();
    let works = [json!({"do": "hang"}), json!({"do": "work", "seconds": 1})];
    bench.launch(plan(works, 1)).await;
    bench
        .until(|b| b.runs().len() == 2 && b.run(0).state == RunState::Running)
        .await;
    let records = bench.shutdown().await;
    let is_over = |record: &std::sync::Arc<RunRecord>| record.is_over();
    assert!(records.iter().all(is_over));
    assert_eq!(records.len(), 2);
}
