//! Scripts and style sheets as they are served: without the comments and the blanks that only their readers need.
//!
//! Lines stay lines, and within a line of script nothing is touched, so that this needs no parser: a comment goes where it has its lines to itself.
//! What could be hurt, a template literal over several lines or a style's string with punctuation in it, is not used by the page; tests see to that.

/// A script without blank lines, indentation and comments that fill whole lines.
pub fn script(text: &str) -> String {
    bare_lines(text).filter(|line| !line.starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

/// A style sheet likewise, and without blanks around its punctuation.
pub fn style(text: &str) -> String {
    let mut out: String = bare_lines(text).flat_map(|line| [line, "\n"]).collect();
    for (blank, tight) in TIGHT {
        out = out.replace(blank, tight);
    }
    out
}

/// In this order: the last one needs those before it.
const TIGHT: [(&str, &str); 7] = [("; ", ";"), (": ", ":"), (", ", ","), (" {", "{"), ("{ ", "{"), (" }", "}"), (";}", "}")];

/// Trimmed lines, without empty ones and those of a block comment that has them to itself.
fn bare_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut in_comment = false;
    text.lines().map(str::trim).filter(move |line| {
        let comment = in_comment || line.starts_with("/*") && (line.ends_with("*/") || !line.contains("*/"));
        in_comment = comment && !line.ends_with("*/");
        !comment && !line.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let text = "// about\nconst a = 1; // why\n\n  /** One. */\n  /**\n   * Two\n   */\n  const url = 'http://x';\n";
        assert_eq!(script(text), "const a = 1; // why\nconst url = 'http://x';\n");
    }

    #[test]
    fn a_style_keeps_the_blanks_that_mean_something() {
        let text = "/* about */\n.a > .b :hover { width: calc(1px + 2px); color: rgb(0 0 0 / .5); }\n@media (a: b) {\n  .c, .d { top: 0 }\n}\n/* two\n   lines */\n";
        assert_eq!(style(text), ".a > .b :hover{width:calc(1px + 2px);color:rgb(0 0 0 / .5)}\n@media (a:b){\n.c,.d{top:0}\n}\n");
        assert_eq!(style("/* a */ .b { top: 0; }\n"), "/* a */ .b{top:0}\n", "code after a comment");
    }

    #[test]
    fn no_script_of_the_page_has_a_literal_over_several_lines() {
        for (name, text) in files("js") {
            for (i, line) in script(&text).lines().enumerate() {
                assert!(line.matches('`').count() % 2 == 0, "{name}: line {} of what is served: {line}", i + 1);
            }
        }
    }

    #[test]
    fn no_style_of_the_page_has_a_string_with_punctuation() {
        for (name, text) in files("css") {
            for string in text.split('"').skip(1).step_by(2) {
                assert!(TIGHT.iter().all(|(blank, _)| !string.contains(blank)), "{name}: {string}");
            }
        }
    }

    fn files(extension: &str) -> Vec<(String, String)> {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/static"))];
        let mut found = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    // Others' files are served as they are.
                    folders.extend(Some(path).filter(|path| !path.ends_with("vendor")));
                } else if path.extension().is_some_and(|e| e == extension) {
                    found.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
                }
            }
        }
        assert!(found.len() > 4, "the page's files are not where they were");
        found
    }
}
