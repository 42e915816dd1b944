//! What goes in comes out: formats, layouts, orientation, colour, hostile files, metadata, cut-outs.

use portico::imaging::colour::{delta_e76, from_linear, to_linear};
use portico::imaging::{
    Decoded, EncodeOptions, Format, Limits, Mask, PREVIEW_MAX_BYTES, Picture, blend, decode, decode_mask, encode, encode_mask, foreground,
    preview, probe, resize,
};
use portico::text::Explain;

use crate::kit::{self, Png, Rgb};

fn open(bytes: &[u8]) -> Decoded {
    decode(bytes, &Limits::default()).unwrap_or_else(|e| panic!("readable: {e}"))
}

fn refused(bytes: &[u8]) -> &'static str {
    let error = decode(bytes, &Limits::default()).expect_err("must be refused");
    let words = error.text();
    assert!(!words.zh.is_empty() && !words.en.is_empty(), "{error} has words in both languages");
    error.code()
}

fn codes(decoded: &Decoded) -> Vec<&str> {
    decoded.notices.iter().map(|n| n.code.as_str()).collect()
}

fn rgba(picture: &Rgb) -> Vec<[u8; 4]> {
    picture.pixels.iter().map(|&[r, g, b]| [r, g, b, 255]).collect()
}

fn picture_of(rgb: &Rgb) -> Picture {
    Picture::from_rgba8(rgb.width, rgb.height, rgba(rgb).into_flattened())
}

/// Mean absolute difference of the colours.
fn difference(picture: &Picture, expected: &Rgb) -> f64 {
    assert_eq!((picture.width(), picture.height()), (expected.width, expected.height));
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let sum: u64 = pixels.iter().zip(&expected.pixels).map(|(p, e)| (0..3).map(|c| u64::from(p[c].abs_diff(e[c]))).sum::<u64>()).sum();
    sum as f64 / (3 * pixels.len()) as f64
}

fn near(a: [u8; 4], b: [u8; 3], tolerance: u8) -> bool {
    (0..3).all(|c| a[c].abs_diff(b[c]) <= tolerance)
}

#[test]
fn a_photo_taken_sideways_is_shown_upright() {
    let shown = kit::marker(80, 48);
    for orientation in 1..=8 {
        let decoded = open(&kit::jpeg_with_orientation(&shown, orientation));
        assert!(difference(&decoded.picture, &shown) < 2.0, "JPEG, orientation {orientation}");
        assert_eq!(decoded.source.orientation, orientation);
        let stored = kit::stored_for(&shown, orientation);
        let block = kit::exif(orientation, None);
        let png = open(&Png::rgb(&stored).with(b"eXIf", block.clone()).bytes());
        assert_eq!(difference(&png.picture, &shown), 0.0, "PNG, orientation {orientation}");
        let simple = kit::webp_lossless(stored.width, stored.height, &rgba(&stored));
        for block in [block.clone(), [b"Exif\0\0".to_vec(), block].concat()] {
            let parts = kit::WebpParts { exif: Some(&block), ..Default::default() };
            let webp = open(&kit::webp_extended(&simple, stored.width, stored.height, &parts));
            assert_eq!(difference(&webp.picture, &shown), 0.0, "WebP, orientation {orientation}");
        }
    }
}

#[test]
fn the_header_alone_tells_the_displayed_size() {
    let shown = kit::marker(80, 48);
    for orientation in 1..=8 {
        let header = probe(&kit::jpeg_with_orientation(&shown, orientation), &Limits::default()).unwrap();
        assert_eq!((header.width, header.height, header.format), (80, 48, Format::Jpeg));
    }
    let header = probe(&kit::animated_gif([[0; 3]; 3]), &Limits::default()).unwrap();
    assert_eq!((header.animated, header.frames), (true, Some(3)));
}

#[test]
fn a_mask_is_turned_like_its_photo() {
    let shown = Rgb::new(30, 20, |x, _| if x < 10 { [255; 3] } else { [0; 3] });
    for orientation in 1..=8 {
        let mask = decode_mask(&kit::jpeg_with_orientation(&shown, orientation), &Limits::default()).unwrap();
        assert_eq!((mask.width(), mask.height()), (30, 20));
        assert!(mask.at(2, 10) > 250 && mask.at(20, 10) == 0);
    }
}

/// The same black strokes in every layout that a PNG, JPEG, WebP, BMP or GIF can have.
#[test]
fn every_pixel_layout_is_the_same_picture() {
    let picture = kit::strokes(101, 67);
    let (w, h) = (picture.width, picture.height);
    let grey = |x, y| picture.at(x, y)[0];
    let rows = |f: &dyn Fn(u32, u32) -> Vec<u8>| (0..h).map(|y| (0..w).flat_map(|x| f(x, y)).collect()).collect::<Vec<Vec<u8>>>();
    let palette = [[0; 3], [255; 3]];
    let index = |x, y| u8::from(grey(x, y) == 255);
    let gif_frame = kit::GifFrame {
        left: 0,
        top: 0,
        width: w as u16,
        height: h as u16,
        transparent: None,
        pixels: (0..w * h).map(|i| index(i % w, i / w)).collect(),
    };
    let deep = |v: u8| u16::from(v) * 257;
    let exact = [
        ("L", Png::new(w, h, 8, kit::GREY, rows(&|x, y| vec![grey(x, y)]).into_iter()).bytes()),
        ("LA", Png::new(w, h, 8, kit::GREY_ALPHA, rows(&|x, y| vec![grey(x, y), 255]).into_iter()).bytes()),
        ("RGB", Png::rgb(&picture).bytes()),
        ("RGBA", Png::rgba(w, h, &rgba(&picture)).bytes()),
        ("P", kit::palette_png(w, h, &palette, &[], index)),
        ("P+tRNS", kit::palette_png(w, h, &palette, &[255, 255], index)),
        ("1 bit", kit::low_depth_png(&picture, 1)),
        ("2 bit", kit::low_depth_png(&picture, 2)),
        ("4 bit", kit::low_depth_png(&picture, 4)),
        ("16 bit grey", kit::deep_png(w, h, kit::GREY, |x, y| vec![deep(grey(x, y))])),
        ("16 bit RGB", kit::deep_png(w, h, kit::RGB, |x, y| vec![deep(grey(x, y)); 3])),
        ("16 bit RGBA", kit::deep_png(w, h, kit::RGBA, |x, y| vec![deep(grey(x, y)), deep(grey(x, y)), deep(grey(x, y)), 65535])),
        ("16 bit LA", kit::deep_png(w, h, kit::GREY_ALPHA, |x, y| vec![deep(grey(x, y)), 65535])),
        ("Adam7", kit::adam7_png(&picture)),
        ("WebP lossless", kit::webp_lossless(w, h, &rgba(&picture))),
        ("BMP", kit::bmp(&picture)),
        ("GIF", kit::gif(w as u16, h as u16, &palette, &[gif_frame])),
    ];
    for (name, bytes) in &exact {
        let decoded = open(bytes);
        assert_eq!(difference(&decoded.picture, &picture), 0.0, "{name}");
        assert!(decoded.picture.is_opaque() && !decoded.source.has_alpha, "{name} is opaque");
        assert_eq!(decoded.picture.bit_depth() == 16, name.starts_with("16"), "{name}");
        assert!(codes(&decoded).is_empty(), "{name}");
    }
    let lossy = [
        ("grey JPEG", kit::grey_jpeg(&picture)),
        ("JPEG", kit::jpeg(&picture, 97)),
        ("progressive JPEG", kit::progressive_jpeg(&picture)),
        ("WebP lossy", kit::webp_lossy(&picture, 97.0)),
    ];
    for (name, bytes) in &lossy {
        let found = difference(&open(bytes).picture, &picture);
        assert!(found < 2.0, "{name}: {found}");
    }
}

#[test]
fn transparency_of_every_layout_is_kept() {
    let half = |x: u32| if x < 4 { 0 } else { 200 };
    let palette = kit::palette_png(8, 4, &[[9; 3], [200, 10, 10]], &[0, 200], |x, _| u8::from(x >= 4));
    let deep = kit::deep_png(8, 4, kit::RGBA, |x, _| vec![51400, 2570, 2570, half(x) * 257]);
    let keyed = Png::new(8, 4, 8, kit::GREY, (0..4).map(|_| vec![7, 7, 7, 7, 90, 90, 90, 90])).with(b"tRNS", [0, 7]).bytes();
    let pixels: Vec<[u8; 4]> = (0..32).map(|i| [200, 10, 10, half(i % 8) as u8]).collect();
    let simple = kit::webp_lossless(8, 4, &pixels);
    let frame = kit::GifFrame { left: 4, top: 0, width: 4, height: 4, transparent: None, pixels: vec![1; 16] };
    let placed = kit::gif(8, 4, &[[9; 3], [200, 10, 10]], &[frame]);
    for (name, bytes, alpha) in
        [("P+tRNS", palette, 200), ("16 bit", deep, 200), ("colour key", keyed, 255), ("WebP", simple, 200), ("GIF", placed, 255)]
    {
        let decoded = open(&bytes);
        assert_eq!((decoded.picture.pixel(1, 1)[3], decoded.picture.pixel(6, 1)[3]), (0, alpha), "{name}");
        assert!(decoded.source.has_alpha, "{name}");
    }
}

#[test]
fn deep_gradients_do_not_wrap_round() {
    let decoded = open(&kit::deep_png(256, 4, kit::GREY, |x, _| vec![(x * 257) as u16]));
    assert!((0..256u32).all(|x| decoded.picture.pixel(x, 2) == [x as u8, x as u8, x as u8, 255]));
    assert_eq!((codes(&decoded), decoded.source.bit_depth), (vec![], 16));
    let deep = decoded.picture.deep().expect("sixteen bits");
    assert!((0..256usize).all(|x| deep[x * 4] == x as u16 * 257));
}

#[test]
fn an_animation_gives_its_first_frame_and_says_so() {
    let colours = [[250, 10, 20], [10, 250, 20], [10, 20, 250]];
    for (name, bytes) in [("GIF", kit::animated_gif(colours)), ("WebP", kit::animated_webp(colours)), ("APNG", kit::apng(colours))] {
        let decoded = open(&bytes);
        assert_eq!(decoded.picture.pixel(3, 2), [250, 10, 20, 255], "{name}");
        assert_eq!((codes(&decoded), decoded.source.frames), (vec!["animated_first_frame"], Some(3)), "{name}");
    }
}

#[test]
fn ink_has_the_right_hue_and_white_stays_white() {
    let press = kit::press();
    for (name, bytes) in [
        ("CMYK", kit::ink_jpeg(false, None)),
        ("YCCK", kit::ink_jpeg(true, None)),
        ("CMYK with profile", kit::ink_jpeg(false, Some(&press))),
        ("YCCK with profile", kit::ink_jpeg(true, Some(&press))),
        ("CMYK, not inverted", kit::plain_ink_jpeg()),
    ] {
        let decoded = open(&bytes);
        assert!(codes(&decoded).is_empty(), "{name}: {:?}", decoded.notices);
        for (i, (ink, _, expected)) in kit::INKS.iter().enumerate() {
            let found = decoded.picture.pixel(i as u32 * 16 + 8, 8);
            let tolerance = if *ink == "white" { 4 } else { 30 };
            assert!(near(found, *expected, tolerance), "{name}: {ink} became {found:?}");
        }
    }
}

/// Display P3 to sRGB by the published matrix (CSS Color 4), apart from the library in use.
fn p3_to_srgb(p3: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = p3.map(|v| to_linear(f32::from(v) / 255.0));
    let rows = [[1.224_940_2, -0.224_940_2, 0.0], [-0.042_056_96, 1.042_057, 0.0], [-0.019_637_55, -0.078_636_05, 1.098_273_6]];
    rows.map(|[x, y, z]: [f32; 3]| (from_linear((x * r + y * g + z * b).clamp(0.0, 1.0)) * 255.0).round() as u8)
}

#[test]
fn wide_gamut_pictures_keep_their_look() {
    let profile = kit::display_p3();
    for p3 in [[180, 120, 90], [30, 90, 140], [128, 128, 128], [255, 255, 255], [90, 180, 100]] {
        let patch = Rgb::new(16, 16, |_, _| p3);
        let simple = kit::webp_lossless(16, 16, &rgba(&patch));
        let webp = kit::webp_extended(&simple, 16, 16, &kit::WebpParts { icc: Some(&profile), ..Default::default() });
        for bytes in [Png::rgb(&patch).with_icc(&profile).bytes(), kit::jpeg_with_icc(&patch, &profile), webp] {
            let decoded = open(&bytes);
            let [r, g, b, a] = decoded.picture.pixel(8, 8);
            let off = delta_e76([r, g, b], p3_to_srgb(p3));
            assert!(off < 2.0 && a == 255, "{:?}: {p3:?} became {:?}, {off} off", decoded.format, [r, g, b]);
            assert!(codes(&decoded).is_empty() && decoded.source.profile.is_some());
        }
    }
}

#[test]
fn alpha_survives_a_colour_profile() {
    let pixels: Vec<[u8; 4]> = (0..256).map(|i| [180, 120, 90, i as u8]).collect();
    for profile in [kit::display_p3(), kit::adobe_rgb()] {
        let picture = open(&Png::rgba(16, 16, &pixels).with_icc(&profile).bytes()).picture;
        assert!((0..256u32).all(|i| u32::from(picture.pixel(i % 16, i / 16)[3]) == i));
        assert_ne!(picture.pixel(15, 15)[..3], [180, 120, 90], "colours were converted");
    }
}

#[test]
fn an_srgb_profile_changes_no_byte() {
    let picture = Rgb::new(64, 64, |x, y| [(x * 4) as u8, (y * 4) as u8, (x * y) as u8]);
    let decoded = open(&Png::rgb(&picture).with_icc(&kit::srgb()).bytes());
    assert_eq!(difference(&decoded.picture, &picture), 0.0);
    assert!(codes(&decoded).is_empty());
}

#[test]
fn a_grey_profile_is_applied_to_a_grey_picture() {
    let ramp = || Png::new(256, 1, 8, kit::GREY, std::iter::once((0..=255).collect()));
    let picture = open(&ramp().with_icc(&kit::grey_gamma(1.0)).bytes()).picture;
    for v in [0u8, 10, 64, 128, 255] {
        let expected = (from_linear(f32::from(v) / 255.0) * 255.0).round() as u8;
        assert!(near(picture.pixel(v.into(), 0), [expected; 3], 2), "{v}: {:?}, not {expected}", picture.pixel(v.into(), 0));
    }
}

#[test]
fn a_profile_that_is_broken_or_of_another_colour_model_is_left_out_aloud() {
    let picture = kit::marker(20, 20);
    let mut cut = kit::display_p3();
    cut.truncate(150);
    for icc in [b"not a profile".to_vec(), cut, kit::press(), kit::grey_gamma(2.2)] {
        let decoded = open(&Png::rgb(&picture).with_icc(&icc).bytes());
        assert_eq!(codes(&decoded), ["profile_ignored"]);
        assert_eq!(difference(&decoded.picture, &picture), 0.0);
    }
    assert_eq!(codes(&open(&kit::ink_jpeg(true, Some(&kit::display_p3())))), ["profile_ignored"]);
}

#[test]
fn content_decides_the_format_and_what_is_no_picture_is_named() {
    assert_eq!(open(&Png::rgb(&kit::marker(9, 9)).bytes()).format, Format::Png, "whatever its name was");
    for (bytes, word) in [(kit::SVG_WITH_SCRIPT, "SVG"), (b"<!doctype html><script>".as_slice(), "web page"), (b"hello", "text")] {
        let error = decode(bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.code(), "unsupported_format");
        assert!(error.text().en.contains(word), "{}", error.text().en);
    }
}

#[test]
fn damaged_files_are_refused_with_a_stable_code() {
    let png = Png::rgb(&kit::marker(40, 40)).bytes();
    let mut bad_crc = png.clone();
    let at = bad_crc.len() - 20;
    bad_crc[at] ^= 0x55;
    let zero = Png { width: 0, ..Png::rgb(&kit::marker(4, 4)) }.bytes();
    assert_eq!(refused(&[]), "image_empty");
    assert_eq!(refused(&[0x89]), "unsupported_format");
    assert_eq!(refused(b"I am a text that someone named photo.png"), "unsupported_format");
    assert_eq!(refused(&bad_crc), "image_unreadable");
    assert_eq!(refused(&zero), "image_unreadable");
    assert_eq!(refused(&kit::giant_jpeg(0, 8)), "image_unreadable");
    assert_eq!(refused(&png[..png.len() / 2]), "image_unreadable");
    assert_eq!(refused(&[0xff, 0xd8, 0xff, 0xd9]), "image_unreadable");
}

#[test]
fn a_jpeg_that_was_cut_is_refused_or_says_that_it_is_truncated() {
    let whole = kit::jpeg(&kit::strokes(320, 240), 90);
    assert!(codes(&open(&whole)).is_empty());
    for percent in [1, 5, 10, 50, 90, 99] {
        match decode(&whole[..whole.len() * percent / 100], &Limits::default()) {
            Ok(decoded) => assert!(codes(&decoded).contains(&"truncated"), "at {percent} %"),
            Err(error) => assert_eq!(error.code(), "image_unreadable", "at {percent} %"),
        }
    }
    let most = open(&whole[..whole.len() * 90 / 100]).picture;
    assert_eq!((most.width(), most.height()), (320, 240));
}

#[test]
fn a_doubled_start_marker_is_forgiven() {
    let picture = kit::marker(32, 32);
    assert!(difference(&open(&kit::doubled_soi(&kit::jpeg(&picture, 95))).picture, &picture) < 2.0);
}

#[test]
fn giant_headers_are_refused_before_anything_is_allocated() {
    for (name, bytes) in [
        ("JPEG", kit::giant_jpeg(65500, 65500)),
        ("PNG", kit::giant_png(65500, 65500)),
        ("PNG", kit::giant_png(u32::MAX >> 1, u32::MAX >> 1)),
        ("GIF", kit::giant_gif(65500, 65500)),
        ("WebP", kit::giant_webp(65500, 65500)),
        ("WebP with a small canvas", kit::lying_webp()),
        ("PNG of 61 MP", kit::giant_png(6100, 10000)),
    ] {
        assert_eq!(refused(&bytes), "image_too_large", "{name}");
    }
    let words = decode(&kit::giant_png(6100, 10000), &Limits::default()).unwrap_err().text();
    assert!(words.en.contains("6100×10000") && words.en.contains("60 megapixels") && words.zh.contains("6000 万"), "{words:?}");
    let small = Limits { max_bytes: 10, ..Limits::default() };
    assert_eq!(decode(&kit::giant_png(1, 1), &small).unwrap_err().code(), "file_too_large");
}

#[test]
fn an_endless_animation_is_refused() {
    assert_eq!(refused(&kit::endless_gif(100_000)), "too_many_frames");
    open(&kit::endless_gif(100));
}

/// Any single damaged byte and any cut: an answer, never a panic that reaches the caller.
#[test]
fn no_damage_brings_the_decoder_down() {
    let picture = kit::marker(24, 16);
    let files = [
        kit::jpeg(&picture, 80),
        kit::progressive_jpeg(&picture),
        kit::ink_jpeg(true, Some(&kit::press())),
        Png::rgb(&picture).with_icc(&kit::display_p3()).bytes(),
        kit::apng([[1; 3]; 3]),
        kit::animated_gif([[1; 3]; 3]),
        kit::animated_webp([[1; 3]; 3]),
        kit::webp_lossy(&picture, 80.0),
        kit::bmp(&picture),
    ];
    let limits = Limits { max_pixels: 1 << 20, ..Limits::default() };
    for file in &files {
        for at in (0..file.len()).step_by(1 + file.len() / 160) {
            let mut damaged = file.clone();
            damaged[at] = !damaged[at];
            let _ = decode(&damaged, &limits);
            let _ = decode(&file[..at], &limits);
        }
    }
}

#[test]
fn nothing_but_pixels_leaves() {
    for (name, bytes) in kit::gps_tagged() {
        assert!(holds(&bytes, kit::SECRET.as_bytes()), "{name} has a place to hide");
        let picture = open(&bytes).picture;
        let mut outputs: Vec<(String, Vec<u8>)> = [Format::Png, Format::Jpeg, Format::Webp]
            .into_iter()
            .flat_map(|f| [EncodeOptions::new(f), EncodeOptions::new(f).with_quality(80)])
            .map(|o| (format!("{name} to {o:?}"), encode(&picture, &o).unwrap().bytes))
            .collect();
        outputs.push((format!("preview of {name}"), preview(&picture, 512, PREVIEW_MAX_BYTES).unwrap().bytes));
        for (what, out) in outputs {
            for trace in [kit::SECRET.as_bytes(), b"Exif", b"EXIF", b"eXIf", b"XMP", b"xmpmeta", b"tEXt", b"iTXt", b"GPS"] {
                assert!(!holds(&out, trace), "{what} holds {}", String::from_utf8_lossy(trace));
            }
            let starts = out.windows(3).filter(|w| *w == [0xff, 0xd8, 0xff]).count();
            assert!(starts <= 1, "{what} has a thumbnail inside");
            let reread = open(&out);
            assert_eq!(reread.source.orientation, 1);
            assert_eq!(Format::sniff(&out), Ok(reread.format));
        }
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn lossless_outputs_give_back_every_byte_also_under_alpha() {
    let noisy: Vec<[u8; 4]> =
        (0..37 * 29u32).map(|i| [(i * 7) as u8, (i * 13) as u8, (i / 5) as u8, [0, 255, 130][i as usize % 3]]).collect();
    let grey: Vec<[u8; 4]> = (0..37 * 29u32).map(|i| [[i as u8; 3].as_slice(), &[(i / 4) as u8]].concat().try_into().unwrap()).collect();
    for pixels in [noisy, grey] {
        let opaque: Vec<[u8; 4]> = pixels.iter().map(|&[r, g, b, _]| [r, g, b, 255]).collect();
        for pixels in [pixels, opaque] {
            let picture = Picture::from_rgba8(37, 29, pixels.into_flattened());
            for format in [Format::Png, Format::Webp] {
                let out = encode(&picture, &EncodeOptions::new(format)).unwrap();
                assert_eq!(*open(&out.bytes).picture, picture, "{format:?}");
                let second = image::load_from_memory(&out.bytes).unwrap().into_rgba8();
                assert_eq!(second.as_raw().as_slice(), picture.rgba8(), "{format:?} in a second decoder");
            }
        }
    }
}

#[test]
fn transparency_in_a_jpeg_becomes_white_and_is_announced() {
    let picture = Picture::filled(32, 32, [0, 0, 0, 0]);
    let out = encode(&picture, &EncodeOptions::new(Format::Jpeg)).unwrap();
    assert_eq!(out.notices.iter().map(|n| n.code.as_str()).collect::<Vec<_>>(), ["alpha_flattened"]);
    assert_eq!(open(&out.bytes).picture.pixel(16, 16), [255; 4]);
    let blue = EncodeOptions { flatten: [10, 20, 200], ..EncodeOptions::new(Format::Jpeg) };
    assert!(near(open(&encode(&picture, &blue).unwrap().bytes).picture.pixel(16, 16), [10, 20, 200], 3));
    assert!(encode(&Picture::filled(8, 8, [0, 0, 0, 255]), &EncodeOptions::new(Format::Jpeg)).unwrap().notices.is_empty());
}

#[test]
fn a_higher_quality_makes_a_larger_file_and_colour_stays() {
    let picture = picture_of(&Rgb::new(200, 150, |x, y| [(x * 255 / 200) as u8, (y * 7 % 256) as u8, ((x * y) % 200) as u8]));
    for format in [Format::Jpeg, Format::Webp] {
        let sizes = [30, 60, 95].map(|q| encode(&picture, &EncodeOptions::new(format).with_quality(q)).unwrap().bytes.len());
        assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "{format:?}: {sizes:?}");
    }
    let chroma = |p: &Picture| {
        let spread = |p: &[u8; 4]| f64::from(p[..3].iter().max().unwrap() - p[..3].iter().min().unwrap());
        p.rgba8().as_chunks::<4>().0.iter().map(spread).sum::<f64>() / p.area() as f64
    };
    for format in [Format::Png, Format::Jpeg, Format::Webp] {
        let out = open(&encode(&picture, &EncodeOptions::new(format)).unwrap().bytes).picture;
        assert!((chroma(&out) / chroma(&picture) - 1.0).abs() < 0.03, "{format:?}");
    }
}

#[test]
fn a_format_that_cannot_hold_the_size_says_so_and_names_another() {
    let long = Picture::filled(16_384, 1, [1, 2, 3, 255]);
    let error = encode(&long, &EncodeOptions::new(Format::Webp)).unwrap_err();
    assert_eq!(error.code(), "format_cannot_hold_size");
    assert!(error.text().en.contains("16383") && error.text().en.contains("PNG"));
    encode(&long, &EncodeOptions::new(Format::Png)).unwrap();
}

#[test]
fn previews_are_small_in_side_and_in_bytes_and_keep_alpha() {
    let noise = |alpha: bool| {
        let mut state = 1u32;
        let bytes = (0..900 * 700 * 4).map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if i % 4 == 3 && !alpha { 255 } else { (state >> 24) as u8 }
        });
        Picture::from_rgba8(900, 700, bytes.collect())
    };
    for (alpha, mime) in [(false, "image/jpeg"), (true, "image/webp")] {
        let small = preview(&noise(alpha), 512, PREVIEW_MAX_BYTES).unwrap();
        assert!(small.bytes.len() <= PREVIEW_MAX_BYTES && small.width.max(small.height) <= 512);
        assert_eq!(small.mime, mime);
        let shown = open(&small.bytes).picture;
        assert_eq!((shown.width(), shown.height()), (small.width, small.height));
        assert_eq!(shown.is_opaque(), !alpha);
    }
    let tiny = preview(&Picture::filled(3, 2, [9, 9, 9, 255]), 512, PREVIEW_MAX_BYTES).unwrap();
    assert_eq!((tiny.width, tiny.height), (3, 2), "never enlarged");
}

#[test]
fn a_mask_file_is_read_by_alpha_only_if_it_has_any_and_noise_counts_as_nothing() {
    let grey: Vec<[u8; 4]> = [0u8, 5, 8, 9, 128, 255].iter().map(|&v| [v, v, v, 255]).collect();
    let by_colour = decode_mask(&Png::rgba(6, 1, &grey).bytes(), &Limits::default()).unwrap();
    assert_eq!(by_colour.values(), &[0, 0, 0, 9, 128, 255]);
    let alpha: Vec<[u8; 4]> = [0u8, 5, 8, 9, 128, 255].iter().map(|&v| [0, 0, 0, v]).collect();
    let by_alpha = decode_mask(&Png::rgba(6, 1, &alpha).bytes(), &Limits::default()).unwrap();
    assert_eq!(by_alpha.values(), by_colour.values());
    let again = decode_mask(&encode_mask(&by_colour).unwrap().bytes, &Limits::default()).unwrap();
    assert_eq!(again, by_colour, "a mask that is downloaded and sent back is the same");
}

#[test]
fn a_result_does_not_depend_on_the_number_of_threads() {
    let photo = kit::jpeg_with_icc(&Rgb::new(300, 200, |x, y| [(x % 256) as u8, (y % 256) as u8, (x * y % 256) as u8]), &kit::display_p3());
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let picture = open(&photo).picture;
            let cut = foreground::cut_out(&picture, &disc(300, 200, 30.0));
            encode(&resize::resize(&cut, 170, 333), &EncodeOptions::new(Format::Png)).unwrap().bytes
        })
    };
    assert_eq!(run(1), run(5));
}

/// A disc whose alpha falls from 255 to 0 over `band` pixels.
fn disc(width: u32, height: u32, band: f32) -> Mask {
    let radius = width.min(height) as f32 * 0.35;
    let values = (0..width * height).map(|i| {
        let (x, y) = ((i % width) as f32 - width as f32 / 2.0, (i / width) as f32 - height as f32 / 2.0);
        (((radius - x.hypot(y)) / band + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
    });
    Mask::new(width, height, values.collect())
}

/// A strand-like matte: thin soft lines all over the rim of a disc, as hair is.
fn hair(width: u32, height: u32) -> Mask {
    let radius = width.min(height) as f32 * 0.3;
    let values = (0..width * height).map(|i| {
        let (x, y) = ((i % width) as f32 - width as f32 / 2.0, (i / width) as f32 - height as f32 / 2.0);
        let (from_rim, angle) = (x.hypot(y) - radius, y.atan2(x));
        let strand = ((angle * 60.0).sin() * 0.5 + 0.5) * (1.0 - from_rim / (radius * 0.5));
        let alpha = if from_rim < 0.0 { 1.0 } else { strand.clamp(0.0, 1.0) };
        (alpha * 255.0).round() as u8
    });
    Mask::new(width, height, values.collect())
}

#[test]
fn no_green_is_left_in_soft_edges() {
    let (w, h) = (640, 480);
    let green = [0, 255, 0];
    // A foreground that varies: skin to brown, with texture.
    let subject = |x: u32, y: u32| {
        [(150 + (x * 80 / w) + (x * 7 + y * 3) % 9) as u8, (90 + y * 60 / h + (x * 5 + y * 11) % 9) as u8, (60 + (x + y) % 40) as u8]
    };
    let front = picture_of(&Rgb::new(w, h, subject));
    let back = picture_of(&Rgb::new(w, h, |_, _| green));
    for (name, matte) in [("disc", disc(w, h, 24.0)), ("thin edge", disc(w, h, 3.0)), ("hair", hair(w, h))] {
        // In linear light as lenses mix, and in sRGB values as many programs do.
        let photographed = blend::masked(&back, &front, &matte);
        let computed = Picture::from_rgba8(w, h, mix_values(&front, &back, &matte));
        for (how, photo) in [("light", photographed), ("values", computed)] {
            let cut = foreground::cut_out(&photo, &matte);
            let (mut near_subject, mut soft) = (0u32, 0u32);
            for y in 0..h {
                for x in 0..w {
                    let [r, g, b, a] = cut.pixel(x, y);
                    assert_eq!(a, matte.at(x, y));
                    match a {
                        255 => assert_eq!(cut.pixel(x, y), photo.pixel(x, y), "exact where opaque"),
                        0 => assert_eq!([r, g, b], [0; 3], "nothing under alpha 0"),
                        26..=229 => {
                            soft += 1;
                            let distance = |c: [u8; 3]| (0..3).map(|i| i32::from([r, g, b][i].abs_diff(c[i])).pow(2)).sum::<i32>();
                            near_subject += u32::from(distance(subject(x, y)) < distance(green));
                        }
                        _ => {}
                    }
                }
            }
            assert!(soft > 500, "{name} has a soft band");
            assert!(near_subject * 100 >= soft * 95, "{name}, mixed in {how}: {near_subject} of {soft}");
            let tint = green_cast(&cut, &matte);
            assert!(tint < 6.0, "{name}, mixed in {how}: {tint} levels of green on white");
        }
    }
}

fn mix_values(front: &Picture, back: &Picture, matte: &Mask) -> Vec<u8> {
    let mix = |(i, (f, b)): (usize, (&u8, &u8))| {
        let a = f32::from(matte.values()[i / 4]) / 255.0;
        (f32::from(*f) * a + f32::from(*b) * (1.0 - a)).round() as u8
    };
    front.rgba8().iter().zip(back.rgba8()).enumerate().map(mix).collect()
}

/// How much green stands above red in the soft band of the cut-out laid on white; the subject itself has less green than red.
fn green_cast(cut: &Picture, matte: &Mask) -> f64 {
    let on_white = blend::over_colour(cut, [255; 3]);
    let (pixels, _) = on_white.rgba8().as_chunks::<4>();
    let soft = pixels.iter().zip(matte.values()).filter(|(_, a)| (26..=229).contains(*a));
    let (sum, count) = soft.fold((0.0, 0u32), |(sum, n), (p, _)| (sum + (f64::from(p[1]) - f64::from(p[0])).max(0.0), n + 1));
    sum / f64::from(count.max(1))
}

#[test]
fn a_cut_out_without_soft_pixels_is_the_picture_and_its_matte() {
    let picture = picture_of(&kit::marker(20, 10));
    let half = Mask::new(20, 10, (0..200).map(|i| if i % 20 < 10 { 255 } else { 0 }).collect());
    let cut = foreground::cut_out(&picture, &half);
    assert_eq!(cut.pixel(0, 0), picture.pixel(0, 0));
    assert_eq!(cut.pixel(19, 9), [0; 4]);
    for size in [(1, 1), (1, 300), (300, 1)] {
        let flat = Picture::filled(size.0, size.1, [50, 60, 70, 255]);
        let soft = foreground::cut_out(&flat, &Mask::filled(size.0, size.1, 100));
        assert!(near(soft.pixel(0, 0), [50, 60, 70], 1), "{size:?}: {:?}", soft.pixel(0, 0));
    }
}

#[test]
fn an_enlarged_disc_has_clear_corners_a_smooth_edge_and_no_dark_ring() {
    let matte = disc(64, 64, 1.5);
    let sticker = blend::with_alpha(&Picture::filled(64, 64, [250, 240, 230, 255]), &matte);
    for scale in [2, 4] {
        let large = resize::resize(&sticker, 64 * scale, 64 * scale);
        assert_eq!(large.pixel(0, 0), [0; 4]);
        let on_white = blend::over_colour(&large, [255; 3]);
        assert!(on_white.rgba8().as_chunks::<4>().0.iter().all(|p| p[0] >= 245 && p[2] >= 225), "no dark ring at ×{scale}");
        let row: Vec<u8> = (0..64 * scale).map(|x| large.pixel(x, 32 * scale)[3]).collect();
        assert!(row.iter().any(|a| (1..255).contains(a)), "the edge is soft at ×{scale}");
    }
}
