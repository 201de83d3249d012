//! The one table of actions. Keymap, footer, palette, help and `docs/keys.md` are made from it.

mod table;

use self::Home::{Dialog, Editor, Everywhere};
use self::Letters::{Keys, Text};
use crate::tui::screens::Screen;
pub(crate) use table::Action;

/// The part of the workbench that an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The action belongs to every screen.
    Everywhere,
    /// The action belongs to one screen.
    Screen(Screen),
    /// The action belongs to the editor of the Specs screen, while the editor has the focus.
    Editor,
    /// The action belongs to a dialog, a bar or a list.
    Dialog,
}

/// The meaning of letter keys in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    /// Letters are keys like any other.
    Keys,
    /// Letters are text that is typed.
    Text,
}

macro_rules! contexts {
    ($(
        $(#[$doc:meta])+
        $name:ident: $title:literal, $home:expr, $letters:expr;
    )*) => {
        /// A context in which keys are bound: the focused pane, its screen, or the whole workbench.
        ///
        /// A state names a stack of contexts, the innermost first; a key belongs to the first
        /// context that binds it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum KeyContext {
            $($(#[$doc])+ $name,)*
        }

        impl KeyContext {
            /// Every context, in the order of help and of `docs/keys.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name of the context, as a heading.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// Returns the part of the workbench that the context's actions belong to.
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

            /// Whether letters are text in this context. Letters then reach neither outer contexts
            /// nor the keys of this one.
            pub const fn takes_text(self) -> bool {
                matches!(self.letters(), Text)
            }
        }
    };
}

contexts! {
    /// The whole workbench, including overlays and editors.
    Always: "Always", Everywhere, Keys;
    /// All screens, while no overlay is open and no text has the focus.
    Global: "Every screen", Everywhere, Keys;
    /// Movement in lists and between panes, wherever letters are not text.
    Moving: "Moving", Dialog, Keys;
    /// Every pane of the Specs screen.
    Specs: "Specs", Home::Screen(Screen::Specs), Keys;
    /// The file tree of the Specs screen.
    SpecsTree: "Specs: files", Home::Screen(Screen::Specs), Keys;
    /// The editor of the Specs screen.
    SpecsEditor: "Specs: editor", Editor, Text;
    /// The editor when the focus reached it by moving between panes and nothing was typed yet.
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
    /// The Runs screen while runs of the batch are held back by a canary or by a spent budget.
    RunsHeld: "Runs: held back", Home::Screen(Screen::Runs), Keys;
    /// A run that is zoomed to fill the Runs screen.
    RunsZoomed: "Runs: one run", Home::Screen(Screen::Runs), Keys;
    /// The Runs screen while its runs are aligned by turn.
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
    /// The list of all requests of all runs that wait for the person.
    Inbox: "Inbox", Dialog, Keys;
    /// The box in which a request is answered.
    Answer: "Answer", Dialog, Text;
    /// The answer box for a yes-or-no question.
    AnswerConfirm: "Answer: yes or no", Dialog, Keys;
    /// The answer box when a server asks to register the program as a client.
    AnswerRegistration: "Answer: register", Dialog, Keys;
    /// The answer box when a server asks the person to sign in with a browser.
    AnswerSignIn: "Answer: sign in", Dialog, Keys;
    /// The dialog that forks a run.
    Fork: "Fork", Dialog, Text;
    /// The dialog that repeats a tool call.
    CallAgain: "Call again", Dialog, Text;
    /// An export dialog.
    Export: "Export", Dialog, Text;
    /// A one-line question, such as a new file name.
    Prompt: "Line of text", Dialog, Text;
    /// The form of a spec.
    Form: "Form", Dialog, Text;
    /// The list of templates for a new spec.
    Templates: "New spec", Dialog, Keys;
    /// A comparison of two specs.
    Comparison: "Comparison", Dialog, Keys;
    /// A fork and its origin, side by side.
    SideBySide: "Fork beside its parent", Dialog, Keys;
    /// The replay of a run or a batch.
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
    /// The id of the action in `config.toml`: `save-file`.
    pub id: &'static str,
    /// One or two words for the footer: `save`.
    pub label: &'static str,
    /// The description, for palette and help: `Save the file`.
    pub title: &'static str,
    /// The default keys by context, which `config.toml` can change.
    pub keys: &'static [(KeyContext, &'static [&'static str])],
    /// The places where the action is shown.
    pub shown: Shown,
}

/// The places where an action is shown together with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In the footer (lower numbers first), in the palette and in help.
    Footer(u8),
    /// In palette and help.
    Listed,
    /// In help only, as for movement keys.
    Help,
}

impl Action {
    /// Returns the action's row of the table.
    pub(crate) fn info(self) -> &'static ActionInfo {
        // The table has a row for each action, in their order.
        &Self::TABLE[self as usize]
    }
}

impl ActionInfo {
    /// Returns the footer's word for the action in a context: the same key may open, send or write.
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

    /// Whether the palette lists the action.
    pub const fn is_in_palette(&self) -> bool {
        matches!(self.shown, Shown::Footer(_) | Shown::Listed)
    }
}

#[cfg(test)]
mod tests;
