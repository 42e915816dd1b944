//! `flip`: mirrors the picture; exact.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::geometry::{self, FlipAxis};

/// What is swapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Axis {
    /// Left and right, as in a mirror on the wall.
    #[default]
    Horizontal,
    /// Top and bottom, as in water.
    Vertical,
}

/// The axis.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FlipParams {
    /// `horizontal` swaps left and right, `vertical` top and bottom.
    #[serde(default)]
    axis: Axis,
}

static SPEC: OpSpec = OpSpec {
    name: "flip",
    summary_zh: "翻转",
    summary_en: "Mirrors the picture",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(FlipParams),
    speech: &speech::FLIP,
};

pub(super) struct Flip;

impl Operation for Flip {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        params.read::<FlipParams>().map(drop)
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: FlipParams = params.read()?;
        step.check_cancel()?;
        let axis = match p.axis {
            Axis::Horizontal => FlipAxis::Horizontal,
            Axis::Vertical => FlipAxis::Vertical,
        };
        let (picture, map) = geometry::flip(&step.input, axis);
        Ok(Outcome::picture(picture.into(), Some(map)))
    }
}
