//! Operations of the vocabulary that this build cannot run yet.

/// What is known about one.
pub(super) struct Planned {
    pub name: &'static str,
    pub summary_zh: &'static str,
    pub summary_en: &'static str,
    pub exact_outside_target: bool,
    pub takes_target: bool,
}

const fn planned(name: &'static str, summary_zh: &'static str, summary_en: &'static str, exact: bool, takes_target: bool) -> Planned {
    Planned { name, summary_zh, summary_en, exact_outside_target: exact, takes_target }
}

pub(super) const PLANNED: &[Planned] = &[
    planned("text.read", "识别文字", "Reads the text in the picture", false, false),
    planned("text.remove", "去除文字", "Removes text", true, true),
    planned("text.replace", "替换文字", "Replaces text", true, false),
    planned("text.translate", "翻译图中文字", "Translates the text in the picture", true, false),
    planned("text.add", "添加文字", "Adds text", false, false),
    planned("mockup", "放进设备样机", "Puts a screenshot into a device", false, false),
    planned("stickers", "制作表情包", "Makes a pack of stickers", false, false),
    planned("cover", "制作封面", "Makes a cover", false, false),
    planned("poster", "制作海报", "Makes a poster", false, false),
    planned("generate", "按描述生成图片", "Makes a picture from words", false, false),
    planned("restyle", "按描述重绘整张图", "Redraws the whole picture by words", false, false),
    planned("repaint", "按描述重绘局部", "Redraws a part by words", true, true),
    planned("expand", "扩展画面", "Extends the canvas", true, false),
];
