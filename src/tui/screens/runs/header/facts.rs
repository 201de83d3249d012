//! The second line above table and panes: the settings of the batch, the common inputs of its runs,
//! and what it waits for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::BatchRecord;
use crate::tui::app::ViewContext;
use crate::tui::runs_model::Tally;
use crate::tui::screens::runs::header::workers;
use crate::tui::theme::Role;

/// Draws the line: settings and inputs on the left, what is waited for on the right.
pub(super) fn draw(
    (batch, tally): (&BatchRecord, &Tally),
    stalled: Option<String>,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let room = usize::from(area.width).saturating_sub(2);
    let stalled_cells = stalled.as_deref().map_or(0, |words| width_cells(words) + 2);
    let room_left = room.saturating_sub(stalled_cells);
    let mut facts = facts(batch, tally, look);
    if let Some(workers) = workers::words(batch, look, room_left) {
        facts.insert(0, workers);
    }
    let words = ellipsis(&facts.join(" \u{b7} "), room_left);
    let muted = look.theme.style(Role::Muted);
    Line::from(Span::styled(format!(" {words}"), muted)).render(area, buffer);
    if let Some(words) = stalled {
        let words = format!("{} ", ellipsis(&words, room));
        let words = Span::styled(words, look.theme.style(Role::Warning));
        Line::from(words).right_aligned().render(area, buffer);
    }
}

/// Returns profile, models, limits, and the inputs that are the same in all runs.
fn facts(batch: &BatchRecord, tally: &Tally, look: &ViewContext<'_>) -> Vec<String> {
    let one_line = |text: &str| sanitised(text).replace('\n', " ");
    let mut facts = vec![one_line(&batch.bound_to)];
    let models: Vec<String> = tally.models().iter().map(|model| one_line(model)).collect();
    if !models.is_empty() && models != ["offline"] {
        facts.push(models.join(", "));
    }
    if let Some(rate) = batch.requests_per_second {
        facts.push(format!("at most {rate} req/s"));
    }
    let terms = look.context.runs.terms(&batch.id);
    if let Some(timeout) = terms.and_then(|terms| terms.timeout) {
        facts.push(format!("timeout {}", duration::short(timeout)));
    }
    let shared = look.context.runs.shared_inputs(&batch.id);
    if !shared.is_empty() {
        facts.push(format!("all with {shared}"));
    }
    facts
}
