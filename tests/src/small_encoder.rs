//! A sentence encoder of a few thousand numbers, drawn by chance: as its files are, not as its answers should be.

use std::{fs, path::Path};

use serde_json::{Value, json};

const WIDTH: usize = 8;
const INNER: usize = 16;
const WORDS: [&str; 12] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "create", "list", "an", "issue", "weather", "star", "##s",
    ".",
];
const POSITIONS: usize = 32;

/// The files of an encoder of one layer.
#[derive(Debug, Clone)]
pub struct SmallEncoder {
    /// `config.json`.
    pub config: Value,
    /// `vocab.txt`.
    pub vocabulary: String,
    /// `model.safetensors`.
    pub weights: Vec<u8>,
}

impl SmallEncoder {
    /// The one of this seed.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self {
            config: json!({
                "model_type": "bert", "hidden_act": "gelu", "hidden_size": WIDTH, "num_hidden_layers": 1,
                "num_attention_heads": 2, "intermediate_size": INNER, "max_position_embeddings": POSITIONS,
                "vocab_size": WORDS.len(), "layer_norm_eps": 1e-12,
            }),
            vocabulary: WORDS.join("\n"),
            weights: weights(seed),
        }
    }

    /// Writes the files into `folder`, as sentence-transformers lays them.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("config.json"), self.config.to_string())?;
        fs::write(folder.join("vocab.txt"), &self.vocabulary)?;
        fs::write(folder.join("model.safetensors"), &self.weights)
    }
}

/// The tensors' names and shapes.
fn shapes() -> Vec<(String, Vec<usize>)> {
    let mut shapes = vec![
        (
            "embeddings.word_embeddings.weight".to_owned(),
            vec![WORDS.len(), WIDTH],
        ),
        (
            "embeddings.position_embeddings.weight".to_owned(),
            vec![POSITIONS, WIDTH],
        ),
        (
            "embeddings.token_type_embeddings.weight".to_owned(),
            vec![2, WIDTH],
        ),
    ];
    let layer = "encoder.layer.0.";
    for (part, to, from) in [
        ("attention.self.query", WIDTH, WIDTH),
        ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH),
        ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", INNER, WIDTH),
        ("output.dense", WIDTH, INNER),
    ] {
        shapes.push((format!("{layer}{part}.weight"), vec![to, from]));
        shapes.push((format!("{layer}{part}.bias"), vec![to]));
    }
    for norm in [
        "embeddings.LayerNorm",
        "encoder.layer.0.attention.output.LayerNorm",
        "encoder.layer.0.output.LayerNorm",
    ] {
        shapes.push((format!("{norm}.weight"), vec![WIDTH]));
        shapes.push((format!("{norm}.bias"), vec![WIDTH]));
    }
    shapes
}

/// A safetensors file: the length of a JSON header, the header, the numbers.
fn weights(seed: u32) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut numbers = Vec::new();
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    for (name, shape) in shapes() {
        let start = numbers.len();
        for _ in 0..shape.iter().product() {
            // Xorshift (Marsaglia, 2003).
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let number = state as f32 / u32::MAX as f32 - 0.5;
            numbers.extend(number.to_le_bytes());
        }
        let entry = json!({"dtype": "F32", "shape": shape, "data_offsets": [start, numbers.len()]});
        header.insert(name, entry);
    }
    let header = Value::Object(header).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(numbers);
    file
}
