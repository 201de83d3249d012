//! The one table of actions, from which keymap, footer, palette, help and `docs/keys.md` are made.

mod table;

pub use table::Action;

/// Where a key means something: the pane that has the focus, the screen it lies on, everywhere.
///
/// A state names a stack of these, the innermost first; a key belongs to the first that binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyContext {
    /// The file tree of the Specs screen.
    SpecsTree,
    /// The problems pane of the Specs screen.
    SpecsProblems,
    /// The outline of the Specs screen.
    SpecsOutline,
    /// The editor of the Specs screen; takes text.
    SpecsEditor,
    /// The editor after the focus came to it through the panes, until something is done there.
    SpecsPassing,
    /// The completions at the cursor of the editor; takes text.
    SpecsCompletions,
    /// A list of fixes or places at the cursor of the editor.
    SpecsChoice,
    /// The find bar of the editor; takes text.
    SpecsFind,
    /// Every pane of the Specs screen.
    Specs,
    /// Every pane of the Runs screen.
    Runs,
    /// A run that fills the Runs screen.
    RunsZoomed,
    /// The filter of the run table; takes text.
    RunsFilter,
    /// The find bar of a run that fills the screen; takes text.
    RunsFind,
    /// Every pane of the Inspect screen.
    Inspect,
    /// The find bar of the Inspect screen; takes text.
    InspectFind,
    /// The launch dialog; takes text.
    Launch,
    /// The box that answers a request; takes text.
    Answer,
    /// The box that asks for a yes.
    AnswerConfirm,
    /// A server wants the program to register itself, if a person agrees.
    AnswerRegistration,
    /// A server wants a person to sign in with a browser.
    AnswerSignIn,
    /// The palette; takes text.
    Palette,
    /// The help screen.
    Help,
    /// A question with a few answers, each on a letter; takes text.
    Confirm,
    /// The log of notices.
    Notices,
    /// An export dialog; takes text.
    Export,
    /// A one-line question, such as a new file name; takes text.
    Prompt,
    /// The list of templates for a new spec.
    Templates,
    /// Two specs compared.
    Comparison,
    /// What a spec may do, before its first run.
    Trust,
    /// Moving in lists and between panes, wherever letters are not text.
    Moving,
    /// All screens, while no overlay is open and no text has the focus.
    Global,
    /// Everywhere, in overlays and editors too.
    Always,
}

impl KeyContext {
    /// Every context, in the order of help and of `docs/keys.md`.
    pub const ALL: [Self; 32] = [
        Self::Always,
        Self::Global,
        Self::Moving,
        Self::Specs,
        Self::SpecsTree,
        Self::SpecsEditor,
        Self::SpecsPassing,
        Self::SpecsCompletions,
        Self::SpecsChoice,
        Self::SpecsFind,
        Self::SpecsProblems,
        Self::SpecsOutline,
        Self::Runs,
        Self::RunsZoomed,
        Self::RunsFilter,
        Self::RunsFind,
        Self::Inspect,
        Self::InspectFind,
        Self::Launch,
        Self::Answer,
        Self::AnswerConfirm,
        Self::AnswerRegistration,
        Self::AnswerSignIn,
        Self::Export,
        Self::Prompt,
        Self::Templates,
        Self::Comparison,
        Self::Trust,
        Self::Palette,
        Self::Confirm,
        Self::Help,
        Self::Notices,
    ];

    /// What people call it, as a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SpecsTree => "Specs: files",
            Self::SpecsProblems => "Specs: problems",
            Self::SpecsOutline => "Specs: outline",
            Self::SpecsEditor => "Specs: editor",
            Self::SpecsPassing => "Specs: editor, before anything is typed",
            Self::SpecsCompletions => "Specs: completions",
            Self::SpecsChoice => "Specs: fixes and places",
            Self::SpecsFind => "Specs: find and replace",
            Self::Specs => "Specs",
            Self::Runs => "Runs",
            Self::RunsZoomed => "Runs: one run",
            Self::RunsFilter => "Runs: filter",
            Self::RunsFind => "Runs: find",
            Self::Inspect => "Inspect",
            Self::InspectFind => "Inspect: find",
            Self::Launch => "Launch",
            Self::Answer => "Answer",
            Self::AnswerConfirm => "Answer: yes or no",
            Self::AnswerRegistration => "Answer: register",
            Self::AnswerSignIn => "Answer: sign in",
            Self::Palette => "Palette",
            Self::Help => "Help",
            Self::Confirm => "Question",
            Self::Notices => "Notices",
            Self::Export => "Export",
            Self::Prompt => "Line of text",
            Self::Templates => "New spec",
            Self::Comparison => "Comparison",
            Self::Trust => "What a spec may do",
            Self::Moving => "Moving",
            Self::Global => "Every screen",
            Self::Always => "Always",
        }
    }

    /// Whether letters are text here, and reach neither outer contexts nor their own table.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::SpecsEditor
                | Self::SpecsCompletions
                | Self::SpecsFind
                | Self::InspectFind
                | Self::RunsFilter
                | Self::RunsFind
                | Self::Launch
                | Self::Answer
                | Self::Export
                | Self::Palette
                | Self::Prompt
                | Self::Confirm
        )
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in `config.toml`: `save-file`.
    pub id: &'static str,
    /// One word or two, for the footer: `save`.
    pub label: &'static str,
    /// What it does, for palette and help: `Save the file`.
    pub title: &'static str,
    /// The keys that it has unless `config.toml` says otherwise, by context.
    pub keys: &'static [(KeyContext, &'static [&'static str])],
    /// Where it is shown.
    pub shown: Shown,
}

/// Where an action is shown beside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In the footer, lower numbers first, in palette and help.
    Footer(u8),
    /// In palette and help.
    Listed,
    /// In help alone: moving about is no command.
    Help,
}

impl ActionInfo {
    /// The word for the footer where a key of this context does it: one key opens, sends, writes.
    pub const fn label_in(&self, context: KeyContext) -> &'static str {
        match (self.action, context) {
            (Action::Accept, KeyContext::Launch) => "launch",
            (Action::Accept, KeyContext::Answer) => "send",
            (Action::Accept, KeyContext::Export) => "write",
            (Action::Accept, KeyContext::RunsFilter) => "filter",
            (Action::Accept, KeyContext::RunsFind | KeyContext::InspectFind) => "find",
            (Action::Accept, KeyContext::Confirm | KeyContext::Templates) => "choose",
            (
                Action::Accept,
                KeyContext::Prompt | KeyContext::SpecsCompletions | KeyContext::SpecsChoice,
            ) => "take",
            (Action::Accept, KeyContext::Palette) => "go",
            _ => self.label,
        }
    }

    /// Whether the palette offers it.
    pub const fn is_in_palette(&self) -> bool {
        matches!(self.shown, Shown::Footer(_) | Shown::Listed)
    }
}

#[cfg(test)]
mod tests;
