use composio_core::{
    ErrorKind,
    models::{AuthScheme, ConnectionStatus},
};
use sqlx::{Executor as _, SqlStr};

use super::SqliteStore;
use crate::store::{
    AppOutline, AppStore as _, AuthConfigFilter, AuthConfigRecord, AuthConfigStore as _,
    ConfirmationRecord, ConnectionFilter, ConnectionRecord, ConnectionStore as _, LinkRecord,
    LinkStore as _, MetaStore as _, NewAppRecord, Order, SearchStore as _, Store as _, Window,
};

impl SqliteStore {
    pub(crate) async fn count_logs(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM logs");
        count.fetch_one(&self.readers).await.unwrap()
    }

    /// Does what nobody but an attacker does.
    pub(crate) async fn change_audit(&self, statement: &'static str) {
        let done = sqlx::query(statement).execute(&self.writer).await;
        assert_eq!(done.unwrap().rows_affected(), 1);
    }

    pub(crate) async fn count_payloads(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM log_payloads");
        count.fetch_one(&self.readers).await.unwrap()
    }

    /// Gives the entry `to` the payload of the entry `from`.
    pub(crate) async fn move_payload(&self, from: &str, to: &str) {
        let take = "UPDATE log_payloads SET sealed = (SELECT sealed FROM log_payloads AS o WHERE o.log_id = $1) \
             WHERE log_id = $2";
        let done = sqlx::query(take).bind(from).bind(to).execute(&self.writer);
        assert_eq!(done.await.unwrap().rows_affected(), 1);
    }

    /// Tool, outcome and user of each entry, by time.
    pub(crate) async fn logged(&self) -> Vec<(String, String, Option<String>)> {
        let rows =
            sqlx::query_as("SELECT tool, outcome, user_id FROM logs ORDER BY created_at, id");
        rows.fetch_all(&self.readers).await.unwrap()
    }
}

const ALL: Window = Window {
    offset: 0,
    limit: 1000,
};

async fn store() -> SqliteStore {
    SqliteStore::in_memory().await.unwrap()
}

fn config(id: &str, created_at: i64) -> AuthConfigRecord {
    AuthConfigRecord {
        id: id.to_owned(),
        project: "p".to_owned(),
        toolkit: "demo".to_owned(),
        name: format!("Name of {id}"),
        scheme: AuthScheme::ApiKey,
        scheme_name: "key".to_owned(),
        managed: true,
        enabled: true,
        tools_for_creation: None,
        tools_for_execution: Some(vec!["DEMO_A".to_owned()]),
        sealed: vec![0, 255],
        generation: 1,
        created_at,
        updated_at: created_at,
        connections: 0,
    }
}

fn connection(id: &str, user: &str, config: &str, created_at: i64) -> ConnectionRecord {
    ConnectionRecord {
        id: id.to_owned(),
        project: "p".to_owned(),
        user_id: user.to_owned(),
        toolkit: "demo".to_owned(),
        auth_config_id: config.to_owned(),
        status: ConnectionStatus::Active,
        status_reason: None,
        disabled: false,
        alias: Some(format!("mine {id}")),
        labels: vec!["work".to_owned(), "the \"first\"".to_owned()],
        sealed: vec![1],
        generation: 1,
        expires_at: None,
        refresh_at: None,
        created_at,
        updated_at: created_at,
    }
}

fn app(slug: &str, version: &str) -> NewAppRecord {
    NewAppRecord {
        slug: slug.to_owned(),
        version: version.to_owned(),
        integration: "name: Demo".to_owned(),
        compiled: "{}".to_owned(),
        outline: outline("facts"),
        created_at: 1,
    }
}

fn outline(facts: &str) -> AppOutline {
    AppOutline {
        facts: facts.to_owned(),
        tools: "A_ONE\nA_TWO".to_owned(),
    }
}

#[tokio::test]
async fn the_newest_version_of_each_app_is_loaded_and_all_are_named() {
    let store = store().await;
    for (slug, version) in [
        ("a", "20260101_00"),
        ("a", "20260102_00"),
        ("a", "20251231_09"),
        ("b", "20250101_00"),
    ] {
        store.insert_app(&app(slug, version)).await.unwrap();
    }
    let (newest, versions) = store.load_apps().await.unwrap();
    let newest: Vec<(&str, &str)> = newest
        .iter()
        .map(|app| (&*app.slug, &*app.version))
        .collect();
    assert_eq!(newest, [("a", "20260102_00"), ("b", "20250101_00")]);
    assert_eq!(versions.len(), 4);
    let of_a = store.app_versions("a").await.unwrap();
    assert_eq!(of_a[0].version, "20251231_09");
    let compiled = store.compiled_app("a", "20260101_00").await.unwrap();
    assert_eq!(compiled.as_deref(), Some("{}"));
    let integration = store.app_integration("a", "20260101_00").await.unwrap();
    assert_eq!(integration.as_deref(), Some("name: Demo"));
    assert_eq!(store.compiled_app("b", "20260101_00").await.unwrap(), None);
    let error = store
        .insert_app(&app("a", "20260101_00"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn an_auth_config_comes_back_as_it_was_and_only_in_its_project() {
    let store = store().await;
    store.insert_auth_config(&config("ac_1", 5)).await.unwrap();
    store
        .insert_connection(&connection("ca_1", "u", "ac_1", 6), None)
        .await
        .unwrap();
    let found = store.auth_config("p", "ac_1").await.unwrap().unwrap();
    assert_eq!(found.tools_for_execution, Some(vec!["DEMO_A".to_owned()]));
    assert_eq!((found.tools_for_creation, found.connections), (None, 1));
    assert_eq!(
        (found.sealed, found.scheme),
        (vec![0, 255], AuthScheme::ApiKey)
    );
    assert!(store.auth_config("q", "ac_1").await.unwrap().is_none());
    assert!(
        !store
            .enable_auth_config("q", "ac_1", false, 9)
            .await
            .unwrap()
    );
    assert!(!store.delete_auth_config("q", "ac_1").await.unwrap());
}

#[tokio::test]
async fn of_two_changes_to_one_generation_one_is_refused() {
    let store = store().await;
    store.insert_auth_config(&config("ac_1", 5)).await.unwrap();
    let mut change = config("ac_1", 5);
    change.generation = 2;
    assert!(store.update_auth_config(&change).await.unwrap());
    assert!(!store.update_auth_config(&change).await.unwrap());
}

#[tokio::test]
async fn a_connection_through_nothing_is_refused_and_leaves_nothing() {
    let store = store().await;
    let orphan = connection("ca_1", "u", "ac_none", 1);
    let error = store.insert_connection(&orphan, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    // A duplicate undoes the default auth config that was made for it.
    store.insert_auth_config(&config("ac_1", 1)).await.unwrap();
    store
        .insert_connection(&connection("ca_1", "u", "ac_1", 1), None)
        .await
        .unwrap();
    let mut other = config("ac_2", 2);
    other.scheme_name = "another".to_owned();
    let twin = connection("ca_1", "u", "ac_2", 2);
    let error = store
        .insert_connection(&twin, Some(&other))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(store.auth_config("p", "ac_2").await.unwrap().is_none());
}

#[tokio::test]
async fn a_default_auth_config_is_made_once() {
    let store = store().await;
    let first = store
        .insert_connection(&connection("ca_1", "u", "", 1), Some(&config("ac_1", 1)))
        .await;
    let second = store
        .insert_connection(&connection("ca_2", "v", "", 2), Some(&config("ac_2", 2)))
        .await;
    assert_eq!(
        (first.unwrap().as_str(), second.unwrap().as_str()),
        ("ac_1", "ac_1")
    );
    let filter = AuthConfigFilter {
        project: "p".to_owned(),
        ..AuthConfigFilter::default()
    };
    assert_eq!(store.auth_configs(&filter, ALL).await.unwrap().1, 1);
}

#[tokio::test]
async fn usable_connections_come_before_newer_ones_that_are_not() {
    let store = store().await;
    store.insert_auth_config(&config("ac_1", 1)).await.unwrap();
    store.insert_auth_config(&config("ac_2", 1)).await.unwrap();
    store
        .insert_connection(&connection("ca_1", "u", "ac_1", 1), None)
        .await
        .unwrap();
    store
        .insert_connection(&connection("ca_2", "u", "ac_1", 2), None)
        .await
        .unwrap();
    store
        .insert_connection(&connection("ca_3", "u", "ac_2", 3), None)
        .await
        .unwrap();
    let newest = async || {
        store
            .newest_connection("p", "u", "demo")
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(newest().await.id, "ca_3");
    store
        .enable_auth_config("p", "ac_2", false, 4)
        .await
        .unwrap();
    assert_eq!(newest().await.id, "ca_2");
    store
        .enable_connection("p", "ca_2", false, 5)
        .await
        .unwrap();
    assert_eq!(newest().await.id, "ca_1");
    store
        .enable_connection("p", "ca_1", false, 6)
        .await
        .unwrap();
    assert_eq!(newest().await.id, "ca_3");
    assert!(
        store
            .newest_connection("p", "w", "demo")
            .await
            .unwrap()
            .is_none()
    );
    store.enable_connection("p", "ca_1", true, 7).await.unwrap();
    let back = newest().await;
    assert_eq!(
        (back.id.as_str(), back.status),
        ("ca_1", ConnectionStatus::Active)
    );
}

/// Five connections of two users; the first is disabled, last of all changes.
async fn five() -> SqliteStore {
    let store = store().await;
    store.insert_auth_config(&config("ac_1", 1)).await.unwrap();
    for number in 0..5 {
        let (id, user) = (format!("ca_{number}"), format!("u{}", number % 2));
        let connection = connection(&id, &user, "ac_1", number);
        store.insert_connection(&connection, None).await.unwrap();
    }
    let disabled = store.enable_connection("p", "ca_0", false, 99).await;
    assert!(disabled.unwrap());
    store
}

async fn listed(
    store: &SqliteStore,
    filter: ConnectionFilter,
    offset: i64,
    limit: i64,
) -> (String, u64) {
    let project = "p".to_owned();
    let filter = ConnectionFilter { project, ..filter };
    let window = Window { offset, limit };
    let (found, total) = store.connections(&filter, window).await.unwrap();
    let ids: Vec<String> = found.into_iter().map(|connection| connection.id).collect();
    (ids.join(" "), total)
}

#[tokio::test]
async fn connections_are_ordered_and_paged() {
    let store = five().await;
    let all = ConnectionFilter::default;
    let (ids, total) = listed(&store, all(), 0, 1000).await;
    assert_eq!((&*ids, total), ("ca_4 ca_3 ca_2 ca_1 ca_0", 5));
    assert_eq!(listed(&store, all(), 3, 1).await, ("ca_1".to_owned(), 5));
    assert_eq!(listed(&store, all(), 9, 1).await, (String::new(), 5));
    let mut order = Order {
        ascending: true,
        ..Order::default()
    };
    let (ids, _) = listed(&store, ConnectionFilter { order, ..all() }, 0, 2).await;
    assert_eq!(ids, "ca_0 ca_1");
    order.by_update = true;
    let (ids, _) = listed(&store, ConnectionFilter { order, ..all() }, 0, 1000).await;
    assert!(ids.ends_with("ca_0"), "{ids}");
}

#[tokio::test]
async fn connections_are_filtered() {
    let store = five().await;
    let all = ConnectionFilter::default;
    let users = vec!["u1".to_owned(), "nobody".to_owned()];
    let found = listed(&store, ConnectionFilter { users, ..all() }, 0, 1000).await;
    assert_eq!(found, ("ca_3 ca_1".to_owned(), 2));
    let statuses = vec!["INACTIVE".to_owned()];
    let found = listed(&store, ConnectionFilter { statuses, ..all() }, 0, 1000).await;
    assert_eq!(found, ("ca_0".to_owned(), 1));
    let ids = vec!["') OR 1=1 --".to_owned()];
    let found = listed(&store, ConnectionFilter { ids, ..all() }, 0, 1000).await;
    assert_eq!(found.1, 0);
}

#[tokio::test]
async fn what_is_made_of_an_app_can_be_made_anew_and_goes_with_it() {
    let store = store().await;
    store.insert_app(&app("a", "1")).await.unwrap();
    store
        .outline_app("a", "1", &outline("other"))
        .await
        .unwrap();
    let (newest, _) = store.load_apps().await.unwrap();
    assert_eq!(newest[0].facts.as_deref(), Some("other"));
    let tools = store.app_tools("a", "1").await.unwrap();
    assert_eq!(tools.as_deref(), Some("A_ONE\nA_TWO"));
    assert!(store.remove_app("a").await.unwrap());
    assert_eq!(store.compiled_app("a", "1").await.unwrap(), None);
    assert_eq!(store.app_integration("a", "1").await.unwrap(), None);
}

#[tokio::test]
async fn a_search_index_is_given_with_its_own_stamp_and_whole() {
    let store = store().await;
    assert_eq!(store.search_index().await.unwrap(), None);
    let long: Vec<u8> = (0..2_500_000_u32)
        .map(|place| place.to_le_bytes()[0])
        .collect();
    for (stamp, index) in [("one", long.as_slice()), ("two", b"short")] {
        store.keep_search_index(stamp, index).await.unwrap();
        let kept = store.search_index().await.unwrap();
        assert_eq!(kept, Some((stamp.to_owned(), index.to_vec())));
    }
}

#[tokio::test]
async fn removing_an_app_removes_its_auth_configs_and_connections_alone() {
    let store = store().await;
    store.insert_app(&app("demo", "1")).await.unwrap();
    store.insert_auth_config(&config("ac_1", 1)).await.unwrap();
    store
        .insert_connection(&connection("ca_1", "u", "ac_1", 1), None)
        .await
        .unwrap();
    let other = AuthConfigRecord {
        toolkit: "other".to_owned(),
        ..config("ac_2", 1)
    };
    store.insert_auth_config(&other).await.unwrap();
    assert!(store.remove_app("demo").await.unwrap());
    assert!(store.connection("p", "ca_1").await.unwrap().is_none());
    assert!(store.auth_config("p", "ac_1").await.unwrap().is_none());
    assert!(store.auth_config("p", "ac_2").await.unwrap().is_some());
    assert!(!store.remove_app("demo").await.unwrap());
}

#[tokio::test]
async fn the_first_of_two_values_stays() {
    let store = store().await;
    assert_eq!(store.meta("x").await.unwrap(), None);
    assert_eq!(store.meta_or_insert("x", b"1").await.unwrap(), b"1");
    assert_eq!(store.meta_or_insert("x", b"2").await.unwrap(), b"1");
}

#[tokio::test]
async fn another_programs_database_and_a_newer_one_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let store = SqliteStore::open(&path).await.unwrap();
    (&store.writer)
        .execute(SqlStr::from_static(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'of the future', 1, x'00', 0)",
        ))
        .await
        .unwrap();
    store.close().await;
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("newer"), "{error}");

    let path = folder.path().join("y.db");
    let store = SqliteStore::open(&path).await.unwrap();
    (&store.writer)
        .execute(SqlStr::from_static("PRAGMA application_id = 7"))
        .await
        .unwrap();
    store.close().await;
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("another program"), "{error}");
}

#[tokio::test]
async fn links_and_sessions_are_good_for_their_time_and_once() {
    let store = store().await;
    store.insert_auth_config(&config("ac_1", 1)).await.unwrap();
    for id in ["ca_1", "ca_2", "ca_3"] {
        let connection = connection(id, "mira", "ac_1", 1);
        store.insert_connection(&connection, None).await.unwrap();
    }
    let link = |hash: &str, account: &str, expires_at| LinkRecord {
        hash: hash.into(),
        project: "p".to_owned(),
        account: account.to_owned(),
        callback_url: None,
        expires_at,
    };
    let confirmation = |hash: &str, account: &str, expires_at| ConfirmationRecord {
        hash: hash.into(),
        project: "p".to_owned(),
        account: account.to_owned(),
        sealed: vec![1],
        generation: 1,
        token_expires_at: None,
        expires_at,
    };
    for link in [
        link("a", "ca_1", 10),
        link("b", "ca_2", 10),
        link("c", "ca_3", 20),
    ] {
        store.insert_link(&link).await.unwrap();
    }
    let waits = confirmation("d", "ca_2", 20);
    store.insert_confirmation(&waits).await.unwrap();
    store.expire_links(9).await.unwrap();
    assert!(store.link(b"a", 10).await.unwrap().is_none());
    assert!(store.link(b"a", 9).await.unwrap().is_some());
    store.expire_links(10).await.unwrap();
    assert!(store.link(b"a", 9).await.unwrap().is_none());
    // Nobody takes what is over, what is another project's, or what was taken.
    for (project, hash, now) in [("p", b"d", 20), ("other", b"d", 1), ("p", b"e", 1)] {
        let taken = store.take_confirmation(project, hash, now).await.unwrap();
        assert!(taken.is_none(), "{project} {now}");
    }
    let newer = confirmation("e", "ca_2", 30);
    store.insert_confirmation(&newer).await.unwrap();
    let replaced = store.take_confirmation("p", b"d", 1).await.unwrap();
    assert!(replaced.is_none());
    let taken = store.take_confirmation("p", b"e", 1).await.unwrap();
    assert_eq!(taken.unwrap().account, "ca_2");
    let again = store.take_confirmation("p", b"e", 1).await.unwrap();
    assert!(again.is_none());
    store.delete_connection("p", "ca_3").await.unwrap();
    assert!(store.link(b"c", 1).await.unwrap().is_none());
}
