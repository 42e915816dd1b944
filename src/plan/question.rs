//! Questions instead of guesses: a picture that is missing, a slot that is open, words that nothing explains.

use super::clause::Clause;
use super::compose;
use super::read::{NEEDS_PICTURE, Part, Reader, State};
use super::resolve::{Ask, Built};
use super::session;
use super::token::Kind;
use super::types::{Answer, ImageRef, Question, QuestionOption, Reading, Step};
use crate::text::Text;

impl Reader<'_> {
    pub(super) fn missing_picture(&self, state: &State) -> Option<Question> {
        let none = self.ctx.attached == 0 && self.ctx.versions == 0;
        let drawn = state.steps.first().is_some_and(|s| s.op == "generate");
        (none && !drawn).then(|| Question {
            id: NEEDS_PICTURE.into(),
            text: Text::new(
                "还没有图片。请先添加一张图片，这条指令我先记着。",
                "There is no picture yet. Please add one; I keep the instruction until then.",
            ),
            part: self.normal.original(0, self.normal.len()),
            options: vec![],
        })
    }

    /// The reading, or, where nothing else was understood than that an ID photo is wanted, the question which.
    pub(super) fn or_id_photo(&self, reading: Reading) -> Reading {
        let nothing_else = match reading.answer {
            Answer::Reply(_) => true,
            Answer::Question(_) => reading.confidence < 0.3,
            _ => false,
        };
        match self.which_id_photo().filter(|_| nothing_else) {
            Some(question) => Reading { answer: Answer::Question(question), ..reading },
            None => reading,
        }
    }

    /// "passport photo please", "证件照": each country and form has a size of its own.
    fn which_id_photo(&self) -> Option<Question> {
        const KINDS: &[&str] = &["passport photo", "passport picture", "id photo", "id picture", "visa photo", "证件照", "签证照"];
        let words = self.normal.slice(0, self.normal.len());
        let open = KINDS.iter().any(|kind| words.contains(kind)) && !self.tokens.iter().any(|t| matches!(t.kind, Kind::Platform(_)));
        if !open || (self.ctx.attached == 0 && self.ctx.versions == 0) {
            return None;
        }
        let option = |zh: &str, en: &str, platform: &str| QuestionOption {
            label: Text::new(zh, en),
            plan: compose::plan(vec![Step::new("fit").with("platform", platform)]),
        };
        Some(Question {
            id: "q1".into(),
            text: Text::new(
                "要哪一种证件照？也可以直接说，比如“小二寸，蓝底，不超过20KB”。",
                "Which kind of ID photo? You can also say it: “2 inch, blue background, under 20 KB”.",
            ),
            part: self.normal.original(0, self.normal.len()),
            options: vec![
                option("一寸照", "1 inch (295×413)", "id.1inch"),
                option("中国护照", "Chinese passport", "passport.cn"),
                option("美国护照、签证", "US passport or visa", "passport.us"),
                option("欧洲护照", "European passport", "passport.eu"),
            ],
        })
    }

    /// A picture or version that does not exist.
    pub(super) fn missing_reference(&self, parts: &[Part], state: &State) -> Option<Question> {
        let (attached, versions) = (self.ctx.attached, self.ctx.versions);
        let exists = |r: &ImageRef| match r {
            ImageRef::Image(n) => *n <= attached.max(usize::from(versions == 0)),
            ImageRef::Version(n) => *n <= versions,
            _ => true,
        };
        if let Some(missing) = self.named(parts, state).find(|r| !exists(r)) {
            return Some(needs(&missing));
        }
        let wrong = state.steps.iter().find_map(|s| s.input.clone().filter(|r| !exists(r)))?;
        let choices: Vec<ImageRef> = match wrong {
            ImageRef::Image(_) if attached > 1 => (1..=attached.min(4)).map(ImageRef::Image).collect(),
            ImageRef::Version(_) if versions > 1 => (versions.saturating_sub(3).max(1)..=versions).map(ImageRef::Version).collect(),
            _ => vec![ImageRef::Current, ImageRef::Original],
        };
        let options = choices.into_iter().map(|choice| {
            let mut steps = state.steps.clone();
            for step in steps.iter_mut().filter(|s| s.input.as_ref().is_some_and(|r| !exists(r))) {
                step.input = Some(choice.clone());
            }
            QuestionOption { label: session::name_of(&choice), plan: compose::plan(steps) }
        });
        let name = session::name_of(&wrong);
        Some(Question {
            id: "q1".into(),
            text: Text::new(format!("没有{}。用哪一张？", name.zh), format!("There is no {}. Which one should I use?", name.en)),
            part: name.en.clone(),
            options: options.collect(),
        })
    }

    /// "把图1和图2都裁成1:1": all attached pictures are what an edit without an input works on; some of them are asked about.
    pub(super) fn several_pictures(&self, state: &mut State) -> Option<Question> {
        let mut named: Vec<ImageRef> = Vec::new();
        for token in self.tokens {
            if let Kind::Ref(super::token::Ref::Image(image @ ImageRef::Image(_))) = &token.kind
                && !named.contains(image)
            {
                named.push(image.clone());
            }
        }
        let mut inputs: Vec<&ImageRef> = state.steps.iter().filter_map(|s| s.input.as_ref()).collect();
        inputs.dedup();
        let takes_two = state.steps.iter().any(|s| super::validate::pictures(s).next().is_some());
        if named.len() < 2 || inputs.len() > 1 || takes_two {
            return None;
        }
        if let Some(missing) = named.iter().find(|r| matches!(r, ImageRef::Image(n) if *n > self.ctx.attached)) {
            return Some(needs(missing));
        }
        let with = |image: Option<ImageRef>| {
            let mut steps = state.steps.clone();
            if let Some(first) = steps.first_mut() {
                first.input = image;
            }
            steps
        };
        if named.len() == self.ctx.attached {
            state.steps = with(None);
            return None;
        }
        let options = named
            .iter()
            .take(4)
            .map(|image| QuestionOption { label: session::name_of(image), plan: compose::plan(with(Some(image.clone()))) });
        Some(Question {
            id: "q1".into(),
            text: Text::new(
                "一次只能处理其中一张或全部。先做哪一张？",
                "I can do one of them or all attached ones at a time. Which one first?",
            ),
            part: self.normal.original(0, self.normal.len()),
            options: options.collect(),
        })
    }

    /// Pictures named in parameters, and those named in questions, but not the inputs of steps.
    fn named<'b>(&'b self, parts: &'b [Part], state: &'b State) -> impl Iterator<Item = ImageRef> + 'b {
        let asked =
            parts.iter().filter(|p| p.read.as_ref().is_some_and(|r| matches!(r.built, Built::Ask(_)))).flat_map(|p| p.clause.refs());
        let asked = asked.filter_map(|r| if let super::token::Ref::Image(i) = r { Some(i.clone()) } else { None });
        state.steps.iter().flat_map(super::validate::pictures).chain(asked)
    }

    /// The first open point, each option with the rest of the instruction around it.
    pub(super) fn asked(&self, parts: &[Part], state: &State) -> Question {
        let (at, ask) = &state.asks[0];
        let part = parts
            .iter()
            .find(|p| p.read.as_ref().is_some_and(|r| r.built == Built::Ask(ask.clone())))
            .map(|p| self.words(&p.clause))
            .unwrap_or_default();
        let options = ask
            .options
            .iter()
            .map(|(label, steps)| QuestionOption { label: label.clone(), plan: compose::plan(state.with_option(*at, steps)) });
        let mut text = ask.text.clone();
        // One question at a time; what else is open is said, so that nothing is dropped in silence.
        let later = parts.iter().filter(|p| p.read.as_ref().is_some_and(|r| matches!(&r.built, Built::Ask(other) if other != ask)));
        let later: Vec<String> = later.map(|p| self.words(&p.clause)).collect();
        if !later.is_empty() {
            text.zh.push_str(&format!("（“{}”也不够明确，请随后再说。）", later.join("”、“")));
            text.en.push_str(&format!(" (Please say “{}” again afterwards, it is not clear either.)", later.join("”, “")));
        }
        Question { id: "q1".into(), text, part, options: options.collect() }
    }

    pub(super) fn half_understood(&self, unread: &[&Clause], state: &State) -> Question {
        let part = self.words(unread[0]);
        let known = compose::plan(state.steps.clone());
        let said = |lang| super::words(&known, lang).join(if lang == crate::text::Lang::Zh { "，" } else { ", " });
        let (zh, en) = (said(crate::text::Lang::Zh), said(crate::text::Lang::En));
        // Where nothing else was said there is no rest.
        let all = part.chars().count() >= self.normal.original(0, self.normal.len()).trim().chars().count();
        let (text, label) = if all {
            let (ask_zh, ask_en) =
                (format!("“{part}”我不太确定。是这个意思吗？"), format!("I am not sure about “{part}”. Is this what you mean?"));
            (Text::new(ask_zh, ask_en), Text::new(zh, en))
        } else {
            let (ask_zh, ask_en) =
                (format!("“{part}”我没看懂。其余的先做吗？"), format!("I did not understand “{part}”. Shall I do the rest?"));
            (Text::new(ask_zh, ask_en), Text::new(format!("只做：{zh}"), format!("Only: {en}")))
        };
        let mut options = vec![QuestionOption { label, plan: known }];
        options.push(QuestionOption {
            label: Text::new("只看看图里有什么", "Only describe the picture"),
            plan: compose::plan(vec![Step::new("describe")]),
        });
        Question { id: "q1".into(), text, part, options }
    }

    pub(super) fn not_understood(&self, unread: &[&Clause]) -> Question {
        let part = unread.first().map(|c| self.words(c)).unwrap_or_else(|| self.normal.original(0, self.normal.len()));
        let (text, ask) = match kinds(&self.normal.slice(0, self.normal.len())) {
            Some(ask) => (ask.text.clone(), ask),
            None => (
                Text::new(
                    format!("没听懂“{part}”。换个说法，或选一个："),
                    format!("I do not understand “{part}”. Say it in other words, or choose:"),
                ),
                session::nicer(),
            ),
        };
        let options = ask.options.into_iter().map(|(label, steps)| QuestionOption { label, plan: compose::plan(steps) }).collect();
        Question { id: "q1".into(), text, part, options }
    }
}

/// The question for a picture that was named but is not there.
fn needs(missing: &ImageRef) -> Question {
    let name = session::name_of(missing);
    Question {
        id: NEEDS_PICTURE.into(),
        text: Text::new(
            format!("没有{}。请把它一起添加进来，这条指令我先记着。", name.zh),
            format!("There is no {}. Please add it; I keep the instruction until then.", name.en),
        ),
        part: name.en,
        options: vec![],
    }
}

/// What to offer where only the kind of edit is named: "add a filter" leaves open which, "放个边框" how wide.
fn kinds(words: &str) -> Option<Ask> {
    let names = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let filter = |name: &str| vec![Step::new("filter").with("name", name)];
    let border = |px: u64| Step::new("pad").with("margin", px);
    if names(&["滤镜", "filter"]) {
        let ask = Ask::new("用哪种滤镜？", "Which filter?")
            .option("黑白", "Black and white", filter("grayscale"))
            .option("复古", "Vintage", filter("vintage"))
            .option("暖色", "Warm", filter("warm"))
            .option("冷色", "Cool", filter("cool"));
        return Some(ask);
    }
    if names(&["文件太大", "文件大了", "图太大", "图片太大", "file is too big", "file is too large", "file too big", "file too large"])
    {
        let export = |bytes: u64| vec![Step::new("export").with("max_bytes", bytes)];
        let ask = Ask::new(
            "文件要多小？也可以直接说，比如“导出不超过300KB的jpg”。",
            "How small should the file be? You can also say it: “export a jpg under 300 KB”.",
        )
        .option("不超过 200 KB", "Under 200 KB", export(200_000))
        .option("不超过 500 KB", "Under 500 KB", export(500_000))
        .option("不超过 1 MB", "Under 1 MB", export(1_000_000));
        return Some(ask);
    }
    let shape = |aspect: &str| vec![Step::new("crop").with("aspect", aspect)];
    if names(&["landscape", "横版", "横图", "横屏"]) {
        let ask = Ask::new("裁成哪种横图？", "Which landscape shape?");
        return Some(ask.option("裁成 3:2", "Crop to 3:2", shape("3:2")).option("裁成 4:3", "Crop to 4:3", shape("4:3")).option(
            "裁成 16:9",
            "Crop to 16:9",
            shape("16:9"),
        ));
    }
    if names(&["竖版", "竖图", "竖屏", "手机壁纸", "壁纸", "wallpaper", "portrait format", "make it portrait"]) {
        let ask = Ask::new("裁成哪种竖图？", "Which upright shape?");
        return Some(ask.option("裁成 2:3", "Crop to 2:3", shape("2:3")).option("裁成 3:4", "Crop to 3:4", shape("3:4")).option(
            "裁成 9:16",
            "Crop to 9:16",
            shape("9:16"),
        ));
    }
    names(&["相框", "画框", "边框", "frame around", "a frame", "border"]).then(|| {
        Ask::new(
            "加什么样的边框？也可以直接说，比如“四周加30像素黑边”。",
            "What kind of frame? You can also say it: “add a 30 px black border”.",
        )
        .option("20 像素白边", "20 px, white", vec![border(20).with("color", "#ffffff")])
        .option("50 像素白边", "50 px, white", vec![border(50).with("color", "#ffffff")])
        .option("50 像素黑边", "50 px, black", vec![border(50).with("color", "#000000")])
    })
}
