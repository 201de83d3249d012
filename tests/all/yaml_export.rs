//! Exported YAML, read by a parser that is not ours: it must say what the exported JSON says.

use std::fs;
use std::path::Path;

use flowdeck::spec::{ExportOptions, Format, LoadOptions, export, load};
use serde_json::Value;

#[test]
fn every_sample_says_the_same_in_yaml_and_in_json() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_specs");
    let mut compared = 0;
    for folder in ["agents", "flows", "teams"] {
        for entry in fs::read_dir(samples.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let loaded = load(&fs::read_to_string(&path).unwrap(), &LoadOptions::default());
            let Some(component) = loaded.component else {
                continue;
            };
            let text = |format| export(&component, &ExportOptions::new(format)).map(|it| it.text);
            let (Ok(yaml), Ok(json)) = (text(Format::Yaml), text(Format::Json)) else {
                continue;
            };
            let yaml: Value = serde_yaml::from_str(&yaml).unwrap();
            let json: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(yaml, json, "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 13, "only {compared} samples were compared");
}
