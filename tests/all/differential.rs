//! We and the reference SDK, pyagentspec 26.3.1, make the same of the same documents: both accept or both refuse them,
//! and what we export means in the SDK what the SDK makes of the document.
//!
//! The documents are generated from the language table with a fixed seed, besides our samples and the conformance
//! documents. Where the two differ on purpose, [`known`] says why, and the test fails when they no longer do.

mod constraints;
mod coverage;
mod document;
mod faults;
mod files;
mod flows;
mod generator;
mod judge;
mod known;
mod plan;
mod rearrange;
mod rules;
mod scalars;
mod splitting;
mod values;

use std::collections::BTreeSet;
use std::fmt::Write;

use flowdeck::spec::Format;
use flowdeck::spec::language;
use flowdeck::spec::templates::TEMPLATES;
use serde_json::{Map, Value};

use self::coverage::Coverage;
use self::document::{Depth, Document, compare, smallest, told};
use self::faults::Fault;
use self::generator::{Generator, Vocabulary};
use self::judge::Judge;
use self::known::{Known, Subject};

/// Any number will do; change it to look at other documents.
const SEED: u64 = 26_03_01;

/// Making a document small takes long, so this is done for the first ones only.
const MADE_SMALL: usize = 5;

/// Judges documents, and fails on what the two sides disagree on unless it is known.
struct Trial {
    coverage: Coverage,
    known: Known,
    /// The rules that documents have broken.
    broken: BTreeSet<&'static str>,
    judged: usize,
    reported: usize,
    report: String,
}

impl Trial {
    fn of(subject: Subject) -> Self {
        Self {
            coverage: Coverage::default(),
            known: Known::of(subject),
            broken: BTreeSet::new(),
            judged: 0,
            reported: 0,
            report: String::new(),
        }
    }

    fn judge(&mut self, judge: &mut Judge, document: &Document, depth: Depth) {
        self.judged += 1;
        let findings = compare(judge, document, depth);
        if findings.are_both_content()
            && let Some(value) = document.value()
        {
            self.coverage.count(&value);
        }
        let unknown = |found: &[String], known: &mut Known| -> Vec<String> {
            found
                .iter()
                .filter(|line| !known.explains(&document.name, line))
                .cloned()
                .collect()
        };
        let disagreements = unknown(&findings.disagreements, &mut self.known);
        if disagreements.is_empty() {
            return;
        }
        let kind = disagreements[0].get(..24).unwrap_or_default();
        let is_telling = |less: &Document| {
            let findings = compare(judge, less, depth);
            let mut lines = findings.disagreements.iter();
            lines.any(|line| line.starts_with(kind))
        };
        self.reported += 1;
        let small = if self.reported <= MADE_SMALL {
            smallest(document, is_telling)
        } else {
            document.clone()
        };
        writeln!(
            self.report,
            "\n== {} (seed {SEED})\n{}{}\n-- smallest document\n{}\n-- our problems\n{}",
            document.name,
            disagreements.join("\n"),
            if document.supplied.is_empty() {
                ""
            } else {
                "\n(with values supplied)"
            },
            small.text,
            told(&small.load().diagnostics),
        )
        .unwrap();
    }

    fn judge_fault(&mut self, judge: &mut Judge, fault: &Fault) {
        self.judged += 1;
        self.broken.insert(fault.code);
        let document = &fault.document;
        let findings = compare(judge, document, Depth::Verdict);
        let mut objections = rules::objections(fault, &findings);
        objections.retain(|line| !self.known.explains(&document.name, line));
        if objections.is_empty() {
            return;
        }
        writeln!(
            self.report,
            "\n== {} (seed {SEED})\n{}\n{}\n-- our problems\n{}-- the SDK's\n    {}",
            document.name,
            objections.join("\n"),
            document.text,
            told(&findings.ours.diagnostics),
            findings.theirs.refused.as_deref().unwrap_or("none"),
        )
        .unwrap();
    }

    fn finish(self) {
        let report = &self.report;
        assert!(report.is_empty(), "of {} documents:{report}", self.judged);
        let gone = self.known.gone();
        assert!(gone.is_empty(), "no longer different: {gone:#?}");
    }
}

#[test]
fn generated_documents_mean_the_same_to_the_reference_sdk() {
    let odd = faults::schemas::odd();
    generated_documents_mean_the_same(Vocabulary::Specification, Subject::Valid, odd);
}

/// The types of WayFlow's plugins, which are judged by WayFlow.
#[test]
fn generated_documents_of_plugin_types_mean_the_same_to_wayflow() {
    generated_documents_mean_the_same(Vocabulary::Wayflow, Subject::Plugins, []);
}

/// Judges documents with every type of a vocabulary, and further ones.
fn generated_documents_mean_the_same(
    vocabulary: Vocabulary,
    subject: Subject,
    further: impl IntoIterator<Item = Document>,
) {
    let Some(mut judge) = Judge::start(vocabulary) else {
        return;
    };
    let mut generator = Generator::new(SEED, vocabulary);
    let mut trial = Trial::of(subject);
    for (document, depth) in plan::documents(&mut generator) {
        trial.judge(&mut judge, &document, depth);
    }
    for document in further {
        trial.judge(&mut judge, &document, Depth::Meaning);
    }
    let gaps = trial.coverage.gaps(&generator.types());
    let judged = trial.judged;
    trial.finish();
    assert!(gaps.is_empty(), "not covered: {gaps:#?}");
    assert!(judged >= 300, "only {judged} documents");
}

#[test]
fn every_rule_is_kept_as_the_reference_sdk_keeps_it() {
    let Some(mut judge) = Judge::start(Vocabulary::Specification) else {
        return;
    };
    let mut generator = Generator::new(SEED, Vocabulary::Specification);
    let mut trial = Trial::of(Subject::Rules);
    for fault in faults::of_rules(&mut generator) {
        trial.judge_fault(&mut judge, &fault);
    }
    let is_shown = |code| trial.broken.contains(code);
    let gaps: Vec<_> = rules::RULES
        .iter()
        .filter(|(code, ..)| !is_shown(code))
        .collect();
    trial.finish();
    assert!(gaps.is_empty(), "no document breaks {gaps:?}");
}

#[test]
fn every_field_is_refused_and_accepted_as_the_reference_sdk_does_it() {
    every_field_is_judged(Vocabulary::Specification, Subject::Fields);
}

#[test]
fn every_field_of_plugin_types_is_refused_and_accepted_as_by_wayflow() {
    every_field_is_judged(Vocabulary::Wayflow, Subject::PluginFields);
}

fn every_field_is_judged(vocabulary: Vocabulary, subject: Subject) {
    let Some(mut judge) = Judge::start(vocabulary) else {
        return;
    };
    let mut generator = Generator::new(SEED, vocabulary);
    let mut trial = Trial::of(subject);
    for fault in faults::of_fields(&mut generator) {
        trial.judge_fault(&mut judge, &fault);
    }
    for document in faults::lenient(&mut generator) {
        trial.judge(&mut judge, &document, Depth::Meaning);
    }
    trial.finish();
}

#[test]
fn texts_and_numbers_are_read_and_written_as_by_the_reference_sdk() {
    let Some(mut judge) = Judge::start(Vocabulary::Specification) else {
        return;
    };
    let mut trial = Trial::of(Subject::Scalars);
    for document in scalars::written().iter().chain(&scalars::read()) {
        trial.judge(&mut judge, document, Depth::Meaning);
    }
    trial.finish();
}

#[test]
fn samples_and_conformance_documents_mean_the_same_to_the_reference_sdk() {
    let Some(mut judge) = Judge::start(Vocabulary::Specification) else {
        return;
    };
    let mut trial = Trial::of(Subject::Samples);
    for folder in ["tests/data/conformance", "tests/data/validate"] {
        for document in files::documents(folder) {
            trial.judge(&mut judge, &document, Depth::Meaning);
        }
    }
    samples_are_judged(&mut judge, &mut trial, false);
    templates_are_judged(&mut judge, &mut trial, false);
    assert!(trial.judged >= 80, "only {} documents", trial.judged);
    trial.finish();
}

#[test]
fn samples_and_templates_of_plugin_types_mean_the_same_to_wayflow() {
    let Some(mut judge) = Judge::start(Vocabulary::Wayflow) else {
        return;
    };
    let mut trial = Trial::of(Subject::Templates);
    samples_are_judged(&mut judge, &mut trial, true);
    templates_are_judged(&mut judge, &mut trial, true);
    trial.finish();
}

/// Whether a document in YAML has types of plugins.
fn has_plugin_types(text: &str) -> bool {
    let mut types = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("component_type: "));
    types.any(|name| language::find(name).is_some_and(|ty| ty.plugin().is_some()))
}

/// Judges the samples.
fn samples_are_judged(judge: &mut Judge, trial: &mut Trial, of_plugins: bool) {
    for sample in files::documents("sample_specs") {
        if has_plugin_types(&sample.text) == of_plugins {
            trial.judge(judge, &sample, Depth::Meaning);
        }
    }
}

/// Judges what `flowdeck new` writes: it says the same in each format.
fn templates_are_judged(judge: &mut Judge, trial: &mut Trial, of_plugins: bool) {
    let templates = TEMPLATES.iter();
    for template in templates.filter(|it| has_plugin_types(&it.text(Format::Yaml)) == of_plugins) {
        for format in [Format::Json, Format::Yaml] {
            let document = Document {
                name: template.file_name(format),
                text: template.text(format),
                format,
                supplied: Map::new(),
            };
            trial.judge(judge, &document, Depth::Meaning);
        }
        let text = template.text(Format::Json);
        let difference = judge.difference(&template.text(Format::Yaml), text);
        assert_eq!(difference, None, "{}", template.file_name(Format::Json));
    }
}

/// The versions that a document is tried in.
fn versioned(document: &Value, version: &str) -> Value {
    let mut document = document.clone();
    document["agentspec_version"] = version.into();
    document
}
