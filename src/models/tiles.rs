//! Models that turn a picture into a picture (upscalers, denoisers, deblurrers): a tile's samples become their input, their output becomes samples.
//! Where the tiles lie and how they are joined is [`crate::imaging::tiles`].
//!
//! Input and output are normalised alike: `(value − mean) / std`, values 0..=255. Constants come from the manifest.

use serde::Deserialize;

use super::Tensor;
use super::error::ModelError;
use super::manifest::{ChannelOrder, ImageInput, Layout, ModelInfo};
use crate::imaging::tiles::{Planes, TileShape};

/// Constants of the family `tiles`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The result's side for a source side of 1.
    pub scale: u32,
    /// Side of a tile in source pixels: of its core, or of the whole input where that is fixed.
    pub tile: u32,
    /// Source pixels around a core that only give context: as many as the model looks around a pixel.
    pub overlap: u32,
    /// Source pixels over which neighbouring tiles are blended, for models that look further than any overlap.
    #[serde(default)]
    pub feather: u32,
    /// Every input is `tile` × `tile`.
    #[serde(default)]
    pub fixed: bool,
    /// Models of one series differ in `scale` alone; the one that suits a size is chosen.
    #[serde(default)]
    pub series: String,
    /// What the model takes away or invents below the size of a source pixel stays out of the tone: see [`crate::imaging::tiles::keep_source`].
    #[serde(default = "yes")]
    pub keep: bool,
}

fn yes() -> bool {
    true
}

impl Settings {
    /// The number of tensors that the model gives, if the constants make sense.
    pub fn check(&self, input: &ImageInput) -> Result<usize, String> {
        let around = 2 * (u64::from(self.overlap) + u64::from(self.feather));
        let room = !self.fixed || u64::from(self.tile) > around + 2 * u64::from(self.reach());
        let sides = (1..=4096).contains(&self.tile) && self.overlap <= 512 && self.feather <= 512;
        if !(1..=8).contains(&self.scale) || !sides || !room {
            return Err("settings: scale 1..8, tile 1..4096, overlap and feather up to 512 and smaller than half a fixed tile".to_owned());
        }
        if self.fixed && !self.tile.is_multiple_of(input.multiple) {
            return Err("settings: a fixed tile is a multiple of input.multiple".to_owned());
        }
        Ok(1)
    }

    /// Whether results are corrected by their source.
    pub fn keeps_source(&self) -> bool {
        self.keep && self.scale > 1
    }

    /// What correcting by the source looks at around a pixel.
    fn reach(&self) -> u32 {
        if self.keeps_source() { crate::imaging::tiles::REACH_PX } else { 0 }
    }

    /// The tiles that this model wants.
    pub fn shape(&self, input: &ImageInput) -> TileShape {
        TileShape {
            side_px: self.tile,
            margin_px: self.overlap + self.reach(),
            feather_px: self.feather,
            multiple: input.multiple,
            fixed: self.fixed,
        }
    }
}

/// A model with its constants.
#[derive(Clone, Debug)]
pub struct TileModel {
    pub info: ModelInfo,
    pub settings: Settings,
}

impl TileModel {
    /// # Errors
    /// `model_input` where the manifest's entry is of another family.
    pub fn of(info: ModelInfo) -> Result<TileModel, ModelError> {
        if info.family != "tiles" {
            return Err(ModelError::input(&info.name, "it does not turn a picture into a picture"));
        }
        let settings = info.settings().map_err(|e| ModelError::input(&info.name, &e))?;
        Ok(TileModel { info, settings })
    }

    /// Three planes as the model's input.
    ///
    /// # Panics
    /// When there are not three planes.
    pub fn prepare(&self, tile: &Planes) -> Tensor {
        assert_eq!(tile.channels(), 3, "red, green, blue");
        let (area, input) = (tile.area(), &self.info.input);
        let mut data = vec![0f32; area * 3];
        for (place, channel) in order(input).into_iter().enumerate() {
            let (mean, factor) = (input.mean[channel], 1.0 / input.std[channel]);
            let plane = &tile.data[channel * area..][..area];
            let normal = plane.iter().map(|v| (v - mean) * factor);
            match input.layout {
                Layout::Planes => data[place * area..][..area].iter_mut().zip(normal).for_each(|(to, v)| *to = v),
                Layout::Pixels => data[place..].iter_mut().step_by(3).zip(normal).for_each(|(to, v)| *to = v),
            }
        }
        let (w, h) = (tile.width, tile.height);
        let shape = if input.layout == Layout::Planes { vec![1, 3, h, w] } else { vec![1, h, w, 3] };
        Tensor { shape, data }
    }

    /// The model's output for a tile as three planes, `scale` times as large.
    ///
    /// # Errors
    /// `model_failed` where it has another shape or holds no numbers.
    pub fn read(&self, outputs: Vec<Tensor>, tile: &Planes) -> Result<Planes, ModelError> {
        let (input, scale) = (&self.info.input, self.settings.scale as usize);
        let (w, h) = (tile.width * scale, tile.height * scale);
        let expected = if input.layout == Layout::Planes { vec![1, 3, h, w] } else { vec![1, h, w, 3] };
        let failed = |why: &str| ModelError::failed(&self.info.name, why);
        let Some(tensor) = outputs.into_iter().next().filter(|t| t.shape == expected) else {
            return Err(failed(&format!("its answer is not of the shape {expected:?}")));
        };
        let area = w * h;
        let mut planes = vec![0f32; area * 3];
        for (place, channel) in order(input).into_iter().enumerate() {
            let (mean, std) = (input.mean[channel], input.std[channel]);
            let to = &mut planes[channel * area..][..area];
            match input.layout {
                Layout::Planes => to.iter_mut().zip(&tensor.data[place * area..]).for_each(|(to, v)| *to = v * std + mean),
                Layout::Pixels => to.iter_mut().zip(tensor.data[place..].iter().step_by(3)).for_each(|(to, v)| *to = v * std + mean),
            }
        }
        if planes.iter().any(|v| !v.is_finite()) {
            return Err(failed("its answer holds values that are no numbers"));
        }
        Ok(Planes::new(w, h, planes))
    }
}

/// Which of red, green and blue stands first, second and third.
fn order(input: &ImageInput) -> [usize; 3] {
    if input.order == ChannelOrder::Bgr { [2, 1, 0] } else { [0, 1, 2] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Manifest;

    fn model(name: &str) -> TileModel {
        TileModel::of(Manifest::embedded().model(name).unwrap().clone()).unwrap()
    }

    #[test]
    fn samples_come_back_as_they_went_in_whatever_layout_and_order() {
        let tile = Planes::new(3, 2, (0..18).map(|v| v as f32 * 13.0).collect());
        let mut model = model("deblur-nafnet");
        assert_eq!(model.settings.scale, 1);
        model.info.input.mean = [10.0, 20.0, 30.0];
        model.info.input.std = [2.0, 50.0, 255.0];
        for layout in [Layout::Planes, Layout::Pixels] {
            for order in [ChannelOrder::Rgb, ChannelOrder::Bgr] {
                model.info.input.layout = layout;
                model.info.input.order = order;
                let tensor = model.prepare(&tile);
                let first = if order == ChannelOrder::Bgr { (tile.data[12] - 30.0) / 255.0 } else { (tile.data[0] - 10.0) / 2.0 };
                assert!((tensor.data[0] - first).abs() < 1e-5);
                let back = model.read(vec![tensor], &tile).unwrap();
                assert!(back.data.iter().zip(&tile.data).all(|(a, b)| (a - b).abs() < 1e-3));
            }
        }
    }

    #[test]
    fn an_answer_of_another_size_or_without_numbers_is_an_error() {
        let model = model("realesr-animevideov3-x2");
        let tile = Planes::new(2, 2, vec![0.0; 12]);
        let answer =
            |shape: [usize; 4], v: f32| model.read(vec![Tensor { shape: shape.into(), data: vec![v; shape.iter().product()] }], &tile);
        assert!(answer([1, 3, 4, 4], 0.5).is_ok());
        assert!(answer([1, 3, 2, 2], 0.5).is_err() && answer([1, 3, 4, 4], f32::NAN).is_err());
        assert!(model.read(vec![], &tile).is_err());
        assert!(TileModel::of(Manifest::embedded().model("isnet").unwrap().clone()).is_err());
    }
}
