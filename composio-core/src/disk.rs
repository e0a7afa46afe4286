//! Files in folders that the program chose.

use std::{
    fs::{DirBuilder, File},
    io,
    path::{Path, PathBuf},
};

use tokio::runtime;

const ATTEMPTS: u32 = 10_000;

/// Does `work` where it may block: on the runtime's threads for that, or here without a runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match runtime::Handle::try_current() {
        Ok(runtime) => runtime
            .spawn_blocking(work)
            .await
            .map_err(io::Error::other)?,
        Err(_) => work(),
    }
}

/// Makes a folder, of its owner alone, and those above it; it may be there already.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Creates a file of its owner alone, named `name` or, if that is taken, `name` with a number. It follows no link and
/// overwrites nothing.
pub(crate) fn create_new(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    for attempt in 1..=ATTEMPTS {
        let path = match attempt {
            1 => folder.join(name),
            _ => folder.join(format!("{stem}-{attempt}{extension}")),
        };
        match create(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

/// Takes away a file that was not finished.
pub(crate) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, "an unfinished file could not be removed");
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Bytes of a file's name.
#[cfg(feature = "files")]
const LONGEST_NAME: usize = 200;

/// The last part of a name from outside, without what systems treat specially; `file` if nothing is left.
#[cfg(feature = "files")]
pub(crate) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|character| !character.is_control() && !reorders(*character))
        .map(|character| match character {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            other => other,
        })
        .collect();
    let plain = plain.trim_matches(|character: char| character == '.' || character == ' ');
    let shortened = shortened(plain);
    if shortened.is_empty() {
        "file".to_owned()
    } else {
        shortened
    }
}

// A short ending stays, since it says what the file is.
#[cfg(feature = "files")]
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = if ending.is_empty() || ending.len() > 16 {
        String::new()
    } else {
        format!(".{ending}")
    };
    let end = name.floor_char_boundary(LONGEST_NAME - ending.len());
    format!("{}{ending}", name.get(..end).unwrap_or_default())
}

// They make `gpj.exe` look like `exe.jpg`.
#[cfg(feature = "files")]
fn reorders(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
