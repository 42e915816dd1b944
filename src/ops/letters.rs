//! Text that operations draw: the fonts, what may be written, and words for what cannot be.

use std::sync::Arc;

use portico_lettering::{Block, Fonts, tidy};

use super::params::{param, refused};
use super::{OpError, StepContext};
use crate::text::Text;

/// At most so many characters and lines in one text.
pub(super) const MOST_CHARACTERS: usize = 500;
pub(super) const MOST_LINES: usize = 20;

/// The fonts of this process.
///
/// # Errors
/// `font_missing` with the command that installs one.
pub(super) fn fonts(step: &StepContext<'_>) -> Result<Arc<Fonts>, OpError> {
    step.watch.progress(step.step, None, &Text::new("正在准备字体", "Getting the fonts ready"));
    step.models.fonts().map_err(|error| {
        tracing::warn!(%error, "no font");
        let command = install_command(step);
        refused(
            "font_missing",
            format!("这台机器上没有可用的字体，无法写字。请在服务器上运行：{command}"),
            format!("There is no font on this machine to write with. Install one with: {command}"),
        )
    })
}

fn install_command(step: &StepContext<'_>) -> String {
    let manifest = step.models.manifest();
    manifest.fonts().first().map_or_else(|| "portico models install".to_owned(), |font| font.install_command())
}

/// The text as it is written.
///
/// # Errors
/// `invalid_parameter` where nothing is left of it, or too much.
pub(super) fn writable(field: &str, text: &str) -> Result<String, OpError> {
    let text = tidy(text);
    if text.is_empty() {
        return Err(param(field, "要写什么？文字是空的。", "What should it say? The text is empty."));
    }
    let (characters, lines) = (text.chars().count(), text.lines().count());
    if characters > MOST_CHARACTERS || lines > MOST_LINES {
        return Err(param(
            field,
            format!("文字太长（{characters} 个字，{lines} 行），最多 {MOST_CHARACTERS} 个字、{MOST_LINES} 行。"),
            format!(
                "The text is too long ({characters} characters, {lines} lines): at most {MOST_CHARACTERS} characters and {MOST_LINES} lines."
            ),
        ));
    }
    Ok(text)
}

/// Characters with their code points, e.g. `한 (U+D55C)`, the first eight.
fn named(characters: &[char]) -> String {
    let names: Vec<String> = characters.iter().take(8).map(|c| format!("{c} (U+{:04X})", u32::from(*c))).collect();
    let more = if characters.len() > names.len() { " …" } else { "" };
    names.join(" ") + more
}

/// How to get them drawn.
fn remedy(step: &StepContext<'_>) -> (String, String) {
    let installed = |dir: &std::path::Path| step.models.manifest().fonts().iter().all(|font| font.is_installed(dir));
    if step.models.dir().is_some_and(installed) {
        let folder = crate::models::fonts::FOLDER;
        (
            format!("把含有这些字的字体文件放进模型文件夹的 {folder} 目录即可。"),
            format!("Put a font file that has them into the folder `{folder}` of the models folder."),
        )
    } else {
        let command = install_command(step);
        (format!("请在服务器上运行：{command}"), format!("Install a font that may have them: {command}"))
    }
}

/// Says which characters were left out.
///
/// # Errors
/// `glyphs_missing` where nothing of the text can be drawn.
pub(super) fn say_missing(step: &mut StepContext<'_>, block: &Block) -> Result<(), OpError> {
    if block.missing.is_empty() {
        return Ok(());
    }
    let which = named(&block.missing);
    let (zh, en) = remedy(step);
    if block.ink.is_none() {
        return Err(refused(
            "glyphs_missing",
            format!("没有一种字体含有这些字：{which}。{zh}"),
            format!("No font here has these characters: {which}. {en}"),
        ));
    }
    step.warn(
        "glyphs_missing",
        format!("没有一种字体含有这些字，已略去：{which}。{zh}"),
        format!("No font here has these characters, so they were left out: {which}. {en}"),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_within_limits_and_characters_are_named_by_their_code_points() {
        assert_eq!(writable("text", "\r\n样图\u{7} \n").unwrap(), "样图");
        assert!(writable("text", " \n ").unwrap_err().to_string().contains("empty"));
        assert!(writable("text", &"字".repeat(MOST_CHARACTERS)).is_ok());
        assert!(writable("text", &"字".repeat(MOST_CHARACTERS + 1)).is_err() && writable("text", &"a\n".repeat(30)).is_err());
        assert_eq!(named(&['한', '😀']), "한 (U+D55C) 😀 (U+1F600)");
        assert!(named(&['a'; 20]).ends_with(" …"));
    }
}
