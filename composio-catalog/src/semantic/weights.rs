//! Tensors out of a safetensors file, each held against the shape it must have.

use composio_core::Result;
use ndarray::{Array1, Array2};
use safetensors::{Dtype, SafeTensors};

use super::config::fault;

/// Some exporters put the whole model under this name.
const PREFIX: &str = "bert.";

#[derive(Debug)]
pub(super) struct Weights<'f> {
    tensors: SafeTensors<'f>,
    prefix: &'static str,
}

impl<'f> Weights<'f> {
    pub(super) fn read(bytes: &'f [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            fault(format!(
                "the encoder's weights are damaged or no safetensors file: {error}"
            ))
        })?;
        let is_prefixed = tensors.iter().any(|(name, _)| name.starts_with(PREFIX));
        Ok(Self {
            tensors,
            prefix: if is_prefixed { PREFIX } else { "" },
        })
    }

    /// A table of `rows` rows.
    pub(super) fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Array2<f32>> {
        let values = self.values(name, &[rows, columns])?;
        Array2::from_shape_vec((rows, columns), values)
            .map_err(|error| fault(format!("the encoder's `{name}` is damaged")).with_source(error))
    }

    pub(super) fn row(&self, name: &str, length: usize) -> Result<Array1<f32>> {
        Ok(Array1::from_vec(self.values(name, &[length])?))
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let full = format!("{}{name}", self.prefix);
        let tensor = self
            .tensors
            .tensor(&full)
            .map_err(|_| fault(format!("the encoder's weights lack `{name}`")))?;
        if tensor.dtype() != Dtype::F32 {
            let message = format!("the encoder's `{name}` is not of 32-bit floats");
            return Err(fault(message));
        }
        if tensor.shape() != shape {
            return Err(fault(format!(
                "the encoder's `{name}` has the shape {:?}, its config.json says {shape:?}",
                tensor.shape()
            )));
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        let values: Vec<f32> = numbers
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(fault(format!(
                "the encoder's `{name}` has values that are no numbers"
            )))
        }
    }
}
