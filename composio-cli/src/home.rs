//! The folder that holds the engine's database and the key for a server.

use std::{
    fs::{self, File},
    io::{self, ErrorKind as IoKind, Write as _},
    path::{Path, PathBuf},
};

use composio_core::Secret;
use serde::Deserialize;
use serde_json::json;

use crate::{
    environment::Environment,
    failure::{Exit, Failure},
};

/// A folder of the program's own. The official tools wipe theirs, `~/.composio`, so it is a folder below that.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

/// What `composio login` keeps.
#[derive(Debug, Deserialize)]
pub(crate) struct Login {
    pub(crate) base_url: String,
    pub(crate) api_key: Secret,
}

impl Home {
    pub(crate) fn find(given: Option<PathBuf>, environment: &Environment) -> Result<Self, Failure> {
        let default = || {
            let home = environment.user_home.as_ref()?;
            Some(home.join(".composio").join("engine"))
        };
        given
            .or_else(|| environment.home.clone())
            .or_else(default)
            .map(Self)
            .ok_or_else(|| {
                Failure::usage("there is no home folder for this user")
                    .hint("name one with --home DIR or COMPOSIO_HOME")
            })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("composio.db")
    }

    /// The file of the master key that an operator made: `composio vault init`.
    pub(crate) fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// That of the one that an engine made for itself.
    pub(crate) fn own_key(&self) -> PathBuf {
        self.0.join("composio.db.key")
    }

    fn credentials(&self) -> PathBuf {
        self.0.join("credentials.json")
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder
            .create(&self.0)
            .map_err(|error| self.unusable(&error))
    }

    /// The key for a server, if the user has logged in.
    pub(crate) fn login(&self) -> Result<Option<Login>, Failure> {
        let path = self.credentials();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == IoKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&error)),
        };
        if is_shared(&path) {
            let message = format!("{} is open to others", path.display());
            return Err(Failure::new(Exit::NotAuthorised, message).hint(format!(
                "run `chmod 600 {}`, and think of a new key",
                path.display()
            )));
        }
        serde_json::from_str(&text).map(Some).map_err(|_| {
            let message = format!("{} is damaged", path.display());
            Failure::new(Exit::NotAuthorised, message).hint("`composio login` writes it anew")
        })
    }

    /// Keeps a key for a server, for this user's eyes alone (mode 0600).
    pub(crate) fn log_in(&self, login: &Login) -> Result<PathBuf, Failure> {
        self.create()?;
        let path = self.credentials();
        let text = json!({"base_url": login.base_url, "api_key": login.api_key.expose()});
        write_private(&path, &format!("{text}\n")).map_err(|error| self.unusable(&error))?;
        Ok(path)
    }

    /// Forgets the key; says whether there was one.
    pub(crate) fn log_out(&self) -> Result<bool, Failure> {
        match fs::remove_file(self.credentials()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == IoKind::NotFound => Ok(false),
            Err(error) => Err(self.unusable(&error)),
        }
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        let message = format!("the folder {} cannot be used: {error}", self.0.display());
        Failure::new(Exit::Failed, message).hint("name another with --home DIR or COMPOSIO_HOME")
    }
}

/// The file gets its name only when it is whole.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
    fs::remove_file(&draft).or_else(|error| match error.kind() {
        IoKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    write_new(&draft, text)?;
    fs::rename(&draft, path)
}

/// Writes a file that is not there yet, for this user's eyes alone (mode 0600).
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn is_shared(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_shared(_path: &Path) -> bool {
    false
}
