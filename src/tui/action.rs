//! The one table of actions, from which keymap, footer, palette, help and `docs/keys.md` are made.

mod table;

use self::Home::{Dialog, Editor, Everywhere};
use self::Letters::{Keys, Text};
use crate::tui::screens::Screen;
pub(crate) use table::Action;

/// Where an action is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// On every screen.
    Everywhere,
    /// On one screen.
    Screen(Screen),
    /// In the editor of the Specs screen, while it has the focus.
    Editor,
    /// In a dialog, a bar or a list that is open now and then.
    Dialog,
}

/// The meaning of letter keys in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    /// A key like any other.
    Keys,
    /// Text.
    Text,
}

macro_rules! contexts {
    ($(
        $(#[$doc:meta])+
        $name:ident: $title:literal, $home:expr, $letters:expr;
    )*) => {
        /// Where a key means something: the pane that has the focus, the screen it lies on, everywhere.
        ///
        /// A state names a stack of these, the innermost first; a key belongs to the first that binds it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum KeyContext {
            $($(#[$doc])+ $name,)*
        }

        impl KeyContext {
            /// Every context, in the order of help and of `docs/keys.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that people see, as a heading.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// Where its actions are at home.
            pub const fn home(self) -> Home {
                match self {
                    $(Self::$name => $home,)*
                }
            }

            const fn letters(self) -> Letters {
                match self {
                    $(Self::$name => $letters,)*
                }
            }

            /// Whether letters are text here, and reach neither outer contexts nor their own table.
            pub const fn takes_text(self) -> bool {
                matches!(self.letters(), Text)
            }
        }
    };
}

contexts! {
    /// Everywhere, in overlays and editors too.
    Always: "Always", Everywhere, Keys;
    /// All screens, while no overlay is open and no text has the focus.
    Global: "Every screen", Everywhere, Keys;
    /// Moving in lists and between panes, wherever letters are not text.
    Moving: "Moving", Dialog, Keys;
    /// Every pane of the Specs screen.
    Specs: "Specs", Home::Screen(Screen::Specs), Keys;
    /// The file tree of the Specs screen.
    SpecsTree: "Specs: files", Home::Screen(Screen::Specs), Keys;
    /// The editor of the Specs screen.
    SpecsEditor: "Specs: editor", Editor, Text;
    /// The editor after the focus came to it through the panes, until something is done there.
    SpecsPassing: "Specs: editor, before anything is typed", Dialog, Keys;
    /// The completions at the cursor of the editor.
    SpecsCompletions: "Specs: completions", Dialog, Text;
    /// A list of fixes or places at the cursor of the editor.
    SpecsChoice: "Specs: fixes and places", Dialog, Keys;
    /// The find bar of the editor.
    SpecsFind: "Specs: find and replace", Dialog, Text;
    /// The problems pane of the Specs screen.
    SpecsProblems: "Specs: problems", Home::Screen(Screen::Specs), Keys;
    /// The outline of the Specs screen.
    SpecsOutline: "Specs: outline", Home::Screen(Screen::Specs), Keys;
    /// Every pane of the Runs screen.
    Runs: "Runs", Home::Screen(Screen::Runs), Keys;
    /// The Runs screen while a canary or a spent budget holds runs of the batch back.
    RunsHeld: "Runs: held back", Home::Screen(Screen::Runs), Keys;
    /// A run that fills the Runs screen.
    RunsZoomed: "Runs: one run", Home::Screen(Screen::Runs), Keys;
    /// The Runs screen while its runs are level by turn.
    RunsByTurn: "Runs: by turn", Home::Screen(Screen::Runs), Keys;
    /// The filter of the run table.
    RunsFilter: "Runs: filter", Home::Screen(Screen::Runs), Text;
    /// The find bar of a run that fills the screen.
    RunsFind: "Runs: find", Dialog, Text;
    /// Every pane of the Inspect screen.
    Inspect: "Inspect", Home::Screen(Screen::Inspect), Keys;
    /// The find bar of the Inspect screen.
    InspectFind: "Inspect: find", Dialog, Text;
    /// The Compare screen.
    Compare: "Compare", Home::Screen(Screen::Compare), Keys;
    /// The variants of a batch on the Compare screen.
    CompareMatrix: "Compare: variants", Home::Screen(Screen::Compare), Keys;
    /// The list of past runs.
    History: "History", Home::Screen(Screen::History), Keys;
    /// The filter of the list of past runs.
    HistoryFilter: "History: filter", Home::Screen(Screen::History), Text;
    /// The launch dialog.
    Launch: "Launch", Dialog, Text;
    /// All that a person owes over all runs.
    Inbox: "Inbox", Dialog, Keys;
    /// The box that answers a request.
    Answer: "Answer", Dialog, Text;
    /// The box that asks for a yes.
    AnswerConfirm: "Answer: yes or no", Dialog, Keys;
    /// A server wants the program to register itself, if a person agrees.
    AnswerRegistration: "Answer: register", Dialog, Keys;
    /// A server wants a person to sign in with a browser.
    AnswerSignIn: "Answer: sign in", Dialog, Keys;
    /// The fork dialog.
    Fork: "Fork", Dialog, Text;
    /// The dialog that makes a tool call once more.
    CallAgain: "Call again", Dialog, Text;
    /// An export dialog.
    Export: "Export", Dialog, Text;
    /// A one-line question, such as a new file name.
    Prompt: "Line of text", Dialog, Text;
    /// The form of a spec.
    Form: "Form", Dialog, Text;
    /// The list of templates for a new spec.
    Templates: "New spec", Dialog, Keys;
    /// Two specs compared.
    Comparison: "Comparison", Dialog, Keys;
    /// A fork and its origin, side by side.
    SideBySide: "Fork beside its parent", Dialog, Keys;
    /// A run or a batch that is played again.
    Replay: "Replay", Dialog, Keys;
    /// The permissions of a spec, before its first run.
    Trust: "What a spec may do", Dialog, Keys;
    /// The palette.
    Palette: "Palette", Dialog, Text;
    /// A question with a few answers, each on a letter.
    Confirm: "Question", Dialog, Text;
    /// The help screen.
    Help: "Help", Dialog, Keys;
    /// The search field of the help screen.
    HelpFind: "Help: find", Dialog, Text;
    /// The log of notices.
    Notices: "Notices", Dialog, Keys;
}

/// A row of the table of actions.
#[derive(Clone, Copy, Debug)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in `config.toml`: `save-file`.
    pub id: &'static str,
    /// One word or two, for the footer: `save`.
    pub label: &'static str,
    /// The description, for palette and help: `Save the file`.
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

impl Action {
    /// Its row of the table.
    pub(crate) fn info(self) -> &'static ActionInfo {
        // The table has a row for each action, in their order.
        &Self::TABLE[self as usize]
    }
}

impl ActionInfo {
    /// The word for the footer where a key of this context does it: one key opens, sends, writes.
    pub const fn label_in(&self, context: KeyContext) -> &'static str {
        match (self.action, context) {
            (Action::Accept, KeyContext::Launch) => "launch",
            (Action::Accept, KeyContext::Answer) => "send",
            (Action::Accept, KeyContext::Export) => "write",
            (Action::Accept, KeyContext::Fork) => "fork",
            (Action::Accept, KeyContext::CallAgain) => "call",
            (Action::Accept, KeyContext::Form) => "set",
            (Action::Accept, KeyContext::RunsFilter | KeyContext::HistoryFilter) => "filter",
            (
                Action::Accept,
                KeyContext::RunsFind | KeyContext::InspectFind | KeyContext::HelpFind,
            ) => "find",
            (Action::Accept, KeyContext::Confirm | KeyContext::Templates) => "choose",
            (
                Action::Accept,
                KeyContext::Prompt | KeyContext::SpecsCompletions | KeyContext::SpecsChoice,
            ) => "take",
            (Action::Accept, KeyContext::Palette) => "go",
            (Action::GoToRun, KeyContext::Inbox | KeyContext::Compare) => "go to run",
            (Action::Accept, KeyContext::CompareMatrix) => "its runs",
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
