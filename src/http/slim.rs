//! Scripts and style sheets as they are served: without the comments and the indentation that only their readers need.
//!
//! Lines stay lines and nothing within a line is touched, so that this needs no parser: a comment goes where it has its lines to itself. The one
//! thing that could be hurt, a template literal over several lines, is not used by the page; a test sees to that.

/// The text without blank lines, leading blanks and comments that fill whole lines. `//` starts a comment in scripts only.
pub fn slim(text: &str, script: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        let comment = in_comment || line.starts_with("/*") && (line.ends_with("*/") || !line.contains("*/"));
        in_comment = comment && !line.ends_with("*/");
        if comment || line.is_empty() || script && line.starts_with("//") {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let script = "// about\nconst a = 1; // why\n\n  /** One. */\n  /**\n   * Two\n   */\n  const url = 'http://x';\n";
        assert_eq!(slim(script, true), "const a = 1; // why\nconst url = 'http://x';\n");
        let style = "/* about */\n.a { color: red; } /* why */\n@media print {\n  .b { color: red; }\n}\n/* two\n   lines */\n";
        assert_eq!(slim(style, false), ".a { color: red; } /* why */\n@media print {\n.b { color: red; }\n}\n");
        assert_eq!(slim("/* a */ .b { top: 0; }\n", false), "/* a */ .b { top: 0; }\n", "code after a comment");
    }

    #[test]
    fn no_script_of_the_page_has_a_literal_over_several_lines() {
        for (name, text) in scripts() {
            for (i, line) in slim(&text, true).lines().enumerate() {
                assert!(line.matches('`').count() % 2 == 0, "{name}: line {} of what is served: {line}", i + 1);
            }
        }
    }

    fn scripts() -> Vec<(String, String)> {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/static/js"))];
        let mut found = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
                }
            }
        }
        assert!(found.len() > 20, "the page's scripts are not where they were");
        found
    }
}
