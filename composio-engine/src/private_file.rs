//! Files that are their owner's alone.

use std::{fs::File, io, path::Path};

/// Creates `path` with mode 0600, where the system knows modes; it must not exist.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
