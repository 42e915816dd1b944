//! A conversation to read: as JSON for programs, as Markdown for people, with links to the pictures beside it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::shapes::{Image, Job, Message, Session, Version};
use crate::text::Lang;

/// What was said and made, in one language.
pub struct Transcript {
    pub session: Session,
    pub messages: Vec<Message>,
    pub jobs: Vec<Job>,
    pub versions: Vec<Version>,
    /// Where the picture of a version lies, from the place of the transcript.
    pub pictures: HashMap<u32, String>,
    pub lang: Lang,
}

impl Transcript {
    fn t(&self, zh: &'static str, en: &'static str) -> &'static str {
        if self.lang == Lang::Zh { zh } else { en }
    }

    fn job(&self, message: &Message) -> Option<&Job> {
        let id = message.job.as_ref()?;
        self.jobs.iter().find(|job| job.id == *id)
    }

    fn version_of(&self, image: &Image) -> Option<u32> {
        self.versions.iter().find(|v| v.image.id == image.id).map(|v| v.number)
    }

    /// The messages as the API gives them, each with the version that it made and the files of its pictures.
    pub fn json(&self) -> Value {
        let message = |message: &Message| {
            let job = self.job(message);
            let version = job.and_then(|job| job.version);
            let attached = message.images.iter().filter_map(|image| self.version_of(image));
            let files: Vec<&String> = attached.chain(version).filter_map(|n| self.pictures.get(&n)).collect();
            let mut value = serde_json::to_value(message).unwrap_or_default();
            value["version"] = json!(version);
            value["state"] = json!(job.map(|job| &job.state));
            value["report_text"] = json!(job.and_then(|job| job.report_text.as_ref()));
            value["files"] = json!(files);
            value
        };
        json!({ "session": self.session, "messages": self.messages.iter().map(message).collect::<Vec<_>>() })
    }

    pub fn markdown(&self) -> String {
        let title = if self.session.title.is_empty() { self.t("未命名的会话", "Untitled conversation") } else { &self.session.title };
        let count = match self.lang {
            Lang::Zh => format!("{} 个版本", self.versions.len()),
            Lang::En => format!("{} version{}", self.versions.len(), if self.versions.len() == 1 { "" } else { "s" }),
        };
        let mut out = format!("# {}\n\n{} · {count} · Portico\n", plain(title), day(&self.session.created_at));
        for message in &self.messages {
            let who = if message.role == "user" { self.t("你", "You") } else { "Portico" };
            out += &format!("\n---\n\n**{who}** · {}\n", moment(&message.created_at));
            for block in self.blocks(message) {
                out += &format!("\n{block}\n");
            }
        }
        out
    }

    /// The paragraphs of one message.
    fn blocks(&self, message: &Message) -> Vec<String> {
        let mut blocks = vec![];
        if !message.text.is_empty() {
            let lines: Vec<String> = message.text.lines().map(plain).collect();
            blocks.push(if message.role == "user" { quoted(&lines) } else { lines.join("  \n") });
        }
        for image in &message.images {
            blocks.push(match self.version_of(image) {
                Some(number) => self.picture(number),
                None => format!("*{}*", plain(&image.name)),
            });
        }
        if message.mask.is_some() {
            blocks.push(format!("*{}*", self.t("附有一张蒙版", "with a mask")));
        }
        if let Some(question) = &message.question {
            blocks.push(self.question(question));
        }
        blocks.extend(message.error.as_ref().map(|error| format!("**{}** {}", self.t("出错：", "Error:"), plain(&error.message))));
        if message.job.is_some() && !message.words.is_empty() {
            let steps = message.words.iter().enumerate().map(|(i, words)| format!("{}. {}", i + 1, plain(words)));
            blocks.push(steps.collect::<Vec<_>>().join("\n"));
        }
        if let Some(job) = self.job(message) {
            blocks.extend(self.outcome(job));
        }
        blocks
    }

    /// What became of a job.
    fn outcome(&self, job: &Job) -> Vec<String> {
        let mut blocks = vec![];
        match job.state.as_str() {
            "failed" => {
                let why = job.error.as_ref().map_or("", |e| &e.message);
                blocks.push(format!("**{}** {}", self.t("没有完成：", "Not done:"), plain(why)));
            }
            "cancelled" => blocks.push(format!("*{}*", self.t("已取消", "cancelled"))),
            "queued" | "running" => blocks.push(format!("*{}*", self.t("还在处理", "still under way"))),
            _ => {}
        }
        blocks.extend(job.report_text.as_ref().map(|text| plain(text)));
        let notes: Vec<String> = job.warnings.iter().map(|w| format!("* {}", plain(&w.message))).collect();
        if !notes.is_empty() {
            blocks.push(notes.join("\n"));
        }
        blocks.extend(job.version.map(|number| self.picture(number)));
        if !job.files.is_empty() {
            let names: Vec<String> = job.files.iter().map(|file| plain(&file.name)).collect();
            blocks.push(format!("{} {}", self.t("导出的文件：", "Exported:"), names.join(self.t("、", ", "))));
        }
        blocks
    }

    fn picture(&self, number: u32) -> String {
        let label = match self.lang {
            Lang::Zh => format!("第 {number} 版"),
            Lang::En => format!("Version {number}"),
        };
        match self.pictures.get(&number) {
            Some(path) => format!("[{label}]({0})\n\n![{label}]({0})", link(path)),
            None => format!("*{label}{}*", self.t("（已删除）", " (deleted)")),
        }
    }

    fn question(&self, question: &Value) -> String {
        let taken = question["answered"].as_u64();
        let options = question["options"].as_array().into_iter().flatten().enumerate().map(|(i, option)| {
            let mark = if taken == Some(i as u64 + 1) { self.t("（已选）", " (chosen)") } else { "" };
            format!("{}. {}{mark}", i + 1, plain(option["label"].as_str().unwrap_or_default()))
        });
        let text = plain(question["text"].as_str().unwrap_or_default());
        std::iter::once(text).chain(std::iter::once(String::new())).chain(options).collect::<Vec<_>>().join("\n")
    }
}

fn quoted(lines: &[String]) -> String {
    lines.iter().map(|line| format!("> {line}")).collect::<Vec<_>>().join("  \n")
}

/// Text that means only itself in Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.char_indices() {
        let marks = "\\`*_[]<>#|~&!".contains(c) || (i == 0 && "-+=".contains(c));
        if marks {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// A path as a link's target: what would end it or mean something there is escaped, letters of all languages stay readable.
fn link(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_whitespace() || c.is_control() || "()<>%\"'\\#?&[]`*_!|".contains(c) {
            let mut buffer = [0; 4];
            out.extend(c.encode_utf8(&mut buffer).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            out.push(c);
        }
    }
    out
}

fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// `2026-11-25 04:00 UTC`
fn moment(time: &str) -> String {
    format!("{} {} UTC", day(time), time.get(11..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_is_no_markdown_and_no_html() {
        assert_eq!(plain("<b>*x*</b> [a](b) #1 `c`"), "\\<b\\>\\*x\\*\\</b\\> \\[a\\](b) \\#1 \\`c\\`");
        assert_eq!(plain("- 去掉_背景_"), "\\- 去掉\\_背景\\_");
        assert_eq!(quoted(&[plain("a"), plain("> b")]), "> a  \n> \\> b");
    }

    #[test]
    fn a_link_ends_where_it_should() {
        assert_eq!(link("pictures/v001-我的 照片 (2).png"), "pictures/v001-我的%20照片%20%282%29.png");
    }
}
