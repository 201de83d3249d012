use insta::assert_snapshot;

use crate::runs::RunsCommand;
use crate::tui::effect::Effect;
use crate::tui::testing::Harness;

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

const AGENT: &str = "component_type: Agent
agentspec_version: 26.3.1
id: desk
name: desk
system_prompt: You help.
llm_config:
  component_type: OpenAiCompatibleConfig
  id: main
  name: main
  url: https://models.example/v1
  model_id: big
  api_key: {$component_ref: main.api_key}
tools:
  - {component_type: ServerTool, id: pay, name: pay, requires_confirmation: true}
  - component_type: RemoteTool
    id: look
    name: look_up
    url: https://{{host}}/orders
    http_method: GET
  - {component_type: ServerTool, id: book, name: book}
";

const PROFILE: &str = "[tools.pay]
command = [\"python3\", \"tools/pay.py\"]
[tools.book]
python = \"a-folder-with-a-long-name/and-another-one/tools-of-the-desk.py:book_a_table\"
";

fn launches(bench: &Harness) -> usize {
    let is_launch = |command: &&Effect| matches!(command, Effect::Runs(RunsCommand::Launch { .. }));
    bench.commands.iter().filter(is_launch).count()
}

fn bench(size: (u16, u16)) -> Harness {
    let mut bench = Harness::new(size, &[("desk.yaml", AGENT), ("flowdeck.toml", PROFILE)]);
    bench.press("enter enter");
    bench
}

#[test]
fn the_page_says_everything_and_scrolls() {
    assert_snapshot!("page_120", bench(WIDE).picture());
    let mut narrow = bench(NARROW);
    assert_snapshot!("page_80", narrow.picture());
    narrow.press("down");
    assert_snapshot!("page_80_end", narrow.picture());
}

#[test]
fn nothing_starts_before_a_yes_and_enter_is_none() {
    for keys in ["enter", "esc", "n", "q"] {
        let mut bench = bench(NARROW);
        bench.press(keys);
        assert_eq!(launches(&bench), 0, "{keys}");
        let is_back_in_the_dialog = !bench.picture().contains("before its first run");
        assert_eq!(is_back_in_the_dialog, keys != "enter", "{keys}");
    }
}

#[test]
fn a_yes_is_kept_until_the_spec_or_its_bindings_change() {
    let mut bench = bench(NARROW);
    bench.press("y");
    assert_eq!(launches(&bench), 1);
    let picture = bench.picture();
    let footer = picture.lines().last().unwrap();
    for shown in ["agreed to desk.yaml until it changes", "palette", "help"] {
        assert!(footer.contains(shown), "{shown}: {footer}");
    }
    bench.press("alt-1 enter enter");
    assert_eq!(launches(&bench), 2, "{}", bench.picture());
    let other = PROFILE.replace("pay.py", "other.py");
    std::fs::write(bench.path("flowdeck.toml"), other).unwrap();
    bench
        .press("alt-1 e end")
        .type_text(" # x")
        .press("ctrl-s esc enter enter");
    assert_eq!(launches(&bench), 2);
    assert!(
        bench.picture().contains("before its first run"),
        "{}",
        bench.picture()
    );
}

#[test]
fn what_reaches_nothing_starts_at_once() {
    let mut samples = Harness::samples(NARROW);
    samples.press("enter enter");
    assert_eq!(launches(&samples), 1, "{}", samples.picture());
    let plain = "default_profile = \"offline\"\n[tools.pay]\nvalue = 1\n";
    let agent = AGENT
        .split("  - component_type: RemoteTool")
        .next()
        .unwrap();
    let files = [("desk.yaml", agent), ("flowdeck.toml", plain)];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter enter");
    assert_eq!(launches(&bench), 1, "{}", bench.picture());
}
