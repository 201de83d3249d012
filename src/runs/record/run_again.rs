//! The command line that repeats a run.

use serde_json::Value;

use crate::base::keeping::Keeping;
use crate::base::shell::ShellLine;
use crate::profile::Stub;
use crate::runs::{BatchTerms, Confirmation, RunRecord};
use crate::trace::Limits;

/// The reason why a run has no command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCommandLine {
    /// The inputs were not recorded.
    #[error("the history does not have the inputs of this run")]
    Outline,
    /// The file of the spec is unknown.
    #[error("the spec of this run came from no file")]
    NoFile,
    /// The run is a fork, which began with the past of another run.
    #[error("this run is a fork, and begins with a copy of another run: press f to fork it again")]
    Fork,
}

/// Returns the `flowdeck run …` command line that repeats a run: its spec with the variant's
/// settings, its inputs, messages and seed, the bindings and stubs of its tools, and its limits.
/// Executing it uses the current spec and profile. Answers from a file are not included, except for
/// messages.
///
/// # Errors
/// [`NoCommandLine`].
pub(crate) fn command_line(
    run: &RunRecord,
    batch: &BatchTerms,
) -> Result<ShellLine, NoCommandLine> {
    if run.forked_from.is_some() {
        return Err(NoCommandLine::Fork);
    }
    if run.terms.keeping != Keeping::All {
        return Err(NoCommandLine::Outline);
    }
    let origin = &batch.origin;
    let spec = origin.spec.as_deref().ok_or(NoCommandLine::NoFile)?;
    let mut line = ShellLine::new(&["flowdeck", "run", &spec.to_string_lossy()]);
    line.option("--profile", &run.terms.profile.name);
    for path in &origin.components {
        line.option("--component", path.to_string_lossy());
    }
    if let Some(path) = &origin.tools {
        line.option("--tools", path.to_string_lossy());
    }
    for (tool, stub) in &batch.stubs {
        line.option("--stub", written_stub(tool, stub));
    }
    for (path, value) in &run.terms.settings {
        line.option("--set", format!("{path}={value}"));
    }
    for (name, value) in &run.plan.inputs {
        line.option("--input", format!("{name}={}", written(value)));
    }
    let answers = &run.plan.answers;
    for message in &answers.messages {
        line.option("--message", message);
    }
    match answers.default_confirmation {
        Some(Confirmation::Confirm { .. }) => line.option("--confirm", "always"),
        Some(Confirmation::Reject { .. }) => line.option("--confirm", "never"),
        None => {}
    }
    if let Some(seed) = run.plan.seed {
        line.option("--seed", seed.to_string());
    }
    if let Some(timeout) = run.terms.timeout {
        line.option("--timeout", timeout.as_secs_f64().to_string());
    }
    let (limits, usual) = (run.terms.limits, Limits::default());
    if let Some(rounds) = limits.max_iterations {
        line.option("--max-rounds", rounds.to_string());
    }
    if let Some(tokens) = limits.max_output_tokens {
        line.option("--max-tokens", tokens.to_string());
    }
    if limits.max_node_visits != usual.max_node_visits {
        line.option("--max-node-visits", limits.max_node_visits.to_string());
    }
    if let Some(bound) = limits.max_concurrency {
        line.option("--max-concurrency", bound.to_string());
    }
    Ok(line)
}

/// Formats a value for `--input`: a string unchanged, but quoted if it could be read as another
/// JSON value.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

/// Formats a stub for `--stub`.
fn written_stub(tool: &str, stub: &Stub) -> String {
    let delay = if stub.delay.is_zero() {
        String::new()
    } else {
        format!("@{}ms", stub.delay.as_millis())
    };
    match &stub.outcome {
        Ok(result) => format!("{tool}{delay}={result}"),
        Err(message) => format!("{tool}{delay}!={message}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::super::script::Script;
    use super::*;
    use crate::profile::ToolStub;
    use crate::runs::{Origin, RunPlan};
    use crate::trace::RunTerms;

    #[test]
    fn a_run_is_written_with_all_that_made_it_what_it_was() {
        let mut record = Script::new("r_0", 0).record();
        let run = &mut record.summary;
        let inputs = json!({"city": "São Paulo", "zip": "100", "days": 3});
        let mut plan = RunPlan::clone(&run.plan);
        plan.inputs = inputs.as_object().unwrap().clone();
        plan.seed = Some(7);
        plan.answers.messages = ["it's me".to_owned()].into();
        run.plan = Arc::new(plan);
        let mut terms = RunTerms::clone(&run.terms);
        terms.timeout = Some(Duration::from_millis(1500));
        let settings = [("a.temperature".to_owned(), "0.7".to_owned())];
        terms.settings = settings.into();
        run.terms = Arc::new(terms);
        let stubs = ToolStub::read_all("pay@2s={\"ok\": 1}; ask!=no; not").unwrap_err();
        assert!(stubs.to_string().contains("not"), "{stubs}");
        let mut batch = BatchTerms {
            stubs: ToolStub::read_all("pay@2s={\"ok\": 1}; ask!=no").unwrap(),
            ..BatchTerms::default()
        };
        assert_eq!(command_line(&record, &batch), Err(NoCommandLine::NoFile));
        batch.origin = Origin {
            spec: Some(PathBuf::from("/w/a b.yaml")),
            ..Origin::default()
        };
        assert_eq!(
            command_line(&record, &batch).unwrap().to_string(),
            "flowdeck run '/w/a b.yaml' --profile offline --stub 'pay@2000ms={\"ok\":1}' --stub 'ask!=no' \
             --set a.temperature=0.7 --input 'city=São Paulo' --input 'zip=\"100\"' --input days=3 \
             --message 'it'\\''s me' --seed 7 --timeout 1.5"
        );
    }
}
