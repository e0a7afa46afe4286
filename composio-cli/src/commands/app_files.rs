//! An app's OpenAPI document and `integration.yaml`, as the command line names them.

use std::path::{Component, Path, PathBuf};

use composio_catalog::{Bundle, CompileError, Integration};
use composio_core::models::AuthScheme;
use composio_engine::{NewApp, shipped_apps};
use tokio::{fs::File, io::AsyncReadExt as _};
use url::Url;

use crate::{cli::AppFiles, failure::Failure};

/// The file that makes a folder a toolkit.
const INTEGRATION: &str = "integration.yaml";
/// Bytes of a file that is read.
const LARGEST: u64 = 64 << 20;

/// Reads the files. An address is left to the engine, whose egress policy it has to pass.
pub(super) async fn read(name: &str, files: &AppFiles) -> Result<NewApp, Failure> {
    let folder = Path::new(name);
    if files.integration.is_none() && folder.join(INTEGRATION).is_file() {
        return of_folder(folder, files).await;
    }
    let app = if let Some(path) = &files.integration {
        let mut app = NewApp::derived(name);
        app.integration = text(path).await?;
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        with_overlays(app, folder).await?
    } else if is_shipped(name) {
        NewApp::shipped(name)
    } else if files.spec.is_some() {
        NewApp::derived(name)
    } else {
        let failure = Failure::usage(format!("no app {name} comes with this version"));
        return Err(
            failure.hint("give the vendor's OpenAPI document with --spec FILE or --spec URL")
        );
    };
    with_document(app, files).await
}

/// A toolkit's folder: its `integration.yaml`, and the document beside it unless another is given.
async fn of_folder(folder: &Path, files: &AppFiles) -> Result<NewApp, Failure> {
    let integration = text(folder.join(INTEGRATION)).await?;
    let parsed = Integration::parse(integration.as_bytes()).ok();
    let spec = parsed
        .as_ref()
        .and_then(|integration| integration.spec.clone())
        .filter(|spec| files.spec.is_none() && !is_address(spec));
    let app = with_overlays(NewApp::new(integration), folder).await?;
    let app = with_document(app, files).await?;
    let Some(spec) = spec else {
        return Ok(app);
    };
    Ok(app.document(document(&own_file(folder, &spec)?).await?))
}

/// A folder may come from anywhere: it names a file of its own, not one of this machine's.
fn own_file(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let is_own = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if Path::new(name).components().all(is_own) {
        return Ok(folder.join(name));
    }
    Err(Failure::usage(format!(
        "{name} is no file of the toolkit's folder"
    )))
}

/// The overlays that the `integration.yaml` names, which lie beside it.
async fn with_overlays(mut app: NewApp, folder: &Path) -> Result<NewApp, Failure> {
    let Ok(integration) = Integration::parse(app.integration.as_bytes()) else {
        return Ok(app);
    };
    for name in integration.missing_overlays() {
        if !is_address(name) {
            app = app.overlay(name, text(own_file(folder, name)?).await?);
        }
    }
    Ok(app)
}

/// The document in a file, with those below its folder that it refers to. Nothing is fetched.
async fn document(path: &Path) -> Result<String, Failure> {
    let main = text(path).await?;
    let Some((folder, address)) = place(path) else {
        return Ok(main);
    };
    let unreadable = |error: CompileError| Failure::usage(format!("{}: {error}", path.display()));
    let mut bundle = Bundle::new(main.into_bytes(), &address).map_err(unreadable)?;
    while let Some(address) = bundle
        .missing()
        .first()
        .map(|address| (*address).to_owned())
    {
        let file = Url::parse(&address)
            .ok()
            .and_then(|url| url.to_file_path().ok());
        let file = file.and_then(|file| file.canonicalize().ok());
        match file.filter(|file| file.starts_with(&folder)) {
            Some(file) => bundle
                .add(&address, text(file).await?.into_bytes())
                .map_err(unreadable)?,
            None => bundle.refuse(&address),
        }
    }
    let alone = bundle.finish().map_err(unreadable)?;
    String::from_utf8(alone).map_err(|_| Failure::usage(format!("{}: not UTF-8", path.display())))
}

/// The folder of a file, and its address.
fn place(path: &Path) -> Option<(PathBuf, String)> {
    let path = path.canonicalize().ok()?;
    let address = Url::from_file_path(&path).ok()?;
    Some((path.parent()?.to_owned(), address.into()))
}

async fn with_document(app: NewApp, files: &AppFiles) -> Result<NewApp, Failure> {
    let app = if files.accept_hosts {
        app.accept_hosts()
    } else {
        app
    };
    match &files.spec {
        None => Ok(app),
        Some(spec) if is_address(spec) => Ok(app.document_url(spec)),
        Some(spec) => Ok(app.document(document(Path::new(spec)).await?)),
    }
}

/// Whether the app comes with this version.
pub(super) fn is_shipped(name: &str) -> bool {
    let mut apps = shipped_apps().iter();
    apps.any(|app| app.slug.eq_ignore_ascii_case(name))
}

fn is_address(spec: &str) -> bool {
    spec.starts_with("https://") || spec.starts_with("http://")
}

/// A file's text, if it is not larger than a document may be: a device has no end.
async fn text(path: impl AsRef<Path>) -> Result<String, Failure> {
    let path = path.as_ref();
    let refused = |why: &dyn std::fmt::Display| {
        let message = format!("{}: {why}", path.display());
        Failure::usage(message)
    };
    let file = File::open(path).await.map_err(|error| refused(&error))?;
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes).await;
    let length = read.map_err(|error| refused(&error))?;
    if length as u64 > LARGEST {
        return Err(refused(&"it is larger than 64 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| refused(&"it is no text in UTF-8"))
}

/// How users connect, where nobody wrote that down.
pub(super) fn derived(app: &NewApp, schemes: &[AuthScheme]) -> Option<String> {
    if app.shipped || !app.integration.is_empty() {
        return None;
    }
    let modes: Vec<&str> = schemes.iter().map(AuthScheme::as_str).collect();
    Some(if modes.is_empty() {
        "derived from the document: no credentials are needed".to_owned()
    } else {
        format!(
            "derived from the document: users connect by {}",
            modes.join(" or ")
        )
    })
}
