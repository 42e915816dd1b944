//! What text promises: sizes that can be counted, lines that break where they may, no boxes in place of letters, the same pixels twice.

use std::path::PathBuf;

use portico_imaging::Layer;
use portico_lettering::{Align, Block, Edge, Fonts, Ink, LetteringError, Shadow, Style};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Letters 0.5 em wide, CJK 1 em, Hebrew 0.6 em; the second font has a star and Hangul.
fn fonts() -> Fonts {
    Fonts::open(&[file("tiny.ttf"), file("other.ttf")], false).unwrap()
}

fn at(size_px: f32) -> Style {
    Style::new(size_px)
}

fn ink(block: &Block) -> Layer {
    block.paint(&Ink::plain([10, 20, 30]), 0.0).unwrap()
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() < 0.02
}

#[test]
fn widths_add_up_and_lines_are_as_far_apart_as_is_said() {
    let fonts = fonts();
    let one = fonts.lay_out("abc 水", &at(40.0));
    assert!(near(one.width, (0.5 * 3.0 + 0.25 + 1.0) * 40.0), "{}", one.width);
    assert!(near(one.height, 1.35 * 40.0) && one.lines == 1);
    let two = fonts.lay_out("ab\nabcd", &Style { line_height: 2.0, ..at(40.0) });
    assert!(near(two.width, 80.0) && near(two.height, 160.0) && two.lines == 2);
    let spaced = fonts.lay_out("abc", &Style { letter_spacing: 0.1, ..at(40.0) });
    assert!(near(spaced.width, 68.0), "no space after the last letter: {}", spaced.width);
    // Scaling is exact.
    let large = fonts.lay_out("abc 水", &at(400.0));
    assert!((large.width / one.width - 10.0).abs() < 0.01);
}

#[test]
fn lines_break_between_words_and_between_cjk_characters_but_not_before_a_comma() {
    let fonts = fonts();
    let lines = |text: &str, ems: f32| fonts.lay_out(text, &Style { max_width_px: Some(ems * 20.0), ..at(20.0) }).lines;
    assert_eq!(lines("abcd efgh", 2.6), 2);
    assert_eq!(lines("一二三四五六", 3.1), 2);
    assert_eq!(lines("一二三，四五", 3.1), 3, "the comma takes the third character along");
    let word = Style { max_width_px: Some(30.0), ..at(20.0) };
    assert_eq!(fonts.lay_out("abcdefgh", &word).lines, 1, "a word stays whole");
    assert_eq!(fonts.lay_out("abcdefgh", &Style { breaks_words: true, ..word }).lines, 3);
}

#[test]
fn ink_lies_where_the_outlines_say() {
    let fonts = fonts();
    let layer = ink(&fonts.lay_out("a", &at(100.0)));
    // From 0.05 to 0.45 em, from the base line to 0.7 em above it.
    assert_eq!((layer.picture.width(), layer.picture.height()), (40, 70));
    assert!(layer.picture.rgba8().as_chunks::<4>().0.iter().all(|p| *p == [10, 20, 30, 255]));
    assert_eq!(layer.x, -20, "around the middle");
}

#[test]
fn short_lines_stand_left_right_or_in_the_middle() {
    let fonts = fonts();
    let edge = |align: Align| {
        let layer = ink(&fonts.lay_out("aaaa\naa", &Style { align, ..at(100.0) }));
        let row = layer.picture.height() - 10;
        (0..layer.picture.width()).position(|x| layer.picture.pixel(x, row)[3] > 0).unwrap()
    };
    assert_eq!([edge(Align::Left), edge(Align::Center), edge(Align::Right)], [0, 50, 100]);
}

#[test]
fn what_the_first_font_lacks_comes_from_the_next_and_what_none_has_is_named_and_not_drawn() {
    let fonts = fonts();
    let mixed = fonts.lay_out("a★한", &at(100.0));
    assert!(mixed.missing.is_empty() && near(mixed.width, 50.0 + 90.0 + 92.0), "{mixed:?}");
    let some = fonts.lay_out("aÿb☃", &at(100.0));
    assert_eq!(some.missing, ['ÿ', '☃']);
    assert_eq!(ink(&some).picture, ink(&fonts.lay_out("ab", &at(100.0))).picture, "as if they were not there");
    let none = fonts.lay_out("☃ ☃", &at(100.0));
    assert!(none.missing == ['☃'] && none.ink.is_none() && none.paint(&Ink::plain([0; 3]), 0.0).is_none());
    assert!(fonts.lay_out("a\u{200d}\u{fe0f}b", &at(100.0)).missing.is_empty(), "joiners and selectors are not missed");
}

#[test]
fn hebrew_runs_from_right_to_left() {
    let fonts = fonts();
    // All shapes are boxes of 0.5 em: what tells is where the narrow Latin word lies.
    let layer = ink(&fonts.lay_out("אב a", &at(100.0)));
    let first_column: Vec<bool> = (0..layer.picture.width()).map(|x| layer.picture.pixel(x, 5)[3] > 128).collect();
    let runs: Vec<usize> = first_column.chunk_by(|a, b| a == b).filter(|run| run[0]).map(<[bool]>::len).collect();
    let expected = [40, 50, 50];
    assert!(
        runs.len() == 3 && runs.iter().zip(expected).all(|(run, want): (&usize, usize)| run.abs_diff(want) <= 1),
        "{runs:?}: the Latin letter is last in the text and leftmost in the line"
    );
}

#[test]
fn a_text_is_made_smaller_until_it_fits_and_a_word_is_broken_last() {
    let fonts = fonts();
    let narrow = |limit: f32| move |block: &Block| block.width <= limit && block.height <= 200.0;
    let style = Style { max_width_px: Some(100.0), ..at(60.0) };
    let block = fonts.fit("abcdefgh", &style, 8.0, narrow(100.0)).unwrap();
    assert!(block.lines == 1 && block.size_px > 24.5 && block.size_px <= 25.0, "{}", block.size_px);
    assert_eq!(fonts.fit("ab", &style, 8.0, narrow(100.0)).unwrap().size_px, 60.0);
    let broken = fonts.fit(&"abcdefgh".repeat(5), &style, 8.0, narrow(100.0)).unwrap();
    assert!(broken.size_px == 8.0 && broken.lines == 2);
    assert!(fonts.fit("abc", &style, 8.0, |_| false).is_none());
}

#[test]
fn lines_can_be_evened_out() {
    let fonts = fonts();
    let style = Style { max_width_px: Some(88.0), ..at(20.0) };
    let (plain, even) = (fonts.lay_out("abcd efgh a", &style), fonts.balanced("abcd efgh a", &style));
    assert_eq!((plain.lines, even.lines), (2, 2));
    // "abcd efgh / a" becomes "abcd / efgh a".
    assert!(near(plain.width, 85.0) && even.width < 70.0, "{} {}", plain.width, even.width);
}

#[test]
fn an_edge_reaches_out_as_far_as_is_said_and_a_shadow_is_soft() {
    let fonts = fonts();
    let block = fonts.lay_out("a", &at(100.0));
    let edge = Edge { colour: [200, 0, 0], width_px: 5.0, strength: 1.0 };
    let layer = block.paint(&Ink { edge: Some(edge), ..Ink::plain([0, 0, 200]) }, 0.0).unwrap();
    assert_eq!((layer.picture.width(), layer.picture.height()), (50, 80));
    assert_eq!(layer.picture.pixel(25, 40), [0, 0, 200, 255], "the letters lie on it");
    assert_eq!(layer.picture.pixel(25, 2), [200, 0, 0, 255]);
    assert!(layer.picture.pixel(0, 0)[3] < 255, "round corners");
    let shadow = Shadow { colour: [0; 3], blur_px: 9, offset_px: (0, 4), strength: 0.5 };
    let soft = block.paint(&Ink { shadow: Some(shadow), ..Ink::plain([255; 3]) }, 0.0).unwrap();
    let below: Vec<u8> = (76..84).map(|y| soft.picture.pixel(soft.picture.width() / 2, y)[3]).collect();
    assert!(below.windows(2).all(|w| w[0] >= w[1]) && below[0] < 200, "{below:?}");
}

#[test]
fn turned_text_keeps_its_area_and_a_quarter_turn_swaps_its_sides() {
    let fonts = fonts();
    let block = fonts.lay_out("ab", &at(100.0));
    let area = |layer: &Layer| layer.picture.rgba8().as_chunks::<4>().0.iter().map(|p| f64::from(p[3]) / 255.0).sum::<f64>();
    let upright = block.paint(&Ink::plain([0; 3]), 0.0).unwrap();
    for degrees in [-30.0, 17.0, 90.0] {
        let turned = block.paint(&Ink::plain([0; 3]), degrees).unwrap();
        assert!((area(&turned) / area(&upright) - 1.0).abs() < 0.01, "{degrees}");
    }
    let quarter = block.paint(&Ink::plain([0; 3]), 90.0).unwrap();
    assert!(
        quarter.picture.width().abs_diff(upright.picture.height()) <= 1 && quarter.picture.height().abs_diff(upright.picture.width()) <= 1
    );
    let (w, h) = block.turned_size(90.0);
    assert!((w - 70.0).abs() < 0.1 && (h - 90.0).abs() < 0.1, "{w} {h}");
}

#[test]
fn the_same_text_gives_the_same_pixels_in_any_thread_and_after_any_other() {
    let fonts = fonts();
    let style = Style { max_width_px: Some(150.0), ..at(33.3) };
    let draw = || ink(&fonts.lay_out("水印 abc, 一二三★", &style)).picture;
    let first = draw();
    fonts.lay_out("אב other", &at(12.0));
    let all: Vec<_> =
        std::thread::scope(|s| (0..4).map(|_| s.spawn(draw)).collect::<Vec<_>>().into_iter().map(|t| t.join().unwrap()).collect());
    assert!(all.iter().all(|p| *p == first));
}

#[test]
fn without_a_font_or_with_a_broken_one_it_is_said() {
    assert!(matches!(Fonts::open(&[], false), Err(LetteringError::NoFont)));
    assert!(matches!(Fonts::open(&[file("make.py")], false), Err(LetteringError::Unreadable(_))));
    assert!(matches!(Fonts::open(&[file("nothing.ttf")], false), Err(LetteringError::Unreadable(_))));
}
