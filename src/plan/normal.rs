//! The instruction in one shape for reading: NFKC, lower case, simplified characters, single spaces, each character
//! with the UTF-16 range of the original that it came from.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Traditional characters and their simplified forms, in pairs: those that occur in the words of the lexicon.
const SIMPLER: &str = "換换圖图張张輸输導导質质轉转縮缩寬宽長长邊边顏颜藍蓝綠绿紅红黃黄銀银褐褐紫紫變变這这個个們们為为層层檔档儲储對对\
    還还復复後后後后後后從从裡里裏里關关開开調调飽饱對对溫温濾滤鏡镜畫画臉脸髮发產产\
    換换實实現现線线銳锐噪噪暈晕陰阴影影漸渐體体點点標标題题徵征貼贴紙纸製制動动雙双倍倍幾几隻只輛辆條条\
    幫帮請请謝谢嗎吗麼么什什樣样麼么過过擴扩繪绘亞亚馬马遜逊寶宝東东紅红書书號号膚肤磨磨髒脏損损壞坏舊旧歷历\
    補补齊齐範范圍围選选區区塗涂塊块腦脑機机電电瀏浏覽览視视譯译語语檢检測测識识別别讀读寫写韓韩國国\
    頂顶側侧間间兩两雙双單单鐘钟順顺時时針针逆逆來来進进過过個个內内無无淺浅淡淡亮亮較较將将並并僅仅給给讓让\
    應应該该會会麗丽氣气濕湿豔艳艷艳鮮鲜強强減减弱弱鋪铺滿满擺摆傢家貓猫狗狗鳥鸟魚鱼車车飛飞輪轮燈灯\
    鞋鞋褲裤襯衬髮发頭头髒脏歲岁鏡镜錶表鍵键盤盘鼠鼠書书籃篮網网場场餐餐傘伞領领帶带櫃柜掃扫雜杂\
    遠远近近換换筆笔記记憶忆傳传統统網网頁页螢萤屏屏幕幕證证件件簡简歡欢優优與与於于據据獨独擇择佔占壓压\
    濃浓柔柔統统種种類类錯错誤误勻匀稱称態态設设計计項项練练習习終终細细節节紋纹組组織织結结絕绝經经\
    緣缘線线維维縱纵橫横權权歸归決决況况清清準准滿满潔洁鐵铁鋼钢錄录陽阳隨随雲云霧雾靜静響响頻频\
    願愿風风館馆駕驾驗验齡龄藝艺蘋苹處处術术衛卫裝装規规觀观試试話话認认譜谱護护讚赞貨货買买賣卖贊赞軟软連连適适遊游運运達达邏逻邊边醫医釋释鉆钻閃闪問问門门離离難难須须預预類类顯显飾饰餘余駐驻\
    竖竖豎竖拋抛棄弃擦擦撤撤銷销恢恢復复刪删";

/// A text made uniform.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// The characters to read.
    pub chars: Vec<char>,
    /// For each of them the UTF-16 range in the original.
    ranges: Vec<(usize, usize)>,
    /// The original in UTF-16 code units.
    original: Vec<u16>,
}

impl Normal {
    pub fn new(text: &str) -> Self {
        let mut out = Normal { original: text.encode_utf16().collect(), ..Normal::default() };
        let mut at = 0;
        let mut chars = text.chars().peekable();
        while let Some(first) = chars.next() {
            let mut group = String::from(first);
            let mut len = first.len_utf16();
            // Marks belong to the letter before them; composed together they give one character.
            while let Some(mark) = chars.next_if(|c| canonical_combining_class(*c) != 0) {
                group.push(mark);
                len += mark.len_utf16();
            }
            for c in group.nfkc() {
                out.push(c, (at, at + len));
            }
            at += len;
        }
        out
    }

    fn push(&mut self, c: char, range: (usize, usize)) {
        if matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}') {
            return;
        }
        if c != '\n' && c.is_whitespace() {
            if self.chars.last() == Some(&' ') {
                return;
            }
            return self.put(' ', range);
        }
        let c = match c {
            '\u{2019}' | '\u{2018}' | '`' | '´' if self.chars.last().is_some_and(|l| l.is_ascii_alphabetic()) => '\'',
            '—' | '–' | '−' => '-',
            '⁄' => '/',
            '×' | '✕' | '✖' => 'x',
            '∶' => ':',
            c => c,
        };
        for lower in c.to_lowercase() {
            self.put(simplified(lower), range);
        }
    }

    fn put(&mut self, c: char, range: (usize, usize)) {
        self.chars.push(c);
        self.ranges.push(range);
    }

    pub fn len(&self) -> usize {
        self.chars.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    pub fn at(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied()
    }

    /// The normalised characters `start..end`.
    pub fn slice(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    /// The UTF-16 range in the original of the characters `start..end` (not empty).
    pub fn range(&self, start: usize, end: usize) -> (usize, usize) {
        match (self.ranges.get(start), self.ranges.get(end.saturating_sub(1))) {
            (Some(a), Some(b)) => (a.0, b.1.max(a.0)),
            _ => (0, 0),
        }
    }

    /// The original words of the characters `start..end`.
    pub fn original(&self, start: usize, end: usize) -> String {
        let (a, b) = self.range(start, end);
        String::from_utf16_lossy(&self.original[a..b.min(self.original.len())])
    }
}

fn simplified(c: char) -> char {
    if (c as u32) < 0x4e00 {
        return c;
    }
    use std::collections::HashMap;
    use std::sync::LazyLock;
    static MAP: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let all: Vec<char> = SIMPLER.chars().filter(|c| !c.is_whitespace()).collect();
        all.chunks_exact(2).map(|p| (p[0], p[1])).collect()
    });
    MAP.get(&c).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_traditional_characters_read_like_plain_ones() {
        let n = Normal::new("將背景換成白色，裁成３：４");
        assert_eq!(n.slice(0, n.len()), "将背景换成白色,裁成3:4");
    }

    #[test]
    fn offsets_point_into_the_original_in_utf16_units() {
        let n = Normal::new("😀  ＰＮＧ");
        assert_eq!(n.slice(0, n.len()), "😀 png");
        assert_eq!(n.range(2, 5), (4, 7));
        assert_eq!(n.original(2, 5), "ＰＮＧ");
    }

    #[test]
    fn the_list_of_simpler_characters_is_in_whole_pairs() {
        let all: Vec<char> = SIMPLER.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(all.len() % 2, 0);
        assert_eq!(simplified('換'), '换');
        assert_eq!(simplified('轉'), '转');
        assert_eq!(simplified('刪'), '删');
        for (a, b) in [('藍', '蓝'), ('邊', '边'), ('寶', '宝'), ('復', '复'), ('銷', '销'), ('縮', '缩'), ('橫', '横')] {
            assert_eq!(simplified(a), b, "{a}");
        }
    }
}
