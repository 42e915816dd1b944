//! Why an install did not succeed, in words for the person at the terminal.

use std::path::PathBuf;

use crate::models::ncnn::NcnnError;
use crate::text::{Explain, Text};

/// Why an install did not succeed. Nothing half-done is left behind.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error("{what}: {why}; {hint}")]
    NotFound { what: String, why: String, hint: String },
    #[error("{what} is not the right file: {found} instead of {expected}")]
    Mismatch { what: String, found: String, expected: String },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("downloading from {host} failed: {why}")]
    Download { host: String, why: String },
    #[error("ONNX Runtime is not known for this kind of machine")]
    Platform,
    #[error(transparent)]
    Ncnn(#[from] NcnnError),
    #[error("`{name}` cannot be the name of an imported model")]
    Name { name: String },
    #[error("the imported model does not run: {why}")]
    Trial { why: String },
}

impl Explain for InstallError {
    fn code(&self) -> &'static str {
        match self {
            InstallError::NotFound { .. } => "source_missing",
            InstallError::Mismatch { .. } => "checksum_mismatch",
            InstallError::Io { .. } => "io",
            InstallError::Download { .. } => "download_failed",
            InstallError::Platform => "platform_unknown",
            InstallError::Ncnn(e) => e.code(),
            InstallError::Name { .. } => "name_taken",
            InstallError::Trial { .. } => "model_failed",
        }
    }

    fn text(&self) -> Text {
        let en = self.to_string();
        match self {
            InstallError::NotFound { what, why, hint } => Text::new(format!("找不到 {what} 的文件（{why}）。{hint}"), en),
            InstallError::Mismatch { what, found, expected } => Text::new(
                format!("{what} 的文件不对：{found}，应为 {expected}。没有安装任何内容。"),
                format!("{en}. Nothing was installed."),
            ),
            InstallError::Io { path, source } => Text::new(format!("无法读写 {}：{source}", path.display()), en),
            InstallError::Download { host, why } => Text::new(format!("从 {host} 下载失败：{why}"), en),
            InstallError::Platform => Text::new(
                "没有适合这种机器的 ONNX Runtime；请用 PORTICO_ORT_LIB 指定程序库文件。",
                format!("{en}; name the library's file in PORTICO_ORT_LIB."),
            ),
            InstallError::Ncnn(e) => {
                let Text { zh, en } = e.text();
                Text::new(format!("{zh}。没有安装任何内容。"), format!("{en}. Nothing was installed."))
            }
            InstallError::Name { name } => Text::new(
                format!("不能用“{name}”作为导入模型的名称：它已被使用，或含有字母、数字、-、_、. 以外的字符。请用 --name 另取一个名称。"),
                format!("{en}: it is taken, or has characters besides letters, digits, `-`, `_` and `.`. Choose another with --name."),
            ),
            InstallError::Trial { why } => {
                Text::new(format!("导入的模型运行不起来：{why}。没有安装任何内容。"), format!("{en}. Nothing was installed."))
            }
        }
    }
}
