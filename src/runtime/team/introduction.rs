//! The introduction of a member to its team: a text before the instructions of its model.

use std::fmt::Write;

use super::TeamManner;
use super::member::Member;
use super::session::Speaker;

impl Speaker<'_> {
    /// Returns the introduction of a member: its name, who talks to it, whom it can address, and
    /// how. Empty for a worker, which simply answers a user.
    pub(super) fn introduction(&self) -> String {
        let team = self.session.team;
        let Some(own) = team.members.get(self.member) else {
            return String::new();
        };
        if team.overrides == TeamManner::Managed && self.caller.is_some() {
            return String::new();
        }
        let mut text = format!(
            "You are `{}`, one of several agents that work together.",
            own.name()
        );
        let caller = self.caller.and_then(|caller| team.members.get(caller));
        let caller = caller.map_or_else(
            || "The user, who does not know the others".to_owned(),
            |caller| {
                format!(
                    "`{}`, another agent, which reads nothing but your answer",
                    caller.name()
                )
            },
        );
        let _written = write!(text, " {caller}, speaks to you.");
        if own.recipients.is_empty() {
            return text;
        }
        text.push_str("\n\nThe agents that you can address:\n");
        for other in &own.recipients {
            if let Some(other) = team.members.get(*other) {
                text.push_str(&line(other));
            }
        }
        let (sends, hands_off) = self.ways();
        if sends {
            text.push_str(
                "\nThey see nothing of this conversation: a message to one has to say all that it must know. \
                 Tell the user what they answer yourself.",
            );
        }
        match (sends, hands_off) {
            (true, true) => text.push_str(
                " Where one of them can answer the user directly, give the conversation over to it instead.",
            ),
            (false, true) => text.push_str(
                "\nWork that is another one's is done by giving the conversation over to it, as the last call of an answer.",
            ),
            (_, false) => {}
        }
        text
    }
}

fn line(member: &Member) -> String {
    match member.component.description() {
        Some(description) if !description.is_empty() => {
            format!("- {}: {description}\n", member.name())
        }
        _ => format!("- {}\n", member.name()),
    }
}
