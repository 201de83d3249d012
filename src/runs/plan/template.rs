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

    #[test]
    fn a_template_of_a_type_without_execution_is_known_before_it_is_written() {
        let of = |name: &str| cannot_run(Template::find(name).expect("a template"));
        assert_eq!(of("agent"), None);
        assert_eq!(of("flow"), None);
        let words = of("oci-agent").expect("it can't be run");
        assert!(words.contains("`OciAgent` can't be run yet"), "{words}");
    }
}
