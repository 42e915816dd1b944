//! `filter`: a look for the whole picture (see [`crate::imaging::filter`]); `lut` takes a table from the models folder or from the plan itself.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

use super::pace::paced;
use super::params::param;
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, lut, speech};
use crate::imaging::Affine;
use crate::imaging::filter::{Filter as Kernel, Look};
use crate::text::Text;

/// Where no radius or size is given: shares of the long side.
const BLUR_SHARE: f64 = 0.008;
const SQUARE_SHARE: f64 = 0.02;
/// `amount` of a blur and of squares at most.
const MOST_AMOUNT: f64 = 4.0;

/// The filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Name {
    /// Black and white.
    Grayscale,
    /// Brown, as an old print.
    Sepia,
    /// The negative.
    Invert,
    /// Out of focus.
    Blur,
    /// Squares of one colour.
    Pixelate,
    /// Faded blacks, less colour, cool shadows, warm lights, darker corners.
    Vintage,
    /// Warmer light.
    Warm,
    /// Cooler light.
    Cool,
    /// Through a colour table, see `lut`.
    Lut,
}

/// Which filter, and how much of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FilterParams {
    /// Which filter.
    name: Name,
    /// 0 changes nothing, 1 is the whole filter. For `blur` and `pixelate` a factor on `radius` or `size`, up to 4.
    #[serde(default = "wholly")]
    #[schemars(range(min = 0, max = 4))]
    amount: f64,
    /// For `blur`: its standard deviation in pixels; 0.8 % of the long side unless it is given.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    radius: Option<f64>,
    /// For `pixelate`: pixels along a square's side; 2 % of the long side unless it is given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 4096))]
    size: Option<u32>,
    /// For `lut`: the name of a table in the folder `luts` of the models folder (`NAME.cube`), or the text of a `.cube` file, plain or as a data
    /// URI, up to 4 MB.
    #[serde(default)]
    lut: Option<String>,
}

fn wholly() -> f64 {
    1.0
}

static SPEC: OpSpec = OpSpec {
    name: "filter",
    summary_zh: "滤镜：黑白、棕褐、反色、模糊、像素化、复古、暖色、冷色、LUT",
    summary_en: "Applies a filter: black and white, sepia, negative, blur, pixels, vintage, warm, cool, LUT",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(FilterParams),
    speech: &speech::FILTER,
};

pub(super) struct Filter;

impl Operation for Filter {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: FilterParams = params.read()?;
        let scales = matches!(p.name, Name::Blur | Name::Pixelate);
        if p.amount > 1.0 && !scales {
            return Err(param(
                "amount",
                "“amount”应在 0 到 1 之间；只有 blur 和 pixelate 可以到 4。",
                "`amount` must be between 0 and 1; only blur and pixelate go up to 4.",
            ));
        }
        match (&p.lut, p.name) {
            (Some(lut), Name::Lut) => lut::check(lut),
            (None, Name::Lut) => Err(lut::which()),
            (Some(_), _) => Err(param("lut", "lut 只用于 name 为 lut 的滤镜。", "`lut` goes with the filter named `lut` only.")),
            (None, _) => Ok(()),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: FilterParams = params.read()?;
        let input = step.input.clone();
        if p.amount == 0.0 {
            return Ok(Outcome::unchanged(input));
        }
        let cube = match &p.lut {
            Some(lut) if p.name == Name::Lut => Some(lut::load(step.models.dir(), lut)?),
            _ => None,
        };
        let long = f64::from(input.width().max(input.height()));
        let by = p.amount.min(MOST_AMOUNT);
        let amount = p.amount.min(1.0) as f32;
        let mut resolved = Map::new();
        let kernel = match p.name {
            Name::Grayscale => Kernel::Look(Look::Grayscale, amount),
            Name::Sepia => Kernel::Look(Look::Sepia, amount),
            Name::Vintage => Kernel::Look(Look::Vintage, amount),
            Name::Warm => Kernel::Warm(amount),
            Name::Cool => Kernel::Cool(amount),
            Name::Invert => Kernel::Invert(amount),
            Name::Lut => Kernel::Cube(cube.as_ref().ok_or_else(lut::which)?, amount),
            Name::Blur => {
                let radius = p.radius.unwrap_or((long * BLUR_SHARE * 10.0).round().max(10.0) / 10.0);
                resolved.insert("radius".to_owned(), json!(radius));
                Kernel::Blur((radius * by) as f32)
            }
            Name::Pixelate => {
                let size = p.size.unwrap_or(((long * SQUARE_SHARE).round() as u32).max(4));
                resolved.insert("size".to_owned(), json!(size));
                Kernel::Pixelate((f64::from(size) * by).round() as u32)
            }
        };
        step.check_cancel()?;
        let filtered = paced(step, &Text::new("正在加滤镜", "Applying the filter"), |pace| kernel.apply(&input, pace))?;
        let picture = if filtered == *input { input } else { Arc::new(filtered) };
        step.preview(&Text::new("加滤镜后", "Filtered"), None, &picture);
        Ok(Outcome { resolved, ..Outcome::picture(picture, Some(Affine::IDENTITY)) })
    }
}
