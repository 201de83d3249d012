use super::*;

#[test]
fn a_spec_is_told_by_its_outermost_keys() {
    let yaml = |text| family_of(text, Format::Yaml);
    let json = |text| family_of(text, Format::Json);
    assert_eq!(yaml("# c\ncomponent_type: Agent\n"), Some(Family::Agent));
    assert_eq!(
        yaml("name: x\n\"component_type\": 'Flow' # c\n"),
        Some(Family::Flow)
    );
    assert_eq!(yaml("a:\n  component_type: Agent\n"), None);
    assert_eq!(
        yaml("$referenced_components:\n  x: 1\n"),
        Some(Family::Component)
    );
    assert_eq!(yaml("version: 1\n"), None);
    assert_eq!(json(r#"{"a": {"component_type": "Flow"}}"#), None);
    assert_eq!(
        json(r#"{"a": [1, {"b": "\"}"}], "component_type": "Flow"}"#),
        Some(Family::Flow)
    );
    assert_eq!(
        json(r#"{"$referenced_components": {}, "component_type": "Swarm"}"#),
        Some(Family::Team)
    );
    assert_eq!(
        json(r#"{"component_type": "Agent", "broken"#),
        Some(Family::Agent)
    );
    assert_eq!(json(""), None);
}

#[test]
fn folders_come_before_files_and_some_are_never_entered() {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("z.yaml", "component_type: Agent"),
        ("notes.yaml", "component: none"),
        ("a.txt", "component_type: Agent"),
        ("flows/b.json", r#"{"component_type": "Flow"}"#),
        ("slip.yaml", "componet_typ: Agent"),
        ("version.json", r#"{"agentspec_version": "26.1.0"}"#),
        ("target/c.yaml", "component_type: Agent"),
        (".git/d.yaml", "component_type: Agent"),
        (".gitignore", "/drafts/\n*.old.yaml\n"),
        ("drafts/e.yaml", "component_type: Agent"),
        ("flows/f.old.yaml", "component_type: Agent"),
        ("flows/.ignore", "g.json\n!h.old.yaml\n"),
        ("flows/g.json", r#"{"component_type": "Flow"}"#),
        ("flows/h.old.yaml", "component_type: Agent"),
        (".hidden.yaml", "component_type: Agent"),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let names = |paths: Vec<&PathBuf>| -> Vec<String> {
        let below = |path: &&PathBuf| {
            path.strip_prefix(root.path())
                .unwrap()
                .display()
                .to_string()
        };
        paths.iter().map(below).collect()
    };
    let specs = |found: &Discovered| names(found.files.iter().map(|file| &file.path).collect());
    let found = discover(root.path());
    assert_eq!(
        specs(&found),
        [
            "flows/b.json",
            "flows/h.old.yaml",
            ".hidden.yaml",
            "slip.yaml",
            "version.json",
            "z.yaml"
        ]
    );
    assert_eq!(names(found.others.iter().collect()), ["notes.yaml"]);
    assert!(!found.is_cut);

    let no_folder = root.path().join("z.yaml");
    assert_eq!(discover(&no_folder).unread[0].0, no_folder);

    let known = HashSet::from(
        ["notes.yaml", "gone.yaml", "drafts/e.yaml"].map(|name| root.path().join(name)),
    );
    let again = discover_again(root.path(), &known, &HashSet::new());
    assert_eq!(
        specs(&again),
        [
            "flows/b.json",
            "flows/h.old.yaml",
            ".hidden.yaml",
            "notes.yaml",
            "slip.yaml",
            "version.json",
            "z.yaml"
        ]
    );

    let open = HashSet::from([
        root.path().join("drafts/e.yaml"),
        root.path().join("gone.yaml"),
    ]);
    let again = discover_again(root.path(), &HashSet::new(), &open);
    assert_eq!(specs(&again)[..2], ["drafts/e.yaml", "flows/b.json"]);
    assert_eq!(again.files.len(), found.files.len() + 1);
}

#[test]
fn ignore_files_above_a_folder_count_within_one_repository() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("project/agents");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.yaml"), "component_type: Agent").unwrap();
    fs::write(folder.join("b.yaml"), "component_type: Agent").unwrap();
    fs::write(home.path().join(".gitignore"), "*").unwrap();
    fs::write(home.path().join("project/.gitignore"), "a.yaml").unwrap();
    let count = || discover(&folder).files.len();
    assert_eq!(count(), 2);
    fs::create_dir(home.path().join("project/.git")).unwrap();
    assert_eq!(count(), 1);
    assert_eq!(has_spec(&folder), Some(true));
    fs::remove_file(folder.join("b.yaml")).unwrap();
    assert_eq!(has_spec(&folder), Some(false));
    assert!(has_ignored_spec(&folder));
}

#[test]
fn a_folder_that_its_repository_leaves_out_is_shown_when_somebody_opens_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("project/agents");
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir(home.path().join(".git")).unwrap();
    fs::write(folder.join("a.yaml"), "component_type: Agent").unwrap();
    fs::write(folder.join("b.yaml"), "component_type: Agent").unwrap();
    fs::write(folder.join(".gitignore"), "b.yaml").unwrap();
    fs::write(home.path().join(".gitignore"), "*").unwrap();
    assert_eq!(discover(&folder).files.len(), 1);
    // What is left out inside of a folder that is not left out stays so.
    fs::write(home.path().join(".gitignore"), "a.yaml").unwrap();
    assert_eq!(discover(&folder).files.len(), 0);
}
