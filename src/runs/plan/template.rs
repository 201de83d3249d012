//! Which starter specs can be run.

use crate::runtime::check_runnable;
use crate::spec::templates::Template;
use crate::spec::{Format, LoadOptions, load};

/// Why a starter spec can't be run; none if it can. It can be edited, checked and exported all the same.
pub(crate) fn cannot_run(template: &Template) -> Option<String> {
    let options = LoadOptions {
        format: Some(Format::Yaml),
        ..LoadOptions::default()
    };
    let component = load(&template.text(Format::Yaml), &options).component?;
    check_runnable(&component)
        .err()
        .map(|failure| failure.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::templates::TEMPLATES;

    #[test]
    fn every_template_can_be_run() {
        for template in TEMPLATES {
            assert_eq!(cannot_run(template), None, "{}", template.name);
        }
    }
}
