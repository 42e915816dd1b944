//! `/images/{id}/mask`: what a target means on a picture, at once and without a job, for pointing on the page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::caller::Caller;
use super::error::{ApiError, ErrorEnvelope};
use super::images::{codec, find};
use super::intake;
use super::state::App;
use crate::cancel::Cancel;
use crate::engine::{MaskRequest, resolve_mask};
use crate::imaging::{self, Mask, Picture, resize};
use crate::plan::{BoxUnit, Target};
use crate::store::{BlobId, ImageId};

/// Body of the request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaskBody {
    /// As in a plan; coordinates are pixels of the picture at its full size.
    #[schema(value_type = Object)]
    target: Target,
    /// The picture is looked at, and the mask given, with its long side at most this many pixels; omitted: full size.
    #[schema(minimum = 64, maximum = 4096)]
    max_side: Option<u32>,
}

/// What a target selects: a grey PNG, white = selected, of the picture's shape. Nothing is stored.
#[utoipa::path(post, path = "/images/{id}/mask", tag = "images", params(("id" = String, Path)), request_body = MaskBody,
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 400, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope)))]
pub async fn mask(State(app): State<App>, caller: Caller, Path(id): Path<String>, body: JsonBody<MaskBody>) -> Result<Response, ApiError> {
    let MaskBody { target, max_side } = body.0;
    if max_side.is_some_and(|side| !(64..=4096).contains(&side)) {
        return Err(
            ApiError::bad_request("invalid_parameter", "max_side 应在 64 到 4096 之间。", "max_side must be 64 to 4096.").field("max_side")
        );
    }
    let image = find(&app, &caller, &id).await?;
    let masks = named_mask(&app, &caller, &target).await?;
    let key = (image.blob.clone(), max_side);
    let known = app.looked_at.get(&key);
    let bytes = match known {
        Some(_) => None,
        None => Some(app.store.image_bytes(&caller.user, &image.id).await.map_err(|e| ApiError::explain(&e))?.1),
    };
    let limits = intake::imaging_limits(&app);
    // Whoever clicks again, or leaves, does not wait for this one.
    let cancel = Cancel::new();
    let _here = cancel.when_dropped();
    let work = {
        let (app, cancel) = (app.clone(), cancel.clone());
        move || {
            let looked = match (known, bytes) {
                (Some(looked), _) => looked,
                (None, bytes) => app.looked_at.keep(key, look_at(&bytes.unwrap_or_default(), max_side, &limits)?),
            };
            let target = scaled(target, looked.scale());
            let request = MaskRequest { picture: looked.picture.clone(), target, masks, quick: max_side.is_some(), cancel: &cancel };
            let found = resolve_mask(request, &app.models, &limits).map_err(|e| ApiError::explain(&e))?;
            let encoded = imaging::encode_mask(&found.mask).map_err(|e| ApiError::explain(&e))?;
            Ok((encoded.bytes, found.notices))
        }
    };
    let (bytes, notices) = codec(&app, work).await?;
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let codes: Vec<&str> = notices.iter().map(|n| n.code.as_str()).collect();
    if let Ok(value) = HeaderValue::from_str(&codes.join(", "))
        && !codes.is_empty()
    {
        response.headers_mut().insert(HeaderName::from_static("x-portico-warnings"), value);
    }
    Ok(response)
}

/// The mask that the target names by id.
async fn named_mask(app: &App, caller: &Caller, target: &Target) -> Result<HashMap<String, Arc<Mask>>, ApiError> {
    let Some(name) = &target.mask else { return Ok(HashMap::new()) };
    let id: ImageId = intake::image_id(name, "target.mask")?;
    let (_, bytes) = app.store.image_bytes(&caller.user, &id).await.map_err(|e| ApiError::explain(&e).field("target.mask"))?;
    let limits = intake::imaging_limits(app);
    let mask = codec(app, move || imaging::decode_mask(&bytes, &limits).map_err(|e| ApiError::explain(&e).field("target.mask"))).await?;
    Ok(HashMap::from([(name.clone(), Arc::new(mask))]))
}

/// A picture at the size it is looked at.
#[derive(Clone)]
pub struct Looked {
    picture: Arc<Picture>,
    /// Width of the picture at its full size.
    full_width: u32,
    full_height: u32,
}

impl Looked {
    /// From the full picture's coordinates to these, across and down.
    fn scale(&self) -> (f64, f64) {
        (f64::from(self.picture.width()) / f64::from(self.full_width), f64::from(self.picture.height()) / f64::from(self.full_height))
    }
}

fn look_at(bytes: &[u8], max_side: Option<u32>, limits: &imaging::Limits) -> Result<Looked, ApiError> {
    let picture = imaging::decode(bytes, limits).map_err(|e| ApiError::explain(&e))?.picture;
    let (full_width, full_height) = (picture.width(), picture.height());
    let long = full_width.max(full_height);
    let picture = match max_side {
        Some(side) if long > side => {
            let shorter = |v: u32| ((u64::from(v) * u64::from(side) + u64::from(long) / 2) / u64::from(long)).max(1) as u32;
            Arc::new(resize::resize(&picture, shorter(full_width), shorter(full_height)))
        }
        _ => picture,
    };
    Ok(Looked { picture, full_width, full_height })
}

/// The target in the coordinates of a smaller picture.
fn scaled(mut target: Target, (sx, sy): (f64, f64)) -> Target {
    if target.unit != Some(BoxUnit::Fraction)
        && let Some([x, y, w, h]) = target.box_
    {
        target.box_ = Some([x * sx, y * sy, w * sx, h * sy]);
    }
    for [x, y, _] in target.points.iter_mut().flatten() {
        (*x, *y) = (*x * sx, *y * sy);
    }
    let shorter = |px: u32| (f64::from(px) * sx.min(sy)).round() as u32;
    target.grow = target.grow.map(shorter);
    target.feather = target.feather.map(shorter);
    target
}

type Key = (BlobId, Option<u32>);

/// The pictures that were pointed at last, decoded: the next click on one needs no decoding.
#[derive(Default)]
pub struct LookedAt(Mutex<Vec<(Key, Looked)>>);

/// Small ones and a large one.
const KEPT: usize = 4;
/// All of them together, in pixels.
const KEPT_PIXELS: u64 = 32_000_000;

impl LookedAt {
    fn entries(&self) -> MutexGuard<'_, Vec<(Key, Looked)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn get(&self, key: &Key) -> Option<Looked> {
        let mut entries = self.entries();
        let at = entries.iter().position(|(known, _)| known == key)?;
        let entry = entries.remove(at);
        entries.push(entry.clone());
        Some(entry.1)
    }

    /// Keeps the newest; one that is too large for all is not kept.
    fn keep(&self, key: Key, looked: Looked) -> Looked {
        let mut entries = self.entries();
        entries.retain(|(known, _)| *known != key);
        entries.push((key, looked.clone()));
        let pixels = |entries: &[(Key, Looked)]| entries.iter().map(|(_, l)| l.picture.area()).sum::<u64>();
        while !entries.is_empty() && (entries.len() > KEPT || pixels(&entries) > KEPT_PIXELS) {
            entries.remove(0);
        }
        looked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(width: u32) -> Looked {
        Looked { picture: Arc::new(Picture::filled(width, 1, [0; 4])), full_width: width, full_height: 1 }
    }

    fn key(name: &str) -> Key {
        (BlobId::of(name.as_bytes()), None)
    }

    #[test]
    fn coordinates_follow_the_picture_to_its_smaller_size() {
        let target = Target {
            box_: Some([100.0, 200.0, 50.0, 40.0]),
            points: Some(vec![[10.0, 20.0, 1.0], [400.0, 100.0, 0.0]]),
            grow: Some(8),
            ..Target::default()
        };
        let small = scaled(target.clone(), (0.5, 0.25));
        assert_eq!(small.box_, Some([50.0, 50.0, 25.0, 10.0]));
        assert_eq!(small.points, Some(vec![[5.0, 5.0, 1.0], [200.0, 25.0, 0.0]]));
        assert_eq!(small.grow, Some(2));
        let fractions = Target { unit: Some(BoxUnit::Fraction), box_: Some([0.0, 0.0, 0.5, 0.5]), ..Target::default() };
        assert_eq!(scaled(fractions.clone(), (0.5, 0.5)).box_, fractions.box_, "fractions are of any size");
    }

    #[test]
    fn the_pictures_pointed_at_last_are_kept_within_bounds() {
        let kept = LookedAt::default();
        for name in ["a", "b", "c", "d"] {
            kept.keep(key(name), looked(9));
        }
        assert!(kept.get(&key("a")).is_some(), "used again, it is the newest");
        kept.keep(key("e"), looked(9));
        assert!(kept.get(&key("b")).is_none() && kept.get(&key("a")).is_some());
        kept.keep(key("huge"), looked(KEPT_PIXELS as u32 + 1));
        assert!(kept.get(&key("huge")).is_none(), "too large to keep");
    }
}
