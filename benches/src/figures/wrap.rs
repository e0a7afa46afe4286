//! A thousand tools in each framework's spelling.

use std::time::Instant;

use bytes::Bytes;
use composio_core::{
    Body, Error, Provider, ToolSet, Transport,
    models::{Page, Tool, ToolToolkit, Toolkit},
};
use composio_openai::ChatCompletions;
use composio_rig::Rig;
use http::{Request, Response};
use serde_json::json;
use tokio::runtime;
use tower::service_fn;

use super::import;
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table},
};

const APP: &str = "github";
const TOOLS: usize = 1000;
const ROUNDS: usize = 25;
const MILLISECONDS: f64 = 20.0;

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let tools = tools(arguments)?;
    let bytes: usize = tools
        .iter()
        .map(|tool| tool.input_parameters.as_str().len())
        .sum();
    let origin = if arguments.github.is_some() {
        "GitHub's"
    } else {
        "made up"
    };
    let details = format!("{origin}, {} kB of schemas", bytes / 1000);
    let service = service(&tools)?;
    wrap::<ChatCompletions>(&service, &details, table)?;
    wrap::<Rig>(&service, &details, table)?;
    #[cfg(feature = "langchain")]
    wrap::<composio_langchain::LangChain>(&service, &details, table)?;
    Ok(())
}

/// The same fetch with and without the framework's spelling, in turns: the difference is what wrapping takes.
fn wrap<P: Provider + Default>(service: &Transport, details: &str, table: &mut Table) -> Outcome {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let toolset: ToolSet<P> = ToolSet::new(service.clone());
    let (mut fetched, mut wrapped) = (Samples::default(), Samples::default());
    runtime.block_on(async {
        for _ in 0..ROUNDS {
            let fetch = toolset.get_action_schemas().apps([APP]).all_actions();
            let started = Instant::now();
            let schemas = fetch.check_connected_accounts(false).await?;
            fetched.push(started.elapsed());
            if schemas.len() != TOOLS {
                return Err(format!("{} tools came", schemas.len()).into());
            }
            drop(schemas);
            let fetch = toolset.get_tools().apps([APP]).all_actions();
            let started = Instant::now();
            let tools = fetch.check_connected_accounts(false).await?;
            wrapped.push(started.elapsed());
            drop(tools);
        }
        Outcome::Ok(())
    })?;
    let own = wrapped.median().saturating_sub(fetched.median());
    let details = format!(
        "{details}; {:.1?} with the fetch and decoding of the list",
        wrapped.median()
    );
    let what = format!("wrapping {TOOLS} tools, {}", P::NAME);
    let row = Row::at_most(&what, own.as_secs_f64() * 1e3, MILLISECONDS, |value| {
        format!("{value:.1} ms")
    });
    table.push(row.with(&details));
    Ok(())
}

fn tools(arguments: &Arguments) -> Outcome<Vec<Tool>> {
    let Some(document) = &arguments.github else {
        return Ok((0..TOOLS).map(made_up).collect());
    };
    let toolkit = import::github(document)?.toolkit;
    let plans = toolkit.tools.values().take(TOOLS);
    Ok(plans.map(|plan| toolkit.tool_model(plan)).collect())
}

fn made_up(number: usize) -> Tool {
    let mut tool = Tool::new(format!("GITHUB_OPERATION_{number}"));
    tool.description = "Does something to a repository that the user may write to.".to_owned();
    tool.toolkit = ToolToolkit::new(APP, "GitHub", "");
    let argument = json!({"type": "string", "description": "A name as the service knows it", "maxLength": 200});
    let properties: serde_json::Map<_, _> = (0..8)
        .map(|place| (format!("argument_{place}"), argument.clone()))
        .collect();
    tool.input_parameters =
        json!({"type": "object", "properties": properties, "required": ["argument_0"]}).into();
    tool
}

/// A service that answers from memory, so that the transport costs next to nothing.
fn service(tools: &[Tool]) -> Outcome<Transport> {
    let mut toolkit = Toolkit::default();
    APP.clone_into(&mut toolkit.slug);
    let toolkit = Bytes::from(serde_json::to_vec(&toolkit)?);
    let mut page = Page::default();
    page.items = tools.to_vec();
    let page = Bytes::from(serde_json::to_vec(&page)?);
    Ok(Transport::new(service_fn(move |request: Request<Body>| {
        let is_list = request.uri().path().ends_with("/tools");
        let body = if is_list { &page } else { &toolkit };
        let response = Response::new(Body::from(body.clone()));
        async move { Ok::<_, Error>(response) }
    })))
}
