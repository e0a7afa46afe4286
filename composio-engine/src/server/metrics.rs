use std::{fmt, time::Duration};

use http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// From half a millisecond to half a minute.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];

/// Everything that is counted, in the words of Prometheus.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<ResourceLabels, Histogram>,
    pub(crate) calls: Family<CallLabels, Counter>,
    pub(crate) refreshes: Family<RefreshLabels, Counter>,
    pub(super) connections: Gauge,
    pub(super) refused: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    resource: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResourceLabels {
    resource: &'static str,
}

/// What tells tool calls apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CallLabels {
    pub(crate) toolkit: String,
    pub(crate) outcome: &'static str,
}

/// What tells refreshes of tokens apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RefreshLabels {
    pub(crate) outcome: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let own = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            calls: Family::default(),
            refreshes: Family::default(),
            connections: Gauge::default(),
            refused: Counter::default(),
        };
        own.registered()
    }

    fn registered(mut self) -> Self {
        let registry = self.registry.sub_registry_with_prefix("composio");
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to the head of its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("tool_calls", "Tool calls logged", self.calls.clone());
        registry.register(
            "token_refreshes",
            "Refreshes of tokens: renewed, expired (the user has to connect again) or postponed",
            self.refreshes.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "connections_refused",
            "Connections closed because there were too many",
            self.refused.clone(),
        );
        self
    }

    pub(super) fn answered(&self, asked: &Asked, status: StatusCode, duration: Duration) {
        let Asked { method, resource } = *asked;
        self.requests
            .get_or_create(&RequestLabels {
                method,
                resource,
                status: status.as_u16(),
            })
            .inc();
        self.durations
            .get_or_create(&ResourceLabels { resource })
            .observe(duration.as_secs_f64());
    }

    pub(super) fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What a request asks for, in words that are few: anything else would let a client fill the memory with labels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) resource: &'static str,
}

impl Asked {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        const METHODS: [&str; 6] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"];
        const RESOURCES: [&str; 13] = [
            "toolkits",
            "tools",
            "auth_configs",
            "connected_accounts",
            "files",
            "logs",
            "auth",
            "org",
            "engine",
            "link",
            "health",
            "ready",
            "metrics",
        ];
        let mut segments = path.split('/').skip(1);
        let mut first = segments.next().unwrap_or_default();
        if first == "api" {
            first = segments.nth(1).unwrap_or_default();
        }
        let is_execution = first == "tools" && segments.next() == Some("execute");
        let known = |names: &[&'static str], name: &str| {
            let mut names = names.iter();
            names.find(|own| **own == name).copied().unwrap_or("other")
        };
        Self {
            method: known(&METHODS, method.as_str()),
            resource: if is_execution {
                "tools/execute"
            } else {
                known(&RESOURCES, first)
            },
        }
    }
}
