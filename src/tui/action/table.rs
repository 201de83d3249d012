//! The rows of the table of actions.

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
        /// An action that a key, the palette or the mouse can start.
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
    /// Asks whether to quit. A second press within two seconds quits.
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
    /// Quits, after a question if something would be lost.
    Quit: "quit", "quit", "Quit", Listed, [Global: ["q"]];
    /// Goes to the next run that waits for a person.
    NextNeedsYou: "next-needs-you", "needs you", "Go to the run that needs you, or to the inbox", Listed,
        [Global: ["!"]];
    /// Continues all interrupted batches of this folder.
    ResumeInterrupted: "resume-interrupted", "resume all", "Resume all interrupted runs of this folder", Footer(3),
        [Global: ["I"]];
    /// Shows all notices.
    NoticeLog: "notice-log", "notices", "Show all notices", Listed, [Global: ["L"]];
    /// Asks for a trace file to open, with runs that were recorded elsewhere.
    OpenTrace: "open-trace", "open trace", "Open a trace: runs that were recorded elsewhere", Listed,
        [Global: ["O"]];
    /// Switches to the next theme.
    NextTheme: "next-theme", "theme", "Switch to the next theme", Listed, [Global: ["T"]];
    /// Switches the mouse between the workbench and the terminal.
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
    /// Moves to the first row.
    First: "first", "first", "To the first", InHelp, [Moving: ["home", "g"]];
    /// Moves to the last row.
    Last: "last", "last", "To the last", InHelp, [Moving: ["end"]];
    /// Moves up by half a page.
    HalfPageUp: "half-page-up", "half page up", "Half a page up", InHelp, [Moving: ["ctrl-u"]];
    /// Moves down by half a page.
    HalfPageDown: "half-page-down", "half page down", "Half a page down", InHelp,
        [Moving: ["ctrl-d"]];
    /// Moves up by a page.
    PageUp: "page-up", "page up", "A page up", InHelp, [Moving: ["pageup"]];
    /// Moves down by a page.
    PageDown: "page-down", "page down", "A page down", InHelp, [Moving: ["pagedown"]];
    /// Moves the focus to the next pane or field.
    NextPane: "next-pane", "next pane", "To the next pane or field", InHelp, [Moving: ["tab"]];
    /// Moves the focus to the previous pane or field.
    PreviousPane: "previous-pane", "previous pane", "To the previous pane or field", InHelp,
        [Moving: ["shift-tab"]];
    /// Moves the focus to the pane on the left.
    PaneLeft: "pane-left", "pane left", "To the pane on the left", InHelp, [Always: ["alt-h"]];
    /// Moves the focus to the pane below.
    PaneDown: "pane-down", "pane below", "To the pane below", InHelp, [Always: ["alt-j"]];
    /// Moves the focus to the pane above.
    PaneUp: "pane-up", "pane above", "To the pane above", InHelp, [Always: ["alt-k"]];
    /// Moves the focus to the pane on the right.
    PaneRight: "pane-right", "pane right", "To the pane on the right", InHelp, [Always: ["alt-l"]];
    /// Accepts the selection: opens, jumps or confirms.
    Accept: "accept", "open", "Open or use the selection", Footer(1),
        [SpecsProblems: ["enter"], SpecsOutline: ["enter"],
         SpecsCompletions: ["enter", "tab"], SpecsChoice: ["enter"],
         LaunchContext: ["enter"], Answer: ["enter"], PaletteContext: ["enter"],
         Confirm: ["enter"], Export: ["enter"], Fork: ["enter"], Form: ["enter"], CallAgainContext: ["enter"], Prompt: ["enter"], Runs: ["enter"], RunsFilter: ["enter"], RunsFind: ["enter"],
         History: ["enter"], HistoryFilter: ["enter"], Inbox: ["enter"],
         Compare: ["enter"], CompareMatrix: ["enter"], Inspect: ["enter"], InspectFind: ["enter"], HelpFind: ["enter"],
         Templates: ["enter"]];
    // --- specs
    /// Opens the launch dialog for the shown spec.
    Launch: "launch", "launch", "Launch runs of this spec", Footer(0),
        [SpecsTree: ["enter", "n"], Specs: ["F5"]];
    /// Moves the focus into the editor.
    Edit: "edit", "edit", "Edit this spec", Footer(2), [SpecsTree: ["e"], SpecsOutline: ["e"]];
    /// Moves the focus from the editor to the next pane.
    PassEditor: "pass-editor", "next pane", "To the next pane", Footer(0),
        [SpecsPassing: ["tab"]];
    /// Moves the focus from the editor to the previous pane.
    PassEditorBack: "pass-editor-back", "pane before", "To the previous pane", InHelp,
        [SpecsPassing: ["shift-tab"]];
    /// Opens the completions at the cursor.
    Complete: "complete", "complete", "Complete the word at the cursor", Footer(1),
        [SpecsEditor: ["ctrl-space"], LaunchContext: ["ctrl-space"]];
    /// Shows a description of the field at the cursor.
    Describe: "describe", "what's this", "Explain what is at the cursor", Footer(2),
        [SpecsEditor: ["F1"]];
    /// Lists fixes for the problems in the cursor's line, or fixes the selected problem.
    QuickFix: "quick-fix", "fix", "Fix a problem of this line, or this problem", Footer(4),
        [SpecsEditor: ["alt-enter"], SpecsProblems: ["f", "alt-enter"]];
    /// Opens the form of the spec.
    EditFields: "edit-fields", "form", "Change prompt, model, temperature and tools in a form", Footer(6),
        [SpecsTree: ["f"], SpecsOutline: ["f"], SpecsEditor: ["alt-f"]];
    /// Puts the text into the canonical form.
    FormatSpec: "format", "format", "Put the spec into its canonical form", Listed,
        [SpecsTree: ["F"], SpecsOutline: ["F"], SpecsEditor: ["alt-F"]];
    /// Moves the cursor to the definition of the name at the cursor.
    GoToDefinition: "go-to-definition", "definition", "Go to the definition", Listed,
        [SpecsEditor: ["F12"]];
    /// Moves the cursor back to where it was before a jump to a definition or a reference.
    GoBack: "go-back", "go back", "Go back to where the cursor was", Listed,
        [SpecsEditor: ["alt-left"]];
    /// Lists all references to the name at the cursor.
    FindReferences: "find-references", "references", "Find all references", Listed,
        [SpecsEditor: ["shift-F12"]];
    /// Renames the name at the cursor everywhere in the file.
    RenameName: "rename-name", "rename", "Rename the name at the cursor everywhere", Listed,
        [SpecsEditor: ["F2"]];
    /// Opens the find bar.
    Find: "find", "find", "Find in this file", Footer(4),
        [SpecsEditor: ["ctrl-f"], SpecsTree: ["/"]];
    /// Exports the shown spec.
    ExportSpec: "export-spec", "export", "Export this spec as JSON or YAML", Footer(5),
        [SpecsTree: ["x"], SpecsOutline: ["x"]];
    /// Shows the next open file.
    NextTab: "next-tab", "next file", "Show the next open file", Footer(7),
        [Specs: ["alt-.", "ctrl-pagedown"], SpecsTree: ["]"], SpecsProblems: ["]"], SpecsOutline: ["]"]];
    /// Shows the previous open file.
    PreviousTab: "previous-tab", "previous file", "Show the previous open file", Listed,
        [Specs: ["alt-,", "ctrl-pageup"], SpecsTree: ["["], SpecsProblems: ["["], SpecsOutline: ["["]];
    /// Closes the shown file.
    CloseTab: "close-tab", "close", "Close the file", Listed, [Specs: ["alt-w"]];
    /// Writes the file.
    Save: "save", "save", "Save the file", Footer(3), [Specs: ["ctrl-s"]];
    /// Opens the file in the editor of `$VISUAL` or `$EDITOR`.
    OpenInEditor: "open-in-editor", "$EDITOR", "Open the file, or the shown text, in $EDITOR", Footer(6),
        [Specs: ["ctrl-e"], Inspect: ["E"]];
    /// Copies the file to a new one.
    Duplicate: "duplicate", "duplicate", "Duplicate this file", Listed, [SpecsTree: ["d"]];
    /// Moves the file to the trash.
    DeleteFile: "delete-file", "delete", "Delete this file; it can be brought back", Listed, [SpecsTree: ["del", "X"]];
    /// Restores the file that was deleted last.
    RestoreFile: "restore-file", "bring back", "Bring back the file that was deleted last", Footer(1), [SpecsTree: ["u"]];
    /// Renames the file.
    Rename: "rename", "rename", "Rename this file", Listed, [SpecsTree: ["r"]];
    /// Makes a new spec from a template.
    NewSpec: "new-spec", "new", "New spec from a template", Footer(11), [SpecsTree: ["N"]];
    /// Compares the meaning of two specs.
    CompareSpecs: "compare-specs", "compare", "Compare two specs in meaning", Listed,
        [SpecsTree: ["D"]];
    /// Switches between the graph and the outline, the panes' text or the spans.
    ToggleGraph: "toggle-graph", "graph", "Show or hide the graph", Footer(8),
        [SpecsTree: ["G"], SpecsOutline: ["G"], SpecsProblems: ["G"], SpecsEditor: ["alt-g"],
         Runs: ["G"], Inspect: ["G"]];
    /// Undoes the last change.
    Undo: "undo", "undo", "Undo", Footer(7), [SpecsEditor: ["ctrl-u", "alt-u"], Specs: ["alt-u"], Answer: ["alt-u"], Fork: ["alt-u"], Form: ["alt-u"], CallAgainContext: ["alt-u"]];
    /// Redoes the change that was undone last.
    Redo: "redo", "redo", "Redo", Listed, [SpecsEditor: ["ctrl-r", "ctrl-y"]];
    /// Selects all text.
    SelectAll: "select-all", "select all", "Select all text", Listed, [SpecsEditor: ["ctrl-a"]];
    /// Copies a command line with the same effect.
    CopyCommand: "copy-command", "command line", "Copy the flowdeck run line that does the same", Footer(9),
        [LaunchContext: ["ctrl-y"], Runs: ["Y"], Inspect: ["Y"], History: ["Y"], Inbox: ["Y"]];
    /// Copies the selected text to the clipboard.
    CopyText: "copy-text", "copy", "Copy the selected text", Listed, [SpecsEditor: ["alt-c"]];
    /// Moves the selected text to the clipboard.
    CutText: "cut-text", "cut", "Cut the selected text", Listed, [SpecsEditor: ["ctrl-x"]];
    /// Inserts the text that was last copied or cut in the workbench.
    PasteText: "paste-text", "paste", "Paste what was copied here", Listed,
        [SpecsEditor: ["ctrl-v"]];
    /// Moves to the next match.
    FindNext: "find-next", "next", "To the next match", Footer(8),
        [SpecsFind: ["enter", "down", "ctrl-n"], SpecsEditor: ["F3"], Inspect: ["n", "F3"],
         RunsZoomed: ["n", "F3"], SideBySide: ["n", "F3"], Compare: ["n", "F3"]];
    /// Moves to the previous match.
    FindPrevious: "find-previous", "previous", "To the previous match", Listed,
        [SpecsFind: ["up"], SpecsEditor: ["shift-F3"], Inspect: ["N", "shift-F3"],
         RunsZoomed: ["N", "shift-F3"], SideBySide: ["N", "shift-F3"], Compare: ["N", "shift-F3"]];
    /// Replaces the current match.
    ReplaceOne: "replace-one", "replace", "Replace this match", Footer(3), [SpecsFind: ["ctrl-r"]];
    /// Replaces all matches.
    ReplaceAll: "replace-all", "replace all", "Replace all matches", Footer(4),
        [SpecsFind: ["ctrl-a"]];
    /// Switches between the search text and its replacement.
    SwitchField: "switch-field", "field", "Between find and replace", Footer(5),
        [SpecsFind: ["tab", "shift-tab"]];
    // --- inspect
    /// Copies the shown text of the selected span.
    CopyDetail: "copy-detail", "copy", "Copy the shown text of this span", Footer(2),
        [Inspect: ["y"]];
    /// Opens the find bar of the Inspect screen or of a zoomed run on the Runs screen.
    FindInDetail: "find-in-detail", "find", "Find in the shown text", Footer(3),
        [Inspect: ["/"], RunsZoomed: ["/"], HelpContext: ["/"]];
    /// Switches between wrapping and cutting long lines.
    ToggleWrap: "toggle-wrap", "wrap", "Wrap long lines, or cut them", Footer(4), [Inspect: ["w"]];
    /// Folds or unfolds the spans inside the selected span.
    ToggleFold: "toggle-fold", "fold", "Fold or unfold the spans in this span", Footer(5), [Inspect: ["space"]];
    /// Scales the time bars to the visible spans or to the whole run.
    ZoomTime: "zoom-time", "zoom time", "Scale the bars to the spans in view, or to the run", Footer(9),
        [Inspect: ["z"]];
    /// Switches between the spans and the view of a team's messages (which agent speaks to which).
    ToggleTeam: "toggle-team", "team", "Show who speaks to whom, or the spans", Footer(2), [Inspect: ["t"]];
    /// Opens the fork dialog for the selected span or event, or else for the run.
    ForkRun: "fork-run", "fork", "Fork this run with one thing changed", Footer(7),
        [Inspect: ["f"], History: ["f"], Runs: ["f"], Inbox: ["f"]];
    /// Compares this run with another one.
    CompareWith: "compare-with", "diff", "Compare this run with another one", Footer(7), [Inspect: ["d"]];
    /// Repeats a tool call of the run in a new run, with arguments that can be edited first.
    CallAgain: "call-again", "call again", "Call this tool again with other arguments, in a new run", Footer(6),
        [Inspect: ["R"]];
    /// Copies the path of the value under the cursor.
    CopyPath: "copy-path", "copy path", "Copy the path of the value under the cursor", Listed, [Inspect: ["P"]];
    /// Replays a run or a batch.
    Replay: "replay", "replay", "Replay this run, or on its head the batch; nothing is called", Footer(6),
        [Inspect: ["p"], History: ["p"]];
    /// Shows a fork beside the run that it was forked from, at the first difference.
    CompareWithParent: "compare-with-parent", "compare", "Show this fork beside its origin", Footer(8),
        [Inspect: ["c"]];
    /// Shows the run of a span on the Runs screen.
    GoToRun: "go-to-run", "run", "Show this run on the Runs screen", Listed, [Inspect: ["o"], Inbox: ["o"], Compare: ["o"]];
    /// Moves to the next run.
    NextRun: "next-run", "next run", "To the next run", Listed, [Inspect: ["]"], Runs: ["]"]];
    /// Moves to the previous run.
    PreviousRun: "previous-run", "previous run", "To the previous run", Listed, [Inspect: ["["], Runs: ["["]];
    // --- runs
    /// Opens the answer box for the run under the cursor.
    AnswerRun: "answer-run", "answer", "Answer this run", Footer(2), [Runs: ["i"], Inbox: ["i"]];
    /// Opens the answer box whose answer goes to all runs with the same question.
    AnswerAlike: "answer-alike", "answer all alike", "Answer all runs that ask the same", Footer(3), [Inbox: ["a"]];
    /// Cancels the run under the cursor, or the marked runs.
    CancelRun: "cancel-run", "cancel", "Cancel this run, or the marked ones", Footer(3),
        [Runs: ["x"], Inbox: ["x"]];
    /// Cancels every run of the batch that the filter shows.
    CancelBatch: "cancel-batch", "cancel batch", "Cancel this batch, or what the filter shows of it", Listed,
        [Runs: ["X"]];
    /// Runs the run under the cursor or the marked runs again; if none of these has ended, the
    /// failed runs.
    RetryRuns: "retry-runs", "retry", "Run again: this run, the marked or the failed ones", Footer(4), [Runs: ["r"]];
    /// Runs the failed and cancelled runs of the batch again, as far as the filter shows them.
    RetryFailed: "retry-failed", "retry failed", "Run this batch's failed or cancelled runs again", Listed,
        [Runs: ["R"]];
    /// Removes ended runs from the workbench.
    ForgetRuns: "forget-runs", "forget", "Remove runs that are over: this run, the marked ones, this batch", Listed,
        [Runs: ["d", "del"]];
    /// Pauses runs at their next step, or continues them.
    PauseRuns: "pause-runs", "pause", "Pause or continue this run or the marked ones", Footer(11), [Runs: ["p"], Inbox: ["p"]];
    /// Pauses the whole batch with its queue, or continues it.
    PauseBatch: "pause-batch", "pause batch", "Pause or continue this whole batch", Footer(5),
        [Runs: ["P"]];
    /// Marks the run under the cursor, or removes its mark.
    MarkRun: "mark-run", "mark", "Mark this run, or remove its mark", Footer(7),
        [Runs: ["space"], History: ["space"]];
    /// Switches the panes between the most active runs, the run under the cursor, and the marked
    /// runs.
    TilePanes: "tile-panes", "tile", "Follow the active runs, this one, or the marked ones",
        Footer(8), [Runs: ["t"]];
    /// Opens the filter of the run table.
    FilterRuns: "filter-runs", "filter", "Filter the runs: state:failed tool:name text", Footer(6),
        [Runs: ["/"]];
    /// Clears the filter, so that all runs are shown.
    ClearFilter: "clear-filter", "all", "Show all runs again", Listed, [RunsFilter: ["ctrl-u"], HistoryFilter: ["ctrl-u"]];
    /// Sorts the run table by the next column.
    SortRuns: "sort-runs", "sort", "Sort the runs by the next column", Footer(10), [Runs: ["s"]];
    /// Reverses the order of the run table.
    ReverseSort: "reverse-sort", "reverse", "Reverse the order of the runs", Listed, [Runs: ["S"]];
    /// Groups the runs of the table by outcome, or lists them one by one.
    ToggleOutcomes: "group-by-outcome", "outcomes", "Group the runs by outcome, or list them again", Footer(7),
        [Runs: ["o"]];
    /// Compares the marked runs. For a batch with varied specs, compares the variants; for a fork,
    /// the fork and its parent.
    CompareRuns: "compare-runs", "compare", "Compare the marked runs, the variants of this batch, or a fork with its origin",
        Footer(8), [Runs: ["c"], CompareMatrix: ["c"], History: ["c"]];
    /// Compares the meaning of two runs' specs.
    CompareRunSpecs: "compare-run-specs", "specs", "Compare the specs of the first and this one in meaning", Footer(4),
        [Compare: ["D"]];
    /// Switches between runs aligned by turn and a separate pane for each run.
    ToggleByTurn: "by-turn", "by turn", "Show runs turn by turn, or each by itself", Footer(7), [Runs: ["v"]];
    /// Moves to the next run that differs from what most runs do.
    NextLeaving: "next-leaving", "next that leaves", "To the next run that differs from most", Footer(5),
        [RunsByTurn: ["n"]];
    /// Moves to the previous run that differs from what most runs do.
    PreviousLeaving: "previous-leaving", "previous that leaves", "To the previous run that differs from most", Listed,
        [RunsByTurn: ["N"]];
    /// Shows only the runs that differ from what most runs do, or all runs.
    OnlyLeaving: "only-leaving", "only those", "Show only runs that differ from most, or all", Footer(6),
        [RunsByTurn: ["V"]];
    /// Exports the run under the cursor.
    ExportRun: "export-run", "export", "Export this run", Footer(9), [Runs: ["e"], Inspect: ["e"], History: ["e"]];
    /// Exports the batch of the run under the cursor.
    ExportBatch: "export-batch", "export batch", "Export this batch, or what the filter shows of it: CSV, JSON lines, Markdown",
        Listed, [Runs: ["E"], History: ["E"]];
    /// Raises the number of concurrent runs of the batch by one.
    MoreAtOnce: "more-at-once", "more at once", "One more run at once", Listed,
        [Runs: ["+", "="]];
    /// Lowers the number of concurrent runs of the batch by one.
    FewerAtOnce: "fewer-at-once", "fewer at once", "One run fewer at once", Listed, [Runs: ["-"]];
    /// Pauses runs immediately: their model calls are aborted.
    PauseAtOnce: "pause-at-once", "pause at once", "Pause at once: model calls are cut, and later made again", Listed,
        [Runs: ["H"]];
    /// Pauses all runs of all batches, or continues them.
    PauseAll: "pause-all", "pause all", "Pause or continue all runs of all batches", Listed, [Runs: ["alt-p"]];
    /// Changes the maximum number of concurrent runs of the batch.
    ChangeAtOnce: "change-at-once", "at once", "Change how many runs of this batch run at once", Listed,
        [Runs: ["A"]];
    /// Changes the maximum number of model requests per second of the batch.
    ChangeRate: "change-rate", "rate", "Change the rate of this batch's model requests", Listed,
        [Runs: ["M"]];
    /// Changes the token budget of the batch.
    ChangeBudget: "change-budget", "budget", "Change the token budget of this batch", Listed,
        [Runs: ["B"]];
    /// Continues the runs that are held back by a canary or by a spent budget.
    ReleaseBatch: "release-batch", "continue", "Continue the runs that the canary or the budget holds back",
        Footer(0), [RunsHeld: ["g"]];
    /// Approves a tool call.
    ConfirmCall: "confirm-call", "yes", "Yes: run the tool", Footer(1),
        [AnswerConfirm: ["y"]];
    /// Approves the registration of the program with a server.
    Register: "register", "register", "Yes: register flowdeck there", Footer(1),
        [AnswerRegistration: ["y"]];
    /// Refuses a tool call or a sign-in.
    RefuseCall: "refuse-call", "refuse", "No: refuse, with a reason", Footer(2),
        [AnswerConfirm: ["n"], AnswerRegistration: ["n"], AnswerSignIn: ["n"]];
    /// Changes the arguments of a tool call before it runs.
    EditArguments: "edit-arguments", "edit", "Edit the arguments first", Footer(3),
        [AnswerConfirm: ["e"]];
    /// Copies the sign-in address.
    CopyAddress: "copy-address", "copy", "Copy the address", Footer(3),
        [AnswerRegistration: ["c"], AnswerSignIn: ["c"]];
    /// Inserts a line break in a text in which enter sends.
    NewLine: "new-line", "new line", "Begin a new line", Footer(4),
        [Answer: ["alt-enter", "ctrl-j"], LaunchContext: ["alt-enter", "ctrl-j"], Fork: ["alt-enter", "ctrl-j"], Form: ["alt-enter", "ctrl-j"],
         CallAgainContext: ["alt-enter", "ctrl-j"]];
    // --- history
    /// Resumes the run under the cursor, or all runs of the batch if the cursor is on its head.
    ResumePast: "resume-past", "resume", "Resume this run, or on its head the interrupted runs of the batch", Footer(2),
        [History: ["R"]];
    /// Opens the filter of past runs.
    FilterHistory: "filter-history", "filter",
        "Filter past runs: state:failed tool:name spec:name since:2026-01-31 words", Footer(3), [History: ["/"]];
    /// Switches between the runs of this folder and those of all folders.
    ToggleFolders: "toggle-folders", "folders", "List the runs of all folders, or of this one", Footer(4), [History: ["a"]];
    /// Shows the changes in a spec since a run used it.
    CompareWithNow: "compare-with-now", "changes", "Say what changed in the spec since this run", Footer(5),
        [History: ["D"]];
    /// Exports the spec that a run used.
    ExportPastSpec: "export-past-spec", "spec", "Export the spec that this run ran", Footer(6), [History: ["x"]];
    /// Deletes a run, or the whole batch if the cursor is on its head.
    DeletePast: "delete-past", "delete", "Delete this run, or on its head the batch", Listed, [History: ["d", "del"]];
    // --- replay
    /// Pauses or continues a replay; at its end, restarts it.
    PauseReplay: "pause-replay", "pause", "Pause or continue the replay", Footer(0), [ReplayContext: ["p"]];
    /// Increases the speed of a replay.
    PlayFaster: "play-faster", "faster", "Play faster: 1x, 4x, as fast as can be shown", Footer(2),
        [ReplayContext: ["+", "="]];
    /// Decreases the speed of a replay.
    PlaySlower: "play-slower", "slower", "Play slower", Listed, [ReplayContext: ["-"]];
    /// Moves a replay back by a step of time.
    PlayBack: "play-back", "back", "Back in time", InHelp, [ReplayContext: ["left"]];
    /// Moves a replay forward by a step of time.
    PlayOn: "play-on", "on", "Forward in time", InHelp, [ReplayContext: ["right"]];
    /// Moves a replay to its beginning.
    PlayFromStart: "play-from-start", "start", "To the beginning of the replay", InHelp, [ReplayContext: ["home"]];
    /// Moves a replay to its end.
    PlayToEnd: "play-to-end", "end", "To the end of the replay", InHelp, [ReplayContext: ["end"]];
    /// Skips a long time in which nothing happens.
    SkipWait: "skip-wait", "skip", "Skip the time in which nothing happens", Footer(1), [ReplayContext: ["w"]];
    // --- overlays
    /// Copies the export to the clipboard.
    ExportToClipboard: "export-to-clipboard", "copy", "Copy instead of writing a file", Footer(2),
        [Export: ["ctrl-y"]];
    /// Switches to the next format.
    NextFormat: "next-format", "format", "Export in the next format", Footer(3),
        [Export: ["tab"]];
    /// Copies the differences.
    CopyDifferences: "copy-differences", "copy", "Copy the differences", Footer(1),
        [Comparison: ["y"], SideBySide: ["y"], Compare: ["y"]];
    /// Records the person's consent to the spec's permissions.
    TrustSpec: "trust-spec", "continue", "Continue: this spec may do that", Footer(1), [Trust: ["y"]];
    /// Closes the overlay.
    Close: "close", "close", "Close", Footer(20),
        [HelpContext: ["q", "?"], Inbox: ["q", "!"], Notices: ["q", "L"], Comparison: ["q"], SideBySide: ["q"], Templates: ["q"], Trust: ["n", "q"]];
}
