//! Rules for the tools built into the runtime.

use super::subject::Subject;
use super::wording::called;
use crate::spec::builtin::builtin_of;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::BuiltinTool;
use crate::spec::requirements::requirements;

/// AS608: a `BuiltinTool` is one that flowdeck has. A warning, because another runtime may have it.
/// Not reported if the document's version lacks the type, which is already an error (AS203).
pub(super) fn tools_are_known(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(tool) = BuiltinTool::of(subject.component) else {
        return;
    };
    let version = subject.component.document_version();
    let mut needs = requirements(subject.component).into_iter();
    if needs.any(|needed| needed.version > version) {
        return;
    }
    if let Err(error) = builtin_of(&tool) {
        let place = subject.places.field_or_type(error.field());
        let message = format!("{} can't be run here: {error}", called(subject.component));
        let problem = subject.warning("AS608", place, message);
        found.push(match error.hint() {
            Some(hint) => problem.with_help(hint),
            None => problem,
        });
    }
}
