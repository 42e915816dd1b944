//! `rotate`: turns the picture clockwise; quarter turns are exact.

use schemars::JsonSchema;
use serde::Deserialize;

use super::params::{param, refused};
use super::{Cost, OpError, OpSpec, Operation, Outcome, Params, StepContext, speech};
use crate::imaging::geometry::{rotate, rotated_size};

/// The angle.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RotateParams {
    /// Clockwise; negative turns the other way. Multiples of 90 move pixels without changing them; at other angles the corners become
    /// transparent.
    #[serde(default)]
    #[schemars(range(min = -360.0, max = 360.0))]
    degrees: Option<f64>,
    /// Finds the angle that makes the picture level.
    #[serde(default)]
    auto: bool,
}

static SPEC: OpSpec = OpSpec {
    name: "rotate",
    summary_zh: "旋转",
    summary_en: "Turns the picture",
    available: true,
    exact_outside_target: false,
    takes_target: false,
    makes_version: true,
    models: &[],
    cost: Cost::Instant,
    params: || schemars::schema_for!(RotateParams),
    speech: &speech::ROTATE,
};

pub(super) struct Rotate;

impl Operation for Rotate {
    fn spec(&self) -> &'static OpSpec {
        &SPEC
    }

    fn check(&self, params: &Params) -> Result<(), OpError> {
        let p: RotateParams = params.read()?;
        if p.auto {
            return Err(refused(
                "parameter_unavailable",
                "这个版本还不会自动拉正，请给出角度，例如顺时针 3 度。",
                "This build cannot level a picture by itself yet. Give an angle, such as 3 degrees clockwise.",
            ));
        }
        match p.degrees {
            Some(v) if v.is_finite() => Ok(()),
            _ => Err(param("degrees", "要转多少度？", "Turn by how many degrees?")),
        }
    }

    fn run(&self, step: &mut StepContext<'_>, params: Params) -> Result<Outcome, OpError> {
        let p: RotateParams = params.read()?;
        let degrees = p.degrees.unwrap_or(0.0);
        let input = step.input.clone();
        if degrees % 360.0 == 0.0 {
            return Ok(Outcome::unchanged(input));
        }
        let (width, height) = rotated_size(input.width(), input.height(), degrees);
        step.limits.check_size(width, height)?;
        step.check_cancel()?;
        let (picture, map) = rotate(&input, degrees, [0; 4]);
        Ok(Outcome::picture(picture.into(), Some(map)))
    }
}
