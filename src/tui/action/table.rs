//! The rows.

use super::KeyContext::{
    Always, Answer, AnswerConfirm, AnswerRegistration, AnswerSignIn, CallAgain as CallAgainContext,
    Compare, CompareMatrix, Comparison, Confirm, Export, Fork, Form, Global, Help as HelpContext,
    HelpFind, History, HistoryFilter, Inbox, Inspect, InspectFind, Launch as LaunchContext, Moving,
    Notices, Palette as PaletteContext, Prompt, Replay as ReplayContext, Runs, RunsByTurn,
    RunsFilter, RunsFind, RunsHeld, RunsZoomed, SideBySide, Specs, SpecsChoice, SpecsCompletions,
    SpecsEditor, SpecsFind, SpecsOutline, SpecsPassing, SpecsProblems, SpecsTree, Templates, Trust,
};
use super::Shown::{Footer, Help as InHelp, Listed};
use super::{ActionInfo, KeyContext};

macro_rules! actions {
    ($(
        $(#[$doc:meta])+
        $name:ident: $id:literal, $label:literal, $title:literal, $shown:expr,
        [$($context:ident: $keys:expr),* $(,)?];
    )*) => {
        /// An action that a person can have the program do by a key, the palette or the mouse.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])+ $name,)*
        }

        impl Action {
            /// The whole table, in the order of palette and help.
            pub const TABLE: &'static [ActionInfo] = &[
                $(ActionInfo {
                    action: Self::$name,
                    id: $id,
                    label: $label,
                    title: $title,
                    keys: {
                        const KEYS: &[(KeyContext, &[&str])] = &[$(($context, &$keys)),*];
                        KEYS
                    },
                    shown: $shown,
                },)*
            ];
        }
    };
}

actions! {
    // --- always
    /// Goes back one level: closes the overlay, leaves the editor. Never quits.
    Back: "back", "back", "Go back one level", InHelp, [Always: ["esc"]];
    /// Asks whether to quit; a second time within two seconds quits.
    Interrupt: "interrupt", "quit", "Ask whether to quit; twice quits at once", InHelp,
        [Always: ["ctrl-c"]];
    /// Stops the program as a shell's job; `fg` continues it.
    Suspend: "suspend", "suspend", "Suspend to the shell", Listed, [Always: ["ctrl-z"]];
    /// Opens the palette.
    Palette: "palette", "palette", "Find an action, a spec or a run", Footer(90),
        [Always: ["ctrl-p"], Global: [":"]];
    /// Shows the Specs screen.
    ShowSpecs: "show-specs", "specs", "Go to Specs", Listed, [Always: ["alt-1"], Global: ["1"]];
    /// Shows the Runs screen.
    ShowRuns: "show-runs", "runs", "Go to Runs", Listed, [Always: ["alt-2"], Global: ["2"]];
    /// Shows the Inspect screen.
    ShowInspect: "show-inspect", "inspect", "Go to Inspect", Listed,
        [Always: ["alt-3"], Global: ["3"]];
    /// Shows the Compare screen.
    ShowCompare: "show-compare", "compare", "Go to Compare", Listed,
        [Always: ["alt-4"], Global: ["4"]];
    /// Shows the History screen.
    ShowHistory: "show-history", "history", "Go to History", Listed,
        [Always: ["alt-5"], Global: ["5"]];
    // --- every screen
    /// Shows every action of this screen with its keys.
    Help: "help", "help", "Show the keys of this screen", Footer(91),
        [Always: ["F1"], Global: ["?"]];
    /// Quits; asks where something would be lost.
    Quit: "quit", "quit", "Quit", Listed, [Global: ["q"]];
    /// Goes to the next run that waits for a person.
    NextNeedsYou: "next-needs-you", "needs you", "Go to the run that needs you, or to the inbox", Listed,
        [Global: ["!"]];
    /// Goes on with all batches of this folder that were interrupted.
    ResumeInterrupted: "resume-interrupted", "resume all", "Resume all interrupted runs of this folder", Footer(3),
        [Global: ["I"]];
    /// Shows all notices.
    NoticeLog: "notice-log", "notices", "Show all notices", Listed, [Global: ["L"]];
    /// Asks which trace to open: a file of runs that were recorded elsewhere.
    OpenTrace: "open-trace", "open trace", "Open a trace: runs that were recorded elsewhere", Listed,
        [Global: ["O"]];
    /// Switches to the next theme.
    NextTheme: "next-theme", "theme", "Switch to the next theme", Listed, [Global: ["T"]];
    /// Gives the mouse to the terminal, or takes it back.
    ToggleMouse: "toggle-mouse", "mouse", "Give the mouse to the terminal, or take it back", Listed,
        [Global: ["m"]];
    // --- moving
    /// Moves up by one.
    Up: "up", "up", "Up", InHelp,
        [Moving: ["up", "k"], SpecsCompletions: ["up"], SpecsChoice: ["up"], HistoryFilter: ["up"]];
    /// Moves down by one.
    Down: "down", "down", "Down", InHelp,
        [Moving: ["down", "j"], SpecsCompletions: ["down"], SpecsChoice: ["down"], HistoryFilter: ["down"]];
    /// Moves left by one, or folds.
    Left: "left", "left", "Left, or fold", InHelp, [Moving: ["left", "h"]];
    /// Moves right by one, or unfolds.
    Right: "right", "right", "Right, or unfold", InHelp, [Moving: ["right", "l"]];
    /// To the first.
    First: "first", "first", "To the first", InHelp, [Moving: ["home", "g"]];
    /// To the last.
    Last: "last", "last", "To the last", InHelp, [Moving: ["end"]];
    /// Half a page up.
    HalfPageUp: "half-page-up", "half page up", "Half a page up", InHelp, [Moving: ["ctrl-u"]];
    /// Half a page down.
    HalfPageDown: "half-page-down", "half page down", "Half a page down", InHelp,
        [Moving: ["ctrl-d"]];
    /// A page up.
    PageUp: "page-up", "page up", "A page up", InHelp, [Moving: ["pageup"]];
    /// A page down.
    PageDown: "page-down", "page down", "A page down", InHelp, [Moving: ["pagedown"]];
    /// The focus to the next pane or field.
    NextPane: "next-pane", "next pane", "To the next pane or field", InHelp, [Moving: ["tab"]];
    /// The focus to the pane or field before.
    PreviousPane: "previous-pane", "previous pane", "To the previous pane or field", InHelp,
        [Moving: ["shift-tab"]];
    /// The focus to the pane on the left.
    PaneLeft: "pane-left", "pane left", "To the pane on the left", InHelp, [Always: ["alt-h"]];
    /// The focus to the pane below.
    PaneDown: "pane-down", "pane below", "To the pane below", InHelp, [Always: ["alt-j"]];
    /// The focus to the pane above.
    PaneUp: "pane-up", "pane above", "To the pane above", InHelp, [Always: ["alt-k"]];
    /// The focus to the pane on the right.
    PaneRight: "pane-right", "pane right", "To the pane on the right", InHelp, [Always: ["alt-l"]];
    /// Takes what is selected: opens, jumps, confirms.
    Accept: "accept", "open", "Open or use the selection", Footer(1),
        [SpecsProblems: ["enter"], SpecsOutline: ["enter"],
         SpecsCompletions: ["enter", "tab"], SpecsChoice: ["enter"],
         LaunchContext: ["enter"], Answer: ["enter"], PaletteContext: ["enter"],
         Confirm: ["enter"], Export: ["enter"], Fork: ["enter"], Form: ["enter"], CallAgainContext: ["enter"], Prompt: ["enter"], Runs: ["enter"], RunsFilter: ["enter"], RunsFind: ["enter"],
         History: ["enter"], HistoryFilter: ["enter"], Inbox: ["enter"],
         Compare: ["enter"], CompareMatrix: ["enter"], Inspect: ["enter"], InspectFind: ["enter"], HelpFind: ["enter"],
         Templates: ["enter"]];
    // --- specs
    /// Opens the launch dialog for the spec on show.
    Launch: "launch", "launch", "Launch runs of this spec", Footer(0),
        [SpecsTree: ["enter", "n"], Specs: ["F5"]];
    /// Puts the focus into the editor.
    Edit: "edit", "edit", "Edit this spec", Footer(2), [SpecsTree: ["e"], SpecsOutline: ["e"]];
    /// On from the editor to the next pane.
    PassEditor: "pass-editor", "next pane", "To the next pane", Footer(0),
        [SpecsPassing: ["tab"]];
    /// Back from the editor to the pane before.
    PassEditorBack: "pass-editor-back", "pane before", "To the previous pane", InHelp,
        [SpecsPassing: ["shift-tab"]];
    /// Offers what may be typed at the cursor.
    Complete: "complete", "complete", "Complete the word at the cursor", Footer(1),
        [SpecsEditor: ["ctrl-space"], LaunchContext: ["ctrl-space"]];
    /// Says what the field at the cursor is.
    Describe: "describe", "what's this", "Explain what is at the cursor", Footer(2),
        [SpecsEditor: ["F1"]];
    /// Offers fixes for the problems of the cursor's line, or fixes the problem that is selected.
    QuickFix: "quick-fix", "fix", "Fix a problem of this line, or this problem", Footer(4),
        [SpecsEditor: ["alt-enter"], SpecsProblems: ["f", "alt-enter"]];
    /// Opens the form of the spec.
    EditFields: "edit-fields", "form", "Change prompt, model, temperature and tools in a form", Footer(6),
        [SpecsTree: ["f"], SpecsOutline: ["f"], SpecsEditor: ["alt-f"]];
    /// Puts the text into the canonical form.
    FormatSpec: "format", "format", "Put the spec into its canonical form", Listed,
        [SpecsTree: ["F"], SpecsOutline: ["F"], SpecsEditor: ["alt-F"]];
    /// Goes to where that is defined which the cursor is on.
    GoToDefinition: "go-to-definition", "definition", "Go to the definition", Listed,
        [SpecsEditor: ["F12"]];
    /// Goes back to where the cursor was before it went to a definition or reference.
    GoBack: "go-back", "go back", "Go back to where the cursor was", Listed,
        [SpecsEditor: ["alt-left"]];
    /// Lists every place that names what the cursor is on.
    FindReferences: "find-references", "references", "Find all references", Listed,
        [SpecsEditor: ["shift-F12"]];
    /// Gives what the cursor is on another name, everywhere in the file.
    RenameName: "rename-name", "rename", "Rename the name at the cursor everywhere", Listed,
        [SpecsEditor: ["F2"]];
    /// Opens the find bar.
    Find: "find", "find", "Find in this file", Footer(4),
        [SpecsEditor: ["ctrl-f"], SpecsTree: ["/"]];
    /// Exports the spec on show.
    ExportSpec: "export-spec", "export", "Export this spec as JSON or YAML", Footer(5),
        [SpecsTree: ["x"], SpecsOutline: ["x"]];
    /// Shows the next open file.
    NextTab: "next-tab", "next file", "Show the next open file", Footer(7),
        [Specs: ["alt-.", "ctrl-pagedown"], SpecsTree: ["]"], SpecsProblems: ["]"], SpecsOutline: ["]"]];
    /// Shows the open file before.
    PreviousTab: "previous-tab", "previous file", "Show the previous open file", Listed,
        [Specs: ["alt-,", "ctrl-pageup"], SpecsTree: ["["], SpecsProblems: ["["], SpecsOutline: ["["]];
    /// Closes the file on show.
    CloseTab: "close-tab", "close", "Close the file", Listed, [Specs: ["alt-w"]];
    /// Writes the file.
    Save: "save", "save", "Save the file", Footer(3), [Specs: ["ctrl-s"]];
    /// Opens the file in the person's own editor.
    OpenInEditor: "open-in-editor", "$EDITOR", "Open the file, or the shown text, in $EDITOR", Footer(6),
        [Specs: ["ctrl-e"], Inspect: ["E"]];
    /// Copies the file to a new one.
    Duplicate: "duplicate", "duplicate", "Duplicate this file", Listed, [SpecsTree: ["d"]];
    /// Moves the file to the trash.
    DeleteFile: "delete-file", "delete", "Delete this file; it can be brought back", Listed, [SpecsTree: ["del", "X"]];
    /// Brings the file back that was deleted last.
    RestoreFile: "restore-file", "bring back", "Bring back the file that was deleted last", Footer(1), [SpecsTree: ["u"]];
    /// Gives the file another name.
    Rename: "rename", "rename", "Rename this file", Listed, [SpecsTree: ["r"]];
    /// Writes a new spec from a template.
    NewSpec: "new-spec", "new", "New spec from a template", Footer(11), [SpecsTree: ["N"]];
    /// Compares two files in Agent Spec terms.
    CompareSpecs: "compare-specs", "compare", "Compare two specs in meaning", Listed,
        [SpecsTree: ["D"]];
    /// Shows the graph in place of the outline, of the panes' text, of the spans, or the other way round.
    ToggleGraph: "toggle-graph", "graph", "Show or hide the graph", Footer(8),
        [SpecsTree: ["G"], SpecsOutline: ["G"], SpecsProblems: ["G"], SpecsEditor: ["alt-g"],
         Runs: ["G"], Inspect: ["G"]];
    /// Takes back the last change.
    Undo: "undo", "undo", "Undo", Footer(7), [SpecsEditor: ["ctrl-u", "alt-u"], Specs: ["alt-u"], Answer: ["alt-u"], Fork: ["alt-u"], Form: ["alt-u"], CallAgainContext: ["alt-u"]];
    /// Does again what was taken back.
    Redo: "redo", "redo", "Redo", Listed, [SpecsEditor: ["ctrl-r", "ctrl-y"]];
    /// Selects all text.
    SelectAll: "select-all", "select all", "Select all text", Listed, [SpecsEditor: ["ctrl-a"]];
    /// Copies the command line that does the same.
    CopyCommand: "copy-command", "command line", "Copy the flowdeck run line that does the same", Footer(9),
        [LaunchContext: ["ctrl-y"], Runs: ["Y"], Inspect: ["Y"], History: ["Y"], Inbox: ["Y"]];
    /// Copies the selected text to the clipboard.
    CopyText: "copy-text", "copy", "Copy the selected text", Listed, [SpecsEditor: ["alt-c"]];
    /// Moves the selected text to the clipboard.
    CutText: "cut-text", "cut", "Cut the selected text", Listed, [SpecsEditor: ["ctrl-x"]];
    /// Puts in what was last copied or cut here.
    PasteText: "paste-text", "paste", "Paste what was copied here", Listed,
        [SpecsEditor: ["ctrl-v"]];
    /// To the next place of what is looked for.
    FindNext: "find-next", "next", "To the next match", Footer(8),
        [SpecsFind: ["enter", "down", "ctrl-n"], SpecsEditor: ["F3"], Inspect: ["n", "F3"],
         RunsZoomed: ["n", "F3"], SideBySide: ["n", "F3"], Compare: ["n", "F3"]];
    /// To the place before of what is looked for.
    FindPrevious: "find-previous", "previous", "To the previous match", Listed,
        [SpecsFind: ["up"], SpecsEditor: ["shift-F3"], Inspect: ["N", "shift-F3"],
         RunsZoomed: ["N", "shift-F3"], SideBySide: ["N", "shift-F3"], Compare: ["N", "shift-F3"]];
    /// Puts the replacement in place of what was found.
    ReplaceOne: "replace-one", "replace", "Replace this match", Footer(3), [SpecsFind: ["ctrl-r"]];
    /// Puts the replacement in all places.
    ReplaceAll: "replace-all", "replace all", "Replace all matches", Footer(4),
        [SpecsFind: ["ctrl-a"]];
    /// Moves between what is looked for and its replacement.
    SwitchField: "switch-field", "field", "Between find and replace", Footer(5),
        [SpecsFind: ["tab", "shift-tab"]];
    // --- inspect
    /// Copies what is on show of the selected span.
    CopyDetail: "copy-detail", "copy", "Copy the shown text of this span", Footer(2),
        [Inspect: ["y"]];
    /// Opens the find bar of the Inspect screen, or of a run that fills the Runs screen.
    FindInDetail: "find-in-detail", "find", "Find in the shown text", Footer(3),
        [Inspect: ["/"], RunsZoomed: ["/"], HelpContext: ["/"]];
    /// Wraps long lines, or cuts them.
    ToggleWrap: "toggle-wrap", "wrap", "Wrap long lines, or cut them", Footer(4), [Inspect: ["w"]];
    /// Folds what lies in the selected span, or unfolds it.
    ToggleFold: "toggle-fold", "fold", "Fold or unfold the spans in this span", Footer(5), [Inspect: ["space"]];
    /// Draws the bars of spans in the time of those in view, or of the run.
    ZoomTime: "zoom-time", "zoom time", "Scale the bars to the spans in view, or to the run", Footer(9),
        [Inspect: ["z"]];
    /// Shows who speaks to whom in place of the spans, or the other way round.
    ToggleTeam: "toggle-team", "team", "Show who speaks to whom, or the spans", Footer(2), [Inspect: ["t"]];
    /// Opens the fork dialog: for the span or the event that is selected, else for the run.
    ForkRun: "fork-run", "fork", "Fork this run with one thing changed", Footer(7),
        [Inspect: ["f"], History: ["f"], Runs: ["f"], Inbox: ["f"]];
    /// Lays another run beside this one.
    CompareWith: "compare-with", "diff", "Compare this run with another one", Footer(7), [Inspect: ["d"]];
    /// Makes a tool call of the run once more, outside of it, with arguments that are edited first.
    CallAgain: "call-again", "call again", "Call this tool again with other arguments, in a new run", Footer(6),
        [Inspect: ["R"]];
    /// Copies the path of the value under the cursor.
    CopyPath: "copy-path", "copy path", "Copy the path of the value under the cursor", Listed, [Inspect: ["P"]];
    /// Plays a run again, or a batch.
    Replay: "replay", "replay", "Replay this run, or on its head the batch; nothing is called", Footer(6),
        [Inspect: ["p"], History: ["p"]];
    /// Shows a fork beside the run that it comes from, at the first difference.
    CompareWithParent: "compare-with-parent", "compare", "Show this fork beside its origin", Footer(8),
        [Inspect: ["c"]];
    /// Goes from a span to its run on the Runs screen.
    GoToRun: "go-to-run", "run", "Show this run on the Runs screen", Listed, [Inspect: ["o"], Inbox: ["o"], Compare: ["o"]];
    /// To the run after this one.
    NextRun: "next-run", "next run", "To the next run", Listed, [Inspect: ["]"], Runs: ["]"]];
    /// To the run before this one.
    PreviousRun: "previous-run", "previous run", "To the previous run", Listed, [Inspect: ["["], Runs: ["["]];
    // --- runs
    /// Opens the box that answers the run under the cursor.
    AnswerRun: "answer-run", "answer", "Answer this run", Footer(2), [Runs: ["i"], Inbox: ["i"]];
    /// Opens the box whose answer goes to all runs that ask the same.
    AnswerAlike: "answer-alike", "answer all alike", "Answer all runs that ask the same", Footer(3), [Inbox: ["a"]];
    /// Stops the run under the cursor, or the marked ones.
    CancelRun: "cancel-run", "cancel", "Cancel this run, or the marked ones", Footer(3),
        [Runs: ["x"], Inbox: ["x"]];
    /// Stops every run of the batch that the filter shows.
    CancelBatch: "cancel-batch", "cancel batch", "Cancel this batch, or what the filter shows of it", Listed,
        [Runs: ["X"]];
    /// Runs the run under the cursor or the marked ones again; where none of these is over, the failed ones.
    RetryRuns: "retry-runs", "retry", "Run again: this run, the marked or the failed ones", Footer(4), [Runs: ["r"]];
    /// Runs the failed and cancelled runs of the batch again that the filter shows.
    RetryFailed: "retry-failed", "retry failed", "Run this batch's failed or cancelled runs again", Listed,
        [Runs: ["R"]];
    /// Lets go of all that is known of runs that are over.
    ForgetRuns: "forget-runs", "forget", "Remove runs that are over: this run, the marked ones, this batch", Listed,
        [Runs: ["d", "del"]];
    /// Holds runs between two steps, or lets them go on.
    PauseRuns: "pause-runs", "pause", "Pause or continue this run or the marked ones", Footer(11), [Runs: ["p"], Inbox: ["p"]];
    /// Holds the whole batch, its queue too, or lets it go on.
    PauseBatch: "pause-batch", "pause batch", "Pause or continue this whole batch", Footer(5),
        [Runs: ["P"]];
    /// Marks the run under the cursor.
    MarkRun: "mark-run", "mark", "Mark this run, or remove its mark", Footer(7),
        [Runs: ["space"], History: ["space"]];
    /// Chooses which runs the panes follow: the most active, the one under the cursor, the marked.
    TilePanes: "tile-panes", "tile", "Follow the active runs, this one, or the marked ones",
        Footer(8), [Runs: ["t"]];
    /// Opens the filter of the run table.
    FilterRuns: "filter-runs", "filter", "Filter the runs: state:failed tool:name text", Footer(6),
        [Runs: ["/"]];
    /// Shows all runs again.
    ClearFilter: "clear-filter", "all", "Show all runs again", Listed, [RunsFilter: ["ctrl-u"], HistoryFilter: ["ctrl-u"]];
    /// Sorts the run table by the next column.
    SortRuns: "sort-runs", "sort", "Sort the runs by the next column", Footer(10), [Runs: ["s"]];
    /// Turns the order of the run table round.
    ReverseSort: "reverse-sort", "reverse", "Reverse the order of the runs", Listed, [Runs: ["S"]];
    /// Groups the runs of the table by what came of them, or lists them again.
    ToggleOutcomes: "group-by-outcome", "outcomes", "Group the runs by outcome, or list them again", Footer(7),
        [Runs: ["o"]];
    /// Lays the marked runs beside each other; of a batch that varied its spec shows the variants, and a fork beside the run that
    /// it comes from.
    CompareRuns: "compare-runs", "compare", "Compare the marked runs, the variants of this batch, or a fork with its origin",
        Footer(8), [Runs: ["c"], CompareMatrix: ["c"], History: ["c"]];
    /// Compares in meaning what two runs ran.
    CompareRunSpecs: "compare-run-specs", "specs", "Compare the specs of the first and this one in meaning", Footer(4),
        [Compare: ["D"]];
    /// Stands the runs on show level by turn, or each in a pane of its own.
    ToggleByTurn: "by-turn", "by turn", "Show runs turn by turn, or each by itself", Footer(7), [Runs: ["v"]];
    /// Goes to the next run that leaves what most runs do.
    NextLeaving: "next-leaving", "next that leaves", "To the next run that differs from most", Footer(5),
        [RunsByTurn: ["n"]];
    /// Goes to the run before that leaves what most runs do.
    PreviousLeaving: "previous-leaving", "previous that leaves", "To the previous run that differs from most", Listed,
        [RunsByTurn: ["N"]];
    /// Shows only the runs that leave what most runs do, or all again.
    OnlyLeaving: "only-leaving", "only those", "Show only runs that differ from most, or all", Footer(6),
        [RunsByTurn: ["V"]];
    /// Exports the run under the cursor.
    ExportRun: "export-run", "export", "Export this run", Footer(9), [Runs: ["e"], Inspect: ["e"], History: ["e"]];
    /// Exports the batch that the cursor is in.
    ExportBatch: "export-batch", "export batch", "Export this batch, or what the filter shows of it: CSV, JSON lines, Markdown",
        Listed, [Runs: ["E"], History: ["E"]];
    /// Lets one run more of the batch be under way.
    MoreAtOnce: "more-at-once", "more at once", "One more run at once", Listed,
        [Runs: ["+", "="]];
    /// Lets one run less of the batch be under way.
    FewerAtOnce: "fewer-at-once", "fewer at once", "One run fewer at once", Listed, [Runs: ["-"]];
    /// Holds runs at once: their model calls are cut.
    PauseAtOnce: "pause-at-once", "pause at once", "Pause at once: model calls are cut, and later made again", Listed,
        [Runs: ["H"]];
    /// Holds all runs of all batches, or lets them go on.
    PauseAll: "pause-all", "pause all", "Pause or continue all runs of all batches", Listed, [Runs: ["alt-p"]];
    /// Changes how many runs of the batch may be under way, in numbers.
    ChangeAtOnce: "change-at-once", "at once", "Change how many runs of this batch run at once", Listed,
        [Runs: ["A"]];
    /// Changes how many model requests a second the batch may make.
    ChangeRate: "change-rate", "rate", "Change the rate of this batch's model requests", Listed,
        [Runs: ["M"]];
    /// Changes how many tokens the batch may use.
    ChangeBudget: "change-budget", "budget", "Change the token budget of this batch", Listed,
        [Runs: ["B"]];
    /// Lets the runs go on that a canary or a spent budget holds back.
    ReleaseBatch: "release-batch", "continue", "Continue the runs that the canary or the budget holds back",
        Footer(0), [RunsHeld: ["g"]];
    /// Says yes to a tool call.
    ConfirmCall: "confirm-call", "yes", "Yes: run the tool", Footer(1),
        [AnswerConfirm: ["y"]];
    /// Says yes to registering the program with a server.
    Register: "register", "register", "Yes: register flowdeck there", Footer(1),
        [AnswerRegistration: ["y"]];
    /// Says no to a tool call or a sign-in.
    RefuseCall: "refuse-call", "refuse", "No: refuse, with a reason", Footer(2),
        [AnswerConfirm: ["n"], AnswerRegistration: ["n"], AnswerSignIn: ["n"]];
    /// Changes the arguments of a tool call before it runs.
    EditArguments: "edit-arguments", "edit", "Edit the arguments first", Footer(3),
        [AnswerConfirm: ["e"]];
    /// Copies the address at which one signs in.
    CopyAddress: "copy-address", "copy", "Copy the address", Footer(3),
        [AnswerRegistration: ["c"], AnswerSignIn: ["c"]];
    /// Begins a new line where enter sends.
    NewLine: "new-line", "new line", "Begin a new line", Footer(4),
        [Answer: ["alt-enter", "ctrl-j"], LaunchContext: ["alt-enter", "ctrl-j"], Fork: ["alt-enter", "ctrl-j"], Form: ["alt-enter", "ctrl-j"],
         CallAgainContext: ["alt-enter", "ctrl-j"]];
    // --- history
    /// Goes on with the run under the cursor, or on the head of a batch with all of it.
    ResumePast: "resume-past", "resume", "Resume this run, or on its head the interrupted runs of the batch", Footer(2),
        [History: ["R"]];
    /// Opens the filter of past runs.
    FilterHistory: "filter-history", "filter",
        "Filter past runs: state:failed tool:name spec:name since:2026-01-31 words", Footer(3), [History: ["/"]];
    /// Lists the runs of all folders, or of this one.
    ToggleFolders: "toggle-folders", "folders", "List the runs of all folders, or of this one", Footer(4), [History: ["a"]];
    /// Says what changed in a spec since a run ran it.
    CompareWithNow: "compare-with-now", "changes", "Say what changed in the spec since this run", Footer(5),
        [History: ["D"]];
    /// Writes the spec that a run ran.
    ExportPastSpec: "export-past-spec", "spec", "Export the spec that this run ran", Footer(6), [History: ["x"]];
    /// Deletes a run, or on the head of a batch all of it.
    DeletePast: "delete-past", "delete", "Delete this run, or on its head the batch", Listed, [History: ["d", "del"]];
    // --- replay
    /// Pauses a replay, or lets it go on; from its end on it begins again.
    PauseReplay: "pause-replay", "pause", "Pause or continue the replay", Footer(0), [ReplayContext: ["p"]];
    /// Plays faster.
    PlayFaster: "play-faster", "faster", "Play faster: 1x, 4x, as fast as can be shown", Footer(2),
        [ReplayContext: ["+", "="]];
    /// Plays slower.
    PlaySlower: "play-slower", "slower", "Play slower", Listed, [ReplayContext: ["-"]];
    /// Moves a replay back by some time.
    PlayBack: "play-back", "back", "Back in time", InHelp, [ReplayContext: ["left"]];
    /// Moves a replay on by some time.
    PlayOn: "play-on", "on", "Forward in time", InHelp, [ReplayContext: ["right"]];
    /// Moves a replay to its begin.
    PlayFromStart: "play-from-start", "start", "To the beginning of the replay", InHelp, [ReplayContext: ["home"]];
    /// Moves a replay to its end.
    PlayToEnd: "play-to-end", "end", "To the end of the replay", InHelp, [ReplayContext: ["end"]];
    /// Skips a long time in which nothing happens.
    SkipWait: "skip-wait", "skip", "Skip the time in which nothing happens", Footer(1), [ReplayContext: ["w"]];
    // --- overlays
    /// Puts the export into the clipboard.
    ExportToClipboard: "export-to-clipboard", "copy", "Copy instead of writing a file", Footer(2),
        [Export: ["ctrl-y"]];
    /// Chooses the next format.
    NextFormat: "next-format", "format", "Export in the next format", Footer(3),
        [Export: ["tab"]];
    /// Copies the differences.
    CopyDifferences: "copy-differences", "copy", "Copy the differences", Footer(1),
        [Comparison: ["y"], SideBySide: ["y"], Compare: ["y"]];
    /// Agrees to what a spec may do, for good.
    TrustSpec: "trust-spec", "continue", "Continue: this spec may do that", Footer(1), [Trust: ["y"]];
    /// Closes the overlay.
    Close: "close", "close", "Close", Footer(20),
        [HelpContext: ["q", "?"], Inbox: ["q", "!"], Notices: ["q", "L"], Comparison: ["q"], SideBySide: ["q"], Templates: ["q"], Trust: ["n", "q"]];
}
