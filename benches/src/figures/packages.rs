//! What each crate adds to a program that has its bare framework.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Table, children_cpu},
};

const BAR: f64 = 25.0;

/// A crate of ours, and the line of a manifest that a program has without it.
struct Adapter {
    name: &'static str,
    framework: Option<(&'static str, &'static [&'static str])>,
    /// Whether it can do without `validate`, and so has a bar.
    is_barred: bool,
}

const ADAPTERS: &[Adapter] = &[
    Adapter {
        name: "composio-openai",
        framework: Some(("async-openai", &["chat-completion-types"])),
        is_barred: true,
    },
    Adapter {
        name: "composio-rig",
        framework: Some(("rig-core", &[])),
        is_barred: true,
    },
    #[cfg(feature = "langchain")]
    Adapter {
        name: "composio-langchain",
        framework: Some(("langchain-rust", &[])),
        is_barred: false,
    },
    Adapter {
        name: "composio-engine",
        framework: None,
        is_barred: false,
    },
];

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    for adapter in ADAPTERS {
        let bare = Program::write(adapter, "bare", Own::Absent)?;
        let base = bare.packages()?;
        let plain = Program::write(adapter, "plain", Own::Without)?;
        let full = Program::write(adapter, "validate", Own::Default)?;
        let added = |program: &Program| Outcome::Ok(program.packages()?.difference(&base).count());
        let details = match adapter.framework {
            Some((framework, _)) => format!("{framework} alone: {}", base.len()),
            None => "on top of nothing".to_owned(),
        };
        let name = adapter.name;
        if adapter.is_barred {
            let what = format!("packages that {name} adds, without validate");
            let count = u32::try_from(added(&plain)?)?;
            let row = Row::at_most(&what, count.into(), BAR, |value| format!("{value:.0}"));
            table.push(row.with(&details));
        }
        let what = format!("packages that {name} adds, with its default features");
        table.push(Row::shown(&what, added(&full)?.to_string()).with(&details));
        if arguments.build {
            build(adapter, [&bare, &plain, &full], table)?;
        }
    }
    Ok(())
}

/// Builds each program from nothing and shows the CPU seconds.
fn build(adapter: &Adapter, programs: [&Program; 3], table: &mut Table) -> Outcome {
    let mut seconds = [0.0; 3];
    for (program, seconds) in programs.iter().zip(&mut seconds) {
        *seconds = program.build()?;
    }
    let [bare, plain, full] = seconds;
    let name = adapter.name;
    if adapter.is_barred {
        table.push(Row::shown(
            &format!("cold build that {name} adds, without validate"),
            format!("{:.0} CPU s (bare: {bare:.0})", plain - bare),
        ));
    }
    table.push(Row::shown(
        &format!("cold build that {name} adds, with its default features"),
        format!("{:.0} CPU s (bare: {bare:.0})", full - bare),
    ));
    Ok(())
}

/// How a program has our crate.
#[derive(Clone, Copy)]
enum Own {
    Absent,
    Without,
    Default,
}

/// A program outside the workspace, with the workspace's versions.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn write(adapter: &Adapter, name: &str, own: Own) -> Outcome<Self> {
        let root = root();
        let folder = env::temp_dir()
            .join(format!("composio-benches-{}", std::process::id()))
            .join(adapter.name)
            .join(name);
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        let mut manifest =
            "[package]\nname = \"program\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
                .to_owned();
        if let Some((framework, features)) = adapter.framework {
            let version = version(&root, framework)?;
            manifest.push_str(&format!(
                "{framework} = {{ version = \"={version}\", default-features = false, features = {features:?} }}\n"
            ));
        }
        let path = root.join(adapter.name);
        let defaults = match own {
            Own::Absent => None,
            Own::Without => Some(false),
            Own::Default => Some(true),
        };
        if let Some(defaults) = defaults {
            manifest.push_str(&format!(
                "{} = {{ path = {path:?}, default-features = {defaults} }}\n",
                adapter.name
            ));
        }
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder })
    }

    /// What is compiled for it on this machine, itself aside.
    fn packages(&self) -> Outcome<BTreeSet<String>> {
        let output = self
            .cargo(["tree", "--offline", "--edges", "normal,build"])
            .args(["--prefix", "none", "--format", "{p}"])
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let told = String::from_utf8(output.stdout)?;
        // The name and the version; what follows says where it is and that it was listed before.
        let package = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().take(2).collect();
            words.join(" ")
        };
        Ok(told
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("program "))
            .map(package)
            .collect())
    }

    /// Builds it from nothing; the CPU seconds of cargo and all compilers.
    fn build(&self) -> Outcome<f64> {
        let before = children_cpu()?;
        let target = self.folder.join("target");
        let status = self
            .cargo(["build", "--offline", "--quiet"])
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_INCREMENTAL", "0")
            .status()?;
        if !status.success() {
            return Err("a program did not build".into());
        }
        let spent = children_cpu()? - before;
        fs::remove_dir_all(target)?;
        Ok(spent.as_secs_f64())
    }

    fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.folder);
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// The version that the workspace's lock file has of `package`; the newest, where a framework brings an older one.
fn version(root: &Path, package: &str) -> Outcome<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock"))?;
    let line = format!("name = \"{package}\"\nversion = \"");
    let after = lock.rsplit_once(&line).map(|(_, after)| after);
    let version = after.and_then(|after| after.split('"').next());
    Ok(version
        .ok_or_else(|| format!("{package} is not locked"))?
        .to_owned())
}
