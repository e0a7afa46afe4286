use composio_core::models::ToolResult;

use crate::executor::Call;

/// How the error of a refused call begins.
const REFUSED: [&str; 2] = ["HTTP 401: ", "HTTP 403: "];

/// The scopes that a tool asks for and its connection was not granted.
///
/// Vendors count scopes among each other, so nobody is refused for a lack; but where the vendor refuses, it is told.
#[derive(Debug, Default)]
pub(super) struct Lack(Vec<String>);

impl Lack {
    /// Nothing is known to lack where nobody said what was granted.
    pub(super) fn of(call: &Call<'_>) -> Self {
        if call.plan.scopes.is_empty() || call.custom.is_some() {
            return Self::default();
        }
        let values = call.credentials.as_ref().map(|own| &own.values);
        // What a token response does not tell was granted as it was asked for (RFC 6749, section 5.1).
        let granted =
            values.and_then(|values| values.get("scope").or_else(|| values.get("scopes")));
        let granted = granted.filter(|granted| !granted.expose().trim().is_empty());
        let Some(granted) = granted else {
            return Self::default();
        };
        let granted: Vec<&str> = granted
            .expose()
            .split([' ', ','])
            .filter(|scope| !scope.is_empty())
            .collect();
        let missing = call.plan.missing_scopes(&granted).into_iter();
        Self(missing.map(str::to_owned).collect())
    }

    /// The result, with the lack told if that may be why it failed.
    pub(super) fn told_in(&self, mut result: ToolResult) -> ToolResult {
        if let Some(error) = &mut result.error
            && !self.0.is_empty()
            && REFUSED.iter().any(|refused| error.starts_with(refused))
        {
            error.push_str(". The connection was not granted the scopes that this tool asks for: ");
            error.push_str(&self.0.join(", "));
        }
        result
    }
}
