//! Vectors of many texts, kept between runs: to encode a hundred thousand takes minutes.

use std::{fs, path::Path};

use composio_catalog::semantic::{Encoder, Vectors};
use libtest_mimic::Failed;

/// Texts of a file. A run that is interrupted goes on at the file that it was making.
const PIECE: usize = 2_048;

/// The vectors of `texts`: read from `folder` where it has them, made and written there where not. A file has the name of
/// its encoder and of its texts, and a checksum.
pub fn vectors(encoder: &Encoder, texts: &[String], folder: &Path) -> Result<Vectors, Failed> {
    fs::create_dir_all(folder)?;
    let mut vectors = Vectors::new(encoder.dimensions(), texts.len());
    let mut start = 0;
    for piece in texts.chunks(PIECE) {
        let places = start..start + piece.len();
        start = places.end;
        let sum = crc32fast::hash(piece.join("\n").as_bytes());
        let file = folder.join(format!("{}-{sum:08x}", encoder.fingerprint()));
        let is_kept = fs::read(&file).is_ok_and(|kept| vectors.take(places.clone(), &kept));
        if !is_kept {
            let texts: Vec<&str> = piece.iter().map(String::as_str).collect();
            let packed = Vectors::pack(&encoder.encode_all(&texts));
            fs::write(&file, &packed)?;
            assert!(vectors.take(places, &packed));
        }
    }
    Ok(vectors)
}
