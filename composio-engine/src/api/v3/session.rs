use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    api::{error::Answer, params::From},
    clock::rfc3339,
    platform::Platform,
};

/// Who asks, in the words of a platform that has organizations and members: the engine has projects and keys.
pub(super) async fn info(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
) -> Answer<Json<Value>> {
    let project = caller.project_id();
    let config = platform.projects.config(&caller).await?;
    let created_at = rfc3339(platform.projects.created_at(&caller).await?);
    let (member, role) = match caller.only_user() {
        Some(user) => (user, "USER"),
        None => ("project", "ADMIN"),
    };
    Ok(Json(json!({
        "project": {
            "auto_id": 0,
            "id": project,
            "nano_id": project,
            "org_id": "engine",
            "name": config.display_name.as_deref().unwrap_or(project),
            "email": "",
            "created_at": created_at,
            "updated_at": created_at,
            "webhook_url": null,
            "event_webhook_url": null,
            "webhook_secret": null,
            "triggers_enabled": false,
            "last_subscribed_at": null,
            "deleted": false,
            "is_new_webhook": true,
            "webhook_version": "V3",
            "org": {"id": "engine", "name": "engine", "plan": "self-hosted"},
        },
        // A key is shown once, when it is made.
        "api_key": null,
        "org_member": {"id": member, "email": "", "name": member, "role": role},
    })))
}
