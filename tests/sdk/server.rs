use std::fs;

use composio_tests::program::{Program, Served};
use tokio::runtime::Runtime;

use crate::vendor;

/// `composio serve` with three apps of a vendor on loopback, until it is dropped.
pub(crate) struct Server {
    pub(crate) key: String,
    served: Served,
    _program: Program,
    _vendor: Runtime,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let vendor = runtime.block_on(vendor::start());
        let program = Program::new();
        let [document, integration] =
            ["openapi.json", "integration.yaml"].map(|name| program.home().join(name));
        fs::write(&document, vendor::document()).unwrap();
        for (app, text) in ["desk", "mail", "books"]
            .iter()
            .zip(vendor::integrations(&vendor))
        {
            fs::write(&integration, text).unwrap();
            let [spec, yaml] = [&document, &integration].map(|path| path.to_str().unwrap());
            let arguments = ["apps", "add", app, "--spec", spec, "--integration", yaml];
            assert_eq!(program.run(&arguments, "")["toolkit"], **app);
        }
        let created = program.run(&["keys", "create"], "");
        Self {
            key: created["key"].as_str().unwrap().to_owned(),
            served: program.serve(),
            _program: program,
            _vendor: runtime,
        }
    }

    /// Such as `http://127.0.0.1:4000`.
    pub(crate) fn base(&self) -> &str {
        &self.served.base
    }
}
