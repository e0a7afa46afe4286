//! The layers of a BERT (Devlin et al., 2018), forward alone.

use std::f32::consts::FRAC_1_SQRT_2;

use composio_core::Result;
use composio_kernels::Panels;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::{
    config::{Config, Pooling},
    weights::Weights,
};

#[derive(Debug)]
pub(super) struct Model {
    config: Config,
    pooling: Pooling,
    words: Array2<f32>,
    positions: Array2<f32>,
    /// The type of every token is the first.
    kind: Array1<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Queries, keys and values beside one another.
    attended: Linear,
    output: Linear,
    output_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

#[derive(Debug)]
struct Linear {
    weight: Panels,
    bias: Array1<f32>,
}

#[derive(Debug)]
struct Norm {
    scale: Array1<f32>,
    shift: Array1<f32>,
    epsilon: f32,
}

impl Model {
    pub(super) fn read(config: Config, pooling: Pooling, weights: &Weights<'_>) -> Result<Self> {
        let width = config.width;
        let kinds = weights.table("embeddings.token_type_embeddings.weight", 2, width)?;
        let layers = (0..config.layers).map(|number| Layer::read(&config, number, weights));
        Ok(Self {
            words: weights.table("embeddings.word_embeddings.weight", config.words, width)?,
            positions: weights.table(
                "embeddings.position_embeddings.weight",
                config.positions,
                width,
            )?,
            kind: kinds.row(0).to_owned(),
            norm: Norm::read(&config, "embeddings.LayerNorm", weights)?,
            layers: layers.collect::<Result<_>>()?,
            config,
            pooling,
        })
    }

    pub(super) fn width(&self) -> usize {
        self.config.width
    }

    /// A vector of length one for each text, which is given as the numbers of its tokens. Each text has some, all of them
    /// words of this model, and no more than it has positions.
    pub(super) fn encode(&self, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let mut ends = Vec::with_capacity(texts.len());
        let total = texts.iter().fold(0, |end, text| {
            ends.push(end + text.len());
            end + text.len()
        });
        let mut state = Array2::zeros((total, self.width()));
        let tokens = texts.iter().flat_map(|text| text.iter().enumerate());
        for (mut row, (position, token)) in state.rows_mut().into_iter().zip(tokens) {
            row += &self.words.row(*token as usize);
            row += &self.positions.row(position);
            row += &self.kind;
        }
        self.norm.apply(&mut state);
        for layer in &self.layers {
            layer.apply(&mut state, &ends, self.config.heads);
        }
        let mut start = 0;
        let pooled = ends.iter().map(|end| {
            let text = state.slice_axis(Axis(0), (start..*end).into());
            start = *end;
            self.pooled(&text)
        });
        pooled.collect()
    }

    fn pooled(&self, text: &ArrayView2<'_, f32>) -> Vec<f32> {
        let mut vector = match self.pooling {
            Pooling::Mean => text.sum_axis(Axis(0)),
            Pooling::First => text.row(0).to_owned(),
        };
        let length = vector.dot(&vector).sqrt();
        vector /= length.max(f32::MIN_POSITIVE);
        vector.to_vec()
    }
}

impl Layer {
    fn read(config: &Config, number: usize, weights: &Weights<'_>) -> Result<Self> {
        let (width, inner) = (config.width, config.inner);
        let name = |part: &str| format!("encoder.layer.{number}.{part}");
        let linear =
            |part: &str, from: usize, to: usize| Linear::read(&[name(part)], from, to, weights);
        let attended =
            ["query", "key", "value"].map(|which| name(&format!("attention.self.{which}")));
        Ok(Self {
            attended: Linear::read(&attended, width, width, weights)?,
            output: linear("attention.output.dense", width, width)?,
            output_norm: Norm::read(config, &name("attention.output.LayerNorm"), weights)?,
            inner: linear("intermediate.dense", width, inner)?,
            outer: linear("output.dense", inner, width)?,
            outer_norm: Norm::read(config, &name("output.LayerNorm"), weights)?,
        })
    }

    fn apply(&self, state: &mut Array2<f32>, ends: &[usize], heads: usize) {
        let attended = attend(&self.attended.apply(state), ends, heads);
        *state += &self.output.apply(&attended);
        self.output_norm.apply(state);
        let mut inner = self.inner.apply(state);
        inner.mapv_inplace(gelu);
        *state += &self.outer.apply(&inner);
        self.outer_norm.apply(state);
    }
}

impl Linear {
    /// The parts of these names, each `to` wide, beside one another.
    fn read(names: &[String], from: usize, to: usize, weights: &Weights<'_>) -> Result<Self> {
        let mut table = Vec::with_capacity(names.len() * from * to);
        let mut bias = Vec::with_capacity(names.len() * to);
        for name in names {
            table.extend(weights.table(&format!("{name}.weight"), to, from)?);
            bias.extend(weights.row(&format!("{name}.bias"), to)?);
        }
        Ok(Self {
            weight: Panels::new(&table, from),
            bias: Array1::from_vec(bias),
        })
    }

    fn apply(&self, rows: &Array2<f32>) -> Array2<f32> {
        let size = (rows.nrows(), self.bias.len());
        let rows = rows.as_standard_layout();
        let product = self.weight.product(rows.as_slice().unwrap_or_default());
        // That layout is a slice, and so many rows have a product of that size.
        let mut result = Array2::from_shape_vec(size, product).unwrap_or_default();
        result += &self.bias;
        result
    }
}

impl Norm {
    fn read(config: &Config, name: &str, weights: &Weights<'_>) -> Result<Self> {
        Ok(Self {
            scale: weights.row(&format!("{name}.weight"), config.width)?,
            shift: weights.row(&format!("{name}.bias"), config.width)?,
            epsilon: config.epsilon,
        })
    }

    fn apply(&self, rows: &mut Array2<f32>) {
        for mut row in rows.rows_mut() {
            let count = row.len() as f32;
            let mean = row.sum() / count;
            row -= mean;
            let spread = (row.dot(&row) / count + self.epsilon).sqrt();
            row /= spread;
            row *= &self.scale;
            row += &self.shift;
        }
    }
}

/// Each token takes of the values of its own text, by how its query fits their keys, head by head.
fn attend(joined: &Array2<f32>, ends: &[usize], heads: usize) -> Array2<f32> {
    let width = joined.ncols() / 3;
    let part = width / heads;
    let scale = (part as f32).sqrt().recip();
    let mut result = Array2::zeros((joined.nrows(), width));
    let mut start = 0;
    for end in ends {
        let text = joined.slice_axis(Axis(0), (start..*end).into());
        let mut result = result.slice_axis_mut(Axis(0), (start..*end).into());
        for head in 0..heads {
            let columns = |which: usize| {
                let from = which * width + head * part;
                text.slice_axis(Axis(1), (from..from + part).into())
            };
            let mut shares = columns(0).dot(&columns(1).t());
            shares *= scale;
            soften(&mut shares);
            let own = head * part..(head + 1) * part;
            let mut own = result.slice_axis_mut(Axis(1), own.into());
            own.assign(&shares.dot(&columns(2)));
        }
        start = *end;
    }
    result
}

/// Makes each row positive with a sum of one (softmax).
fn soften(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.mapv_inplace(|value| (value - highest).exp());
        let sum = row.sum();
        row /= sum;
    }
}

fn gelu(value: f32) -> f32 {
    0.5 * value * (1.0 + erf(value * FRAC_1_SQRT_2))
}

/// The error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26).
fn erf(value: f32) -> f32 {
    let x = value.abs();
    let t = (1.0 + 0.327_591_1 * x).recip();
    let sum = t
        * (0.254_829_6
            + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    (1.0 - sum * (-x * x).exp()).copysign(value)
}
