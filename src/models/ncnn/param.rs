//! The text of a `.param` file: a network's layers, one a line.
//!
//! ```text
//! 7767517
//! LAYERS BLOBS
//! KIND NAME INPUTS OUTPUTS input… output… ID=VALUE… -233ID=COUNT,VALUE,…
//! ```
//!
//! Format: ncnn's "param and model file structure" in its documentation.

use std::collections::BTreeMap;

use super::error::{NcnnError, Trouble};

/// The first line of every text `.param` file.
const MAGIC: &str = "7767517";
/// Parameters with numbers from here down hold lists.
const LISTS_FROM: i64 = -23300;
/// ncnn's own limit of parameter numbers.
const MOST_PARAMETERS: i64 = 32;
/// Says which optimisations a layer may not use; it does not change what the layer computes.
const FEATURE_MASK: i64 = 31;
/// More than any network of this kind counts; keeps what a damaged file can ask for small.
const LARGEST_COUNT: f64 = 1e9;

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(f64),
    List(Vec<f64>),
}

/// A layer as its line says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub kind: String,
    pub name: String,
    /// In the file, from 1.
    pub line: usize,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    values: BTreeMap<i64, Value>,
}

impl Layer {
    /// An error about this layer.
    pub fn error(&self, trouble: Trouble, zh: &str, en: &str) -> NcnnError {
        NcnnError::layer(self, trouble, zh, en)
    }

    /// Refuses parameters whose meaning is not known here, unless they are zero.
    pub fn allow(&self, known: &[i64]) -> Result<(), NcnnError> {
        let plain = |value: &Value| matches!(value, Value::Number(0.0)) || matches!(value, Value::List(list) if list.is_empty());
        match self.values.iter().find(|(id, value)| **id != FEATURE_MASK && !known.contains(id) && !plain(value)) {
            Some((id, _)) => Err(self.unsupported(*id)),
            None => Ok(()),
        }
    }

    /// The error for a parameter with a value that is not supported.
    pub fn unsupported(&self, id: i64) -> NcnnError {
        let value = match self.values.get(&id) {
            Some(Value::Number(v)) => v.to_string(),
            Some(Value::List(list)) => format!("{list:?}"),
            None => "0".to_owned(),
        };
        self.error(Trouble::Layer, &format!("不支持参数 {id}={value}"), &format!("parameter {id}={value} is not supported"))
    }

    fn wrong(&self, id: i64) -> NcnnError {
        self.error(Trouble::Format, &format!("参数 {id} 的类型不对"), &format!("parameter {id} is not of its type"))
    }

    pub fn number(&self, id: i64, default: f64) -> Result<f64, NcnnError> {
        match self.values.get(&id) {
            None => Ok(default),
            Some(Value::Number(v)) => Ok(*v),
            Some(Value::List(_)) => Err(self.wrong(id)),
        }
    }

    pub fn int(&self, id: i64, default: i64) -> Result<i64, NcnnError> {
        let v = self.number(id, default as f64)?;
        if v.fract() == 0.0 && v.abs() <= LARGEST_COUNT { Ok(v as i64) } else { Err(self.wrong(id)) }
    }

    /// A whole number that counts something: `least..`.
    pub fn count(&self, id: i64, default: i64, least: i64) -> Result<usize, NcnnError> {
        let v = self.int(id, default)?;
        if v < least {
            return Err(self.error(Trouble::Format, &format!("参数 {id}={v} 太小"), &format!("parameter {id}={v} is too small")));
        }
        Ok(v as usize)
    }

    pub fn list(&self, id: i64) -> Result<&[f64], NcnnError> {
        match self.values.get(&id) {
            None => Ok(&[]),
            Some(Value::List(list)) => Ok(list),
            Some(Value::Number(_)) => Err(self.wrong(id)),
        }
    }
}

/// The layers of a network, in the order in which they run.
///
/// # Errors
/// `ncnn_format`, with the line.
pub fn parse(bytes: &[u8]) -> Result<Vec<Layer>, NcnnError> {
    let foreign = || {
        NcnnError::whole(
            Trouble::Format,
            "这不是 ncnn 的文本 .param 文件（第一行应为 7767517）。请确认两个文件的顺序：先 .param，后 .bin；二进制的 .param.bin 不支持",
            "this is not a text .param file of ncnn (its first line is 7767517). Give the .param file first and the .bin file second; binary .param.bin \
             files are not supported",
        )
    };
    let text = std::str::from_utf8(bytes).map_err(|_| foreign())?;
    let mut lines = text.lines().enumerate().map(|(i, l)| (i + 1, l.trim())).filter(|(_, l)| !l.is_empty() && !l.starts_with('#'));
    if lines.next().is_none_or(|(_, first)| first != MAGIC) {
        return Err(foreign());
    }
    let (line, counts) = lines.next().ok_or_else(foreign)?;
    let counts: Vec<usize> = counts.split_whitespace().map_while(|w| w.parse().ok()).collect();
    let [expected, _blobs] = counts[..] else {
        return Err(NcnnError::line(line, "应为层数和数据块数", "the numbers of layers and of blobs are missing"));
    };
    let layers = lines.map(|(line, words)| layer(line, words)).collect::<Result<Vec<_>, _>>()?;
    if layers.len() != expected {
        let found = layers.len();
        return Err(NcnnError::whole(
            Trouble::Format,
            format!(".param 文件不完整：写明有 {expected} 层，实际有 {found} 层"),
            format!("the .param file is not complete: it announces {expected} layers and has {found}"),
        ));
    }
    Ok(layers)
}

fn layer(line: usize, text: &str) -> Result<Layer, NcnnError> {
    let mut words = text.split_whitespace();
    let cut = || NcnnError::line(line, "这一行不完整", "the line is cut short");
    let mut word = || words.next().map(str::to_owned).ok_or_else(cut);
    let (kind, name) = (word()?, word()?);
    let count = |word: String| {
        word.parse::<usize>().map_err(|_| NcnnError::line(line, "缺少输入输出的个数", "the numbers of inputs and outputs are missing"))
    };
    let (inputs, outputs) = (count(word()?)?, count(word()?)?);
    let inputs = (0..inputs).map(|_| word()).collect::<Result<_, _>>()?;
    let outputs = (0..outputs).map(|_| word()).collect::<Result<_, _>>()?;
    let mut values = BTreeMap::new();
    for pair in words {
        let (id, value) = value(pair).ok_or_else(|| {
            NcnnError::line(
                line,
                &format!("看不懂参数“{pair}”（层“{name}”）"),
                &format!("the parameter `{pair}` of layer `{name}` cannot be read"),
            )
        })?;
        values.insert(id, value);
    }
    Ok(Layer { kind, name, line, inputs, outputs, values })
}

fn value(pair: &str) -> Option<(i64, Value)> {
    let (id, text) = pair.split_once('=')?;
    let id: i64 = id.parse().ok()?;
    let number = |text: &str| text.parse::<f64>().ok().filter(|v| (*v as f32).is_finite());
    let (id, value) = if id <= LISTS_FROM {
        let mut parts = text.split(',');
        let count: usize = parts.next()?.parse().ok()?;
        let list: Vec<f64> = parts.map(number).collect::<Option<_>>()?;
        (LISTS_FROM - id, (list.len() == count).then_some(Value::List(list))?)
    } else {
        (id, Value::Number(number(text)?))
    };
    (0..MOST_PARAMETERS).contains(&id).then_some((id, value))
}
