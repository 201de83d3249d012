//! The filter of past runs: `state:failed tool:get_weather spec:weather since:2026-01-31 sunny in par`.

use chrono::FixedOffset;

use crate::base::clock::Timestamp;
use crate::runs::HistoryFilter;
use crate::trace::RunState;
use crate::tui::glyphs::state_word;

/// Parses a filter. Words without a known key are searched for in the messages. Dates are days in a
/// time zone.
///
/// # Errors
/// The mistake in a word.
pub(super) fn parse(text: &str, zone: FixedOffset) -> Result<HistoryFilter, String> {
    let mut filter = HistoryFilter::default();
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.split_once(':') {
            Some(("state", name)) => filter.states.extend(states(name)?),
            Some(("tool", name)) => filter.tool = wanted(name),
            Some(("spec", name)) => filter.spec = wanted(name),
            Some(("since", day)) => {
                let since = Timestamp::named(day, &zone);
                // Half of a date is not wrong yet.
                filter.since = Some(
                    since
                        .ok_or_else(|| "since: wants a day such as since:2026-01-31".to_owned())?,
                );
            }
            _ => words.push(word),
        }
    }
    filter.text = (!words.is_empty()).then(|| words.join(" "));
    Ok(filter)
}

fn wanted(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.to_owned())
}

/// Returns the states whose name or word begins with `name`.
fn states(name: &str) -> Result<Vec<RunState>, String> {
    let name = name.to_lowercase().replace('_', " ");
    let begins = |state: &RunState| {
        state_word(*state).starts_with(&name) || state.name().replace('_', " ").starts_with(&name)
    };
    let found: Vec<RunState> = RunState::ALL.into_iter().filter(begins).collect();
    if found.is_empty() {
        let names: Vec<&str> = RunState::ALL.iter().map(|state| state.name()).collect();
        return Err(format!("state: is one of {}", names.join(", ")));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<HistoryFilter, String> {
        parse(text, FixedOffset::east_opt(3600).unwrap())
    }

    #[test]
    fn words_of_the_filter_are_told_from_words_that_were_said() {
        let filter = parsed("sunny state:fail tool:get_weather since:1970-01-02 in par").unwrap();
        assert_eq!(filter.states, [RunState::Failed]);
        assert_eq!(filter.tool.as_deref(), Some("get_weather"));
        assert_eq!(filter.text.as_deref(), Some("sunny in par"));
        let begins = 23 * 3600 * 1_000_000_000;
        assert_eq!(filter.since, Some(Timestamp::from_ns(begins)));
        assert_eq!(
            parsed("state:needs_you").unwrap().states,
            [RunState::NeedsInput]
        );
        assert!(parsed("state:odd").unwrap_err().contains("interrupted"));
        assert!(parsed("since:2026-0").unwrap_err().contains("2026-01-31"));
    }
}
