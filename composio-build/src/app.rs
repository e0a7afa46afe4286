//! An app whose types are written, and where it comes from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use composio_catalog::{Bundle, Integration, Toolkit, compile};
use composio_core::{Error, ErrorKind, Result, models::Tool};
use url::Url;

/// The file that makes a folder a toolkit.
const INTEGRATION: &str = "integration.yaml";

/// An app with the actions of which types are written: all, unless [`App::actions`] or [`App::tags`] say which.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) slug: String,
    pub(crate) version: String,
    pub(crate) tools: Vec<Tool>,
    pub(crate) files: Vec<PathBuf>,
    actions: Vec<String>,
    tags: Vec<String>,
}

impl App {
    /// The app `slug` with tools as a service lists them.
    pub fn new(slug: impl Into<String>, tools: impl IntoIterator<Item = Tool>) -> Self {
        let tools: Vec<Tool> = tools.into_iter().collect();
        Self {
            slug: slug.into().to_ascii_lowercase(),
            version: tools
                .first()
                .map(|tool| tool.version.clone())
                .unwrap_or_default(),
            tools,
            files: Vec::new(),
            actions: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The app of a toolkit that is compiled already.
    #[must_use]
    pub fn of_toolkit(toolkit: &Toolkit) -> Self {
        let tools = toolkit.tools.values().map(|plan| toolkit.tool_model(plan));
        let mut app = Self::new(&toolkit.slug, tools);
        app.version.clone_from(&toolkit.version);
        app
    }

    /// The app `name` of the vendor's document in a file, JSON or YAML. Names of actions begin with `name`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the file cannot be read, or is no description that is understood.
    pub fn of_document(name: &str, document: impl AsRef<Path>) -> Result<Self> {
        let mut files = Vec::new();
        let document = standing_alone(document.as_ref(), &mut files)?;
        let (integration, _) = Integration::of_document(name, &document)?;
        Self::compiled(integration, &document, files)
    }

    /// The app of a toolkit's folder: its `integration.yaml`, and the document and overlays beside it that this names.
    ///
    /// # Errors
    ///
    /// As [`App::of_document`]; also if the `integration.yaml` names no document, or a file that is not in the folder.
    pub fn of_folder(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let (integration, files) = integration(&folder.join(INTEGRATION))?;
        let Some(spec) = integration.spec.clone() else {
            let message = format!("the {INTEGRATION} in {} names no spec", folder.display());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        Self::described(integration, files, &own_file(folder, &spec)?)
    }

    /// The app of an `integration.yaml` and the vendor's document, for folders whose `spec` is an address: a build
    /// fetches nothing.
    ///
    /// # Errors
    ///
    /// As [`App::of_document`].
    pub fn of_files(yaml: impl AsRef<Path>, document: impl AsRef<Path>) -> Result<Self> {
        let (integration, files) = integration(yaml.as_ref())?;
        Self::described(integration, files, document.as_ref())
    }

    /// Only these actions, by slug, and those of [`App::tags`]. One that is not there is an error when types are written.
    #[must_use]
    pub fn actions<S: AsRef<str>>(mut self, actions: impl IntoIterator<Item = S>) -> Self {
        let actions = actions.into_iter();
        self.actions
            .extend(actions.map(|action| action.as_ref().to_owned()));
        self
    }

    /// Only actions with one of these tags, such as `important`, and those of [`App::actions`].
    #[must_use]
    pub fn tags<S: AsRef<str>>(mut self, tags: impl IntoIterator<Item = S>) -> Self {
        self.tags
            .extend(tags.into_iter().map(|tag| tag.as_ref().to_owned()));
        self
    }

    /// Whether it has an action of this slug, in any case.
    #[must_use]
    pub fn has_action(&self, slug: &str) -> bool {
        self.tools
            .iter()
            .any(|tool| tool.slug.eq_ignore_ascii_case(slug))
    }

    /// The tools that were asked for, in the order of the alphabet.
    pub(crate) fn selected(&self) -> Result<Vec<&Tool>> {
        for action in &self.actions {
            if !self.has_action(action) {
                let message = format!("{} has no action {action}", self.slug);
                return Err(Error::new(ErrorKind::NotFound, message));
            }
        }
        let is_all = self.actions.is_empty() && self.tags.is_empty();
        let is_asked = |tool: &&Tool| {
            is_all
                || self
                    .actions
                    .iter()
                    .any(|slug| slug.eq_ignore_ascii_case(&tool.slug))
                || self.tags.iter().any(|tag| tool.has_tag(tag))
        };
        let mut selected: Vec<&Tool> = self.tools.iter().filter(is_asked).collect();
        selected.sort_by(|one, other| one.slug.cmp(&other.slug));
        selected.dedup_by(|one, other| one.slug == other.slug);
        Ok(selected)
    }

    fn described(integration: Integration, mut files: Vec<PathBuf>, spec: &Path) -> Result<Self> {
        let document = standing_alone(spec, &mut files)?;
        Self::compiled(integration, &document, files)
    }

    fn compiled(integration: Integration, document: &[u8], files: Vec<PathBuf>) -> Result<Self> {
        // A build script knows no version: the service counts them.
        let compiled = compile(integration, document, "latest")?;
        let mut app = Self::of_toolkit(&compiled.toolkit);
        app.version.clear();
        app.files = files;
        Ok(app)
    }
}

fn integration(yaml: &Path) -> Result<(Integration, Vec<PathBuf>)> {
    let mut integration = Integration::parse(&bytes(yaml)?)?;
    let mut files = vec![yaml.to_owned()];
    let folder = yaml.parent().unwrap_or(Path::new(""));
    let missing: Vec<String> = integration.missing_overlays().map(str::to_owned).collect();
    for name in missing {
        let file = own_file(folder, &name)?;
        integration.give_overlay(&name, &bytes(&file)?)?;
        files.push(file);
    }
    Ok((integration, files))
}

/// The document, with those below its folder that it refers to.
fn standing_alone(path: &Path, files: &mut Vec<PathBuf>) -> Result<Vec<u8>> {
    let main = bytes(path)?;
    files.push(path.to_owned());
    let Some(place) = path.canonicalize().ok() else {
        return Ok(main);
    };
    let (Some(folder), Ok(address)) = (place.parent(), Url::from_file_path(&place)) else {
        return Ok(main);
    };
    let mut bundle = Bundle::new(main, address.as_str())?;
    while let Some(address) = bundle.missing().first().map(|first| (*first).to_owned()) {
        let file = Url::parse(&address)
            .ok()
            .and_then(|url| url.to_file_path().ok());
        let file = file.and_then(|file| file.canonicalize().ok());
        match file.filter(|file| file.starts_with(folder)) {
            Some(file) => {
                bundle.add(&address, bytes(&file)?)?;
                files.push(file);
            }
            None => bundle.refuse(&address),
        }
    }
    Ok(bundle.finish()?)
}

/// A folder may come from anywhere: it names a file of its own, not one of this machine's.
fn own_file(folder: &Path, name: &str) -> Result<PathBuf> {
    use std::path::Component::{CurDir, Normal};
    let is_own = |part| matches!(part, Normal(_) | CurDir);
    if !name.contains("://") && Path::new(name).components().all(is_own) {
        return Ok(folder.join(name));
    }
    let message = format!(
        "{name} is no file of {}, and a build fetches nothing",
        folder.display()
    );
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let message = format!("{} cannot be read: {error}", path.display());
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    })
}
