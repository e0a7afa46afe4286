//! A call through the whole toolset: the model sees its family's words, everybody else the tool's own.

use std::sync::{Arc, Mutex};

use composio_core::{
    Anthropic, Arguments, CallContext, Dialect, ErrorKind, Gemini, Plain, Provider, ToolCall,
    ToolSet,
    models::{RawJson, Tool, ToolResult},
    testing::FakeService,
};
use composio_tests::suite::Outcome;
use serde_json::{Value, json};

fn service() -> FakeService {
    let mut search = Tool::new("SEARCH");
    search.no_auth = true;
    search.input_parameters = RawJson::from(json!({
        "type": "object", "required": ["query"],
        "properties": {
            "query": {"type": "string", "maxLength": 40}, "$top": {"type": "integer"},
            "filter": {"type": "object", "additionalProperties": true},
        },
    }));
    let mut anything = Tool::new("ANYTHING");
    anything.no_auth = true;
    anything.input_parameters =
        RawJson::from(json!({"type": "object", "additionalProperties": true}));
    let echo = |arguments| async { Ok(ToolResult::success(arguments)) };
    FakeService::new().tool(search, echo).tool(anything, echo)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Strict through async-openai's types: the flag is set on what fits, the rest falls back alone and says why.
pub fn strict_is_set_on_the_tools_that_fit_and_the_report_says_why_not_on_the_others() -> Outcome {
    let toolset = composio_openai::ToolSet::new(service());
    let tools = run(async {
        toolset
            .get_tools()
            .actions(["SEARCH", "ANYTHING"])
            .strict()
            .await
    })?;
    let spelt = serde_json::to_value(&*tools)?;
    assert_eq!(spelt[0]["function"]["strict"], true);
    assert_eq!(spelt[1]["function"]["strict"], false);
    let report: Vec<String> = tools.report().iter().map(ToString::to_string).collect();
    assert!(
        report[0].contains("#/properties/query rule")
            && report[0].contains("#/properties/filter text"),
        "{report:?}"
    );
    assert!(
        report[1].contains("not strict: it takes arguments of any name"),
        "{report:?}"
    );
    Ok(())
}

/// Processors see the tool's own names and shapes, before the model's words and after.
pub fn processors_and_the_service_see_the_tools_own_names_and_shapes() -> Outcome {
    let service = service();
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = seen.clone();
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
    run(async {
        let tools = toolset
            .get_tools()
            .actions(["SEARCH"])
            .strict()
            .schema("SEARCH", |tool| tool.describe_argument("$top", "How many"))
            .pre("SEARCH", move |arguments: Arguments| {
                kept.lock().unwrap().push(arguments.clone().into_value());
                arguments
            })
            .await?;
        let shown = &tools[0].definition;
        assert_eq!(shown.strict, Some(true));
        assert_eq!(
            shown.parameters["properties"]["top"]["description"],
            "How many"
        );
        let written = json!({"query": "rust", "top": null, "filter": "{\"lang\": [\"rust\"]}"});
        tools
            .call(
                &ToolCall::with_value("1", "SEARCH", &written),
                CallContext::new(),
            )
            .await
    })?;
    let meant = json!({"query": "rust", "filter": {"lang": ["rust"]}});
    assert_eq!(*seen.lock().unwrap(), std::slice::from_ref(&meant));
    assert_eq!(service.executions()[0].arguments, meant);
    Ok(())
}

/// What a family cannot be told still holds.
pub fn rules_that_were_lost_still_refuse_a_call_in_words() -> Outcome {
    let service = service();
    let toolset: ToolSet<Gemini> = ToolSet::new(service.clone());
    let outcome = run(async {
        let tools = toolset
            .get_tools()
            .actions(["SEARCH"])
            .dialect(Dialect::GeminiLegacy)
            .await?;
        assert_eq!(tools[0]["parameters"]["type"], "OBJECT");
        let written = json!({"query": "rust", "filter": "not JSON"});
        tools
            .call(
                &ToolCall::with_value("1", "SEARCH", &written),
                CallContext::new(),
            )
            .await
    })?;
    assert!(
        outcome.model_text().contains("/filter") && service.executions().is_empty(),
        "{}",
        outcome.model_text()
    );
    Ok(())
}

/// Each provider takes the families that it can spell.
pub fn a_family_that_a_provider_cannot_spell_is_refused_before_anything_is_fetched() -> Outcome {
    async fn fetch<P: Provider + Default>(dialect: Dialect) -> Result<(), composio_core::Error> {
        let toolset: ToolSet<P> = ToolSet::new(service());
        toolset
            .get_tools()
            .actions(["SEARCH"])
            .dialect(dialect)
            .await
            .map(|_| ())
    }
    let refused = run(fetch::<Anthropic>(Dialect::GeminiLegacy)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    run(fetch::<Gemini>(Dialect::GeminiLegacy))?;
    run(fetch::<Anthropic>(Dialect::OpenAiStrict))?;
    Ok(())
}

/// github.com/ComposioHQ/composio/issues/2788: a client puts its server's name before the tool's and takes 60.
pub fn names_of_tools_are_as_short_as_is_asked_for_and_calls_by_them_arrive() -> Outcome {
    let long = "GITHUB_LIST_".repeat(7);
    let mut tool = Tool::new(&long);
    tool.no_auth = true;
    let service = FakeService::new().tool(tool, |arguments| async {
        Ok(ToolResult::success(arguments))
    });
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
    for limit in [40, 60, 64] {
        run(async {
            let tools = toolset
                .get_tools()
                .actions([&long])
                .name_limit(limit)
                .await?;
            let name = &tools[0].definition.name;
            assert_eq!(name.len(), limit);
            tools
                .call(&ToolCall::new("1", name, "{}"), CallContext::new())
                .await
        })?;
    }
    assert_eq!(service.executions().len(), 3);
    Ok(())
}
