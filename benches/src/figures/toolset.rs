//! What a program pays before its first call.

use std::time::Duration;

use composio_core::{Body, Config, Error, HttpTransport, Transport};
use http::{Request, Response};
use tower::service_fn;

use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, time_of},
};

const ROUNDS: usize = 2000;
const BAR: Duration = Duration::from_millis(1);

pub(super) fn measure(_: &Arguments, table: &mut Table) -> Outcome {
    let backend = Transport::new(service_fn(|_: Request<Body>| async {
        Ok::<_, Error>(Response::new(Body::empty()))
    }));
    let mut openai = Samples::default();
    let mut rig = Samples::default();
    for _ in 0..ROUNDS {
        let own = backend.clone();
        openai.push(time_of(|| {
            composio_openai::ToolSet::new(own).entity("alice")
        }));
        let own = backend.clone();
        rig.push(time_of(|| composio_rig::ToolSet::new(own).entity("alice")));
    }
    for (name, samples) in [("openai", openai), ("rig", rig)] {
        let details = format!("p99 {:.1?}", samples.p99());
        let what = format!("construction of a ToolSet, {name}");
        table.push(
            Row::at_most(
                &what,
                samples.median().as_secs_f64(),
                BAR.as_secs_f64(),
                show,
            )
            .with(&details),
        );
    }
    over_http(table)
}

/// With a client of its own, whose TLS reads the machine's certificates.
fn over_http(table: &mut Table) -> Outcome {
    let config = Config::new("key").base_url("https://localhost");
    let mut samples = Samples::default();
    for _ in 0..50 {
        samples.push(time_of(|| {
            HttpTransport::new(&config).map(composio_openai::ToolSet::new)
        }));
    }
    HttpTransport::new(&config)?;
    table.push(Row::shown(
        "HttpTransport and a ToolSet on it",
        format!("{:.1?} (p99 {:.1?})", samples.median(), samples.p99()),
    ));
    Ok(())
}

fn show(seconds: f64) -> String {
    format!("{:.3} ms", seconds * 1e3)
}
