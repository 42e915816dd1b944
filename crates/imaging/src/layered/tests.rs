use super::*;
use crate::decode::decode;
use crate::encode::Extras;
use crate::limits::Limits;
use crate::xmp::recipe_text;

fn photo(width: u32, height: u32) -> Arc<Picture> {
    Arc::new(Picture::from_rgba8(
        width,
        height,
        (0..width * height).flat_map(|i| [(i * 7) as u8, (i / 3) as u8, (i % width) as u8, 255]).collect(),
    ))
}

fn edited(from: &Picture, change: impl Fn(u32, u32) -> Option<[u8; 4]>) -> Arc<Picture> {
    let mut out = from.clone();
    let width = from.width();
    for (i, p) in out.rgba8_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        if let Some(new) = change(i as u32 % width, i as u32 / width) {
            *p = new;
        }
    }
    Arc::new(out)
}

/// Original, an edit of a part, one beside the canvas, a hidden one.
fn document() -> Document {
    let original = photo(40, 30);
    let after = edited(&original, |x, y| (x > 20 && y > 10).then_some([x as u8 * 5, 9, 200, 255]));
    let mask = Mask::new(40, 30, (0..40 * 30).map(|i| if i % 40 > 20 && i / 40 > 10 { 255 } else { 0 }).collect());
    let part = Rect { x: 21, y: 11, width: 19, height: 19 };
    let layers = vec![
        Layer::whole("原图", original),
        Layer { mask: Some(Arc::new(mask)), ..Layer::whole("把车换成蓝色 🚗", after.clone()) }.cut_to(part),
        Layer { x: -7, y: 25, ..Layer::whole("Matte & <shadow>", photo(20, 20)) }.hidden(),
    ];
    Document { width: 40, height: 30, layers, merged: after }
}

#[test]
fn the_visible_layers_together_are_the_picture_and_hiding_one_shows_what_was_before() {
    let mut document = document();
    assert_eq!(document.composite(), *document.merged);
    document.layers[1].visible = false;
    assert_eq!(document.composite(), *document.layers[0].picture);
    document.layers[2].visible = true;
    let with_corner = document.composite();
    assert_eq!(with_corner.pixel(0, 25), document.layers[2].picture.pixel(7, 0), "it may reach over the edges");
    assert_eq!(with_corner.pixel(13, 25), document.layers[0].picture.pixel(13, 25));
}

#[test]
fn half_a_layer_is_mixed_as_other_programs_do_it() {
    let mut canvas = Picture::filled(1, 1, [0, 100, 200, 255]);
    lay(&Layer { opacity: 128, ..Layer::whole("", Arc::new(Picture::filled(1, 1, [255, 100, 0, 255]))) }, &mut canvas);
    assert_eq!(canvas.pixel(0, 0), [128, 100, 100, 255]);
    let mut clear = Picture::filled(1, 1, [9, 9, 9, 0]);
    lay(&Layer { opacity: 51, ..Layer::whole("", Arc::new(Picture::filled(1, 1, [10, 20, 30, 255]))) }, &mut clear);
    assert_eq!(clear.pixel(0, 0), [10, 20, 30, 51]);
}

#[test]
fn a_layer_goes_with_its_canvas_through_crops_turns_and_mirrors() {
    let base = photo(12, 9);
    let top = edited(&Picture::filled(5, 4, [0; 4]), |x, y| (x + y != 0).then_some([x as u8 * 40, y as u8 * 50, 7, 255]));
    let mask = Arc::new(Mask::new(5, 4, (0..20).map(|i| if i % 7 == 0 { 0 } else { 255 }).collect()));
    let layer = Layer { x: 6, y: 2, mask: Some(mask), ..Layer::whole("", top) };
    let mut seen = (*base).clone();
    lay(&layer, &mut seen);
    let mut turns: Vec<(Picture, Affine)> = (0..4).map(|q| geometry::rotate_quarters(&seen, q)).collect();
    for axis in [geometry::FlipAxis::Horizontal, geometry::FlipAxis::Vertical] {
        turns.push(geometry::flip(&seen, axis));
        let (flipped, first) = geometry::flip(&seen, axis);
        let (turned, second) = geometry::rotate_quarters(&flipped, 1);
        turns.push((turned, second.then(&first)));
    }
    turns.push(geometry::crop(&seen, Rect { x: 3, y: 1, width: 5, height: 6 }));
    for (expected, map) in turns {
        let mut canvas = Picture::filled(expected.width(), expected.height(), [0; 4]);
        for layer in [&Layer::whole("", base.clone()), &layer] {
            lay(&layer.moved(&map).expect("whole pixels and right angles"), &mut canvas);
        }
        assert_eq!(canvas, expected, "{map:?}");
    }
    assert!(layer.moved(&Affine::scaling(2.0, 2.0)).is_none() && layer.moved(&Affine::translation(0.5, 0.0)).is_none());
}

#[test]
fn an_openraster_file_holds_its_members_in_order_and_its_pixels_exactly() {
    let document = document();
    let file = write_ora(&document, &Extras { recipe: Some("{}"), dpi: Some(300), ..Extras::default() }).unwrap().bytes;
    assert_eq!(&file[30..38], b"mimetype", "the first member");
    assert_eq!(&file[38..54], b"image/openraster", "uncompressed, at a fixed place");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&file[..])).unwrap();
    let mut read = |name: &str| {
        let mut bytes = vec![];
        std::io::Read::read_to_end(&mut archive.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let stack = String::from_utf8(read("stack.xml")).unwrap();
    let (top, bottom) = (stack.find("Matte &amp; &lt;shadow&gt;").unwrap(), stack.find("原图").unwrap());
    assert!(top < bottom && stack.contains("w=\"40\" h=\"30\" xres=\"300\"") && stack.contains("x=\"-7\" y=\"25\""), "{stack}");
    assert_eq!((stack.matches("visibility=\"hidden\"").count(), stack.matches("<layer ").count()), (1, 3));
    let open = |bytes: &[u8]| decode(bytes, &Limits::default()).unwrap().picture;
    assert_eq!(open(&read("mergedimage.png")), document.merged);
    assert_eq!(open(&read("data/layer000.png")), document.layers[0].picture);
    let part = open(&read("data/layer001.png"));
    assert_eq!((part.width(), part.pixel(3, 3)), (19, document.merged.pixel(24, 14)));
    assert!(open(&read("Thumbnails/thumbnail.png")).width() <= 256);
    assert_eq!(recipe_text(&file, &Limits::default()).as_deref(), Some("{}"));
}

#[test]
fn sixteen_bits_stay_in_openraster_and_their_loss_is_said_in_a_psd() {
    let deep = Arc::new(Picture::from_rgba16(3, 1, vec![1, 2, 3, 65535, 500, 60_000, 7, 65535, 9, 9, 9, 32_768]));
    let document = Document::of("deep", &deep);
    let file = write_ora(&document, &Extras::default()).unwrap();
    assert!(file.notices.is_empty());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&file.bytes[..])).unwrap();
    let mut bytes = vec![];
    std::io::Read::read_to_end(&mut archive.by_name("data/layer000.png").unwrap(), &mut bytes).unwrap();
    assert_eq!(decode(&bytes, &Limits::default()).unwrap().picture, deep);
    assert_eq!(write_psd(&document, &Extras::default()).unwrap().notices[0].code, "depth_reduced");
}

#[test]
fn what_a_psd_cannot_hold_is_refused_by_name() {
    use crate::text::Explain;
    let wide = Document::of("", &Arc::new(Picture::filled(30_001, 1, [1; 4])));
    assert_eq!(write_psd(&wide, &Extras::default()).unwrap_err().code(), "format_cannot_hold_size");
    assert!(write_psd(&Document::of("", &Arc::new(Picture::filled(30_000, 2, [1, 2, 3, 255]))), &Extras::default()).is_ok());
    let limit = 1000;
    assert_eq!(check_amount(&Document::of("", &photo(40, 30)), limit).unwrap_err().code(), "file_too_large");
}
