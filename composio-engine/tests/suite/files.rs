//! Files: sent to signed addresses, kept encrypted, fetched from signed addresses, and nobody else's.

use std::{convert::Infallible, path::Path, time::Duration};

use bytes::Bytes;
use composio_core::{
    Body, ErrorKind, Transport,
    client::Client,
    models::{FileResult, FileUploadRequest},
};
use composio_engine::{Caller, Engine, FileLimits};
use futures_util::stream;
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::{Value, json};

use crate::support::{Reply, builder, get, post, send, send_as};

const REQUEST: &str = "/api/v3/files/upload/request";
const MARK: &[u8] = b"a sentence that nobody should find on the disk";

async fn engine() -> Engine {
    builder().in_memory().build().await.unwrap()
}

/// `length` bytes that differ from place to place.
fn some_bytes(length: usize) -> Vec<u8> {
    let numbers = (0..).flat_map(|number: u32| number.wrapping_mul(2_654_435_761).to_le_bytes());
    MARK.iter().copied().chain(numbers).take(length).collect()
}

fn announcement(name: &str, bytes: &[u8]) -> FileUploadRequest {
    FileUploadRequest::of(name, bytes)
        .mimetype("text/plain")
        .tool("demo", "DEMO_KEEP")
}

fn announced(name: &str, bytes: &[u8]) -> Value {
    serde_json::to_value(announcement(name, bytes)).unwrap()
}

async fn request(engine: &Engine, name: &str, bytes: &[u8]) -> Value {
    let reply = post(engine, REQUEST, &announced(name, bytes)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json);
    reply.json
}

async fn put(engine: &Engine, upload: &Value, body: impl Into<Body>) -> Reply {
    let address = upload["new_presigned_url"].as_str().unwrap();
    send(engine, "PUT", address, body).await
}

async fn uploaded(engine: &Engine, name: &str, bytes: &[u8]) -> Value {
    let upload = request(engine, name, bytes).await;
    let reply = put(engine, &upload, bytes.to_vec()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json);
    upload
}

/// The address from which the file is fetched, as asking for the same upload again tells it.
async fn address(engine: &Engine, name: &str, bytes: &[u8]) -> String {
    let again = request(engine, name, bytes).await;
    assert_eq!(again["type"], "existing", "{again}");
    again["existing_url"].as_str().unwrap().to_owned()
}

async fn fetch(
    engine: &Engine,
    address: &str,
    range: Option<&str>,
) -> (http::response::Parts, Bytes) {
    let mut request = Request::get(address);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = Transport::from(engine.clone()).send(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts, body.bytes(64 * 1024 * 1024).await.unwrap())
}

fn slug(reply: &Reply) -> &str {
    reply.json["error"]["slug"].as_str().unwrap_or_default()
}

fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let (path, query) = address.split_once('?').unwrap();
    let query: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((own, _)) if own == name => format!("{name}={value}"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{path}?{}", query.join("&"))
}

fn blobs(database: &Path) -> Vec<std::path::PathBuf> {
    let mut folder = database.as_os_str().to_owned();
    folder.push(".files");
    let entries =
        std::fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()));
    entries.map(Iterator::collect).unwrap_or_default()
}

#[tokio::test]
async fn what_is_sent_is_fetched_byte_for_byte() {
    let engine = engine().await;
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000, 1_000_000] {
        let bytes = some_bytes(length);
        let name = format!("{length}.txt");
        uploaded(&engine, &name, &bytes).await;
        let address = address(&engine, &name, &bytes).await;
        let (parts, fetched) = fetch(&engine, &address, None).await;
        assert_eq!(parts.status, StatusCode::OK);
        assert_eq!(parts.headers["content-length"], length.to_string());
        assert_eq!(parts.headers["content-type"], "text/plain");
        assert_eq!(parts.headers["x-content-type-options"], "nosniff");
        let disposition = parts.headers["content-disposition"].to_str().unwrap();
        assert!(
            disposition.starts_with(&format!("attachment; filename=\"{name}\"")),
            "{disposition}"
        );
        assert!(fetched == bytes, "{length} bytes came back changed");
    }
}

#[tokio::test]
async fn the_answer_has_the_wires_shape() {
    let engine = engine().await;
    let bytes = some_bytes(10);
    let new = request(&engine, "a.txt", &bytes).await;
    assert_eq!(new["type"], "new");
    assert_eq!(new["metadata"], json!({"storage_backend": "s3"}));
    assert_eq!(new["new_presigned_url"], new["newPresignedUrl"]);
    assert!(new["id"].is_string() && new["key"].is_string());
    put(&engine, &new, bytes.clone()).await;
    let existing = request(&engine, "a.txt", &bytes).await;
    assert_eq!(existing["type"], "existing");
    assert_eq!(existing["key"], new["key"]);
    assert_eq!(existing["existing_url"], existing["existingUrl"]);
    // The official Python client sends the bytes in any case.
    assert_eq!(
        put(&engine, &existing, bytes.clone()).await.status,
        StatusCode::OK
    );
    let other = put(&engine, &existing, "other bytes").await;
    assert_eq!(
        (other.status, slug(&other)),
        (StatusCode::BAD_REQUEST, "File_Md5Mismatch")
    );
    let renamed = request(&engine, "b.txt", &bytes).await;
    assert_eq!(renamed["type"], "new");
    assert_ne!(renamed["key"], new["key"]);
}

#[tokio::test]
async fn parts_of_a_file_are_fetched() {
    let engine = engine().await;
    let bytes = some_bytes(300_000);
    uploaded(&engine, "a.txt", &bytes).await;
    let address = address(&engine, "a.txt", &bytes).await;
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=65530-65540", 65_530..65_541),
        ("bytes=131072-", 131_072..300_000),
        ("bytes=-5", 299_995..300_000),
        ("bytes=262143-262144", 262_143..262_145),
    ] {
        let (parts, fetched) = fetch(&engine, &address, Some(range)).await;
        assert_eq!(parts.status, StatusCode::PARTIAL_CONTENT, "{range}");
        let told = format!("bytes {}-{}/300000", expected.start, expected.end - 1);
        assert_eq!(parts.headers["content-range"], told);
        assert!(fetched == bytes[expected], "{range}");
    }
    let (parts, _) = fetch(&engine, &address, Some("bytes=300000-")).await;
    assert_eq!(parts.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn an_address_that_was_changed_forged_or_misused_is_refused() {
    let engine = engine().await;
    let bytes = some_bytes(100);
    let upload = uploaded(&engine, "a.txt", &bytes).await;
    let sent_to = upload["new_presigned_url"].as_str().unwrap();
    let fetched_from = address(&engine, "a.txt", &bytes).await;
    let id = upload["id"].as_str().unwrap();
    let other = uploaded(&engine, "b.txt", &bytes).await;
    let changed = [
        ("GET", sent_to.to_owned()),
        ("PUT", fetched_from.clone()),
        ("GET", with_parameter(sent_to, "purpose", "download")),
        (
            "GET",
            with_parameter(&fetched_from, "expires", "99999999999"),
        ),
        ("GET", with_parameter(&fetched_from, "expires", "soon")),
        ("GET", with_parameter(&fetched_from, "signature", "")),
        ("GET", with_parameter(&fetched_from, "signature", "AAAA")),
        ("GET", with_parameter(&fetched_from, "signature", "!!")),
        (
            "GET",
            with_parameter(&fetched_from, "purpose", "everything"),
        ),
        (
            "GET",
            fetched_from.replace(id, other["id"].as_str().unwrap()),
        ),
        ("GET", fetched_from.replace(id, "file_ofnobody")),
        ("GET", fetched_from.split('?').next().unwrap().to_owned()),
        (
            "GET",
            "https://engine.invalid/files/..%2f..%2fetc%2fpasswd".to_owned(),
        ),
    ];
    for (method, address) in changed {
        let reply = send(&engine, method, &address, bytes.clone()).await;
        assert_eq!(
            (reply.status, slug(&reply)),
            (StatusCode::FORBIDDEN, "File_LinkInvalid"),
            "{method} {address}"
        );
    }
    let again = put(&engine, &upload, bytes.clone()).await;
    assert_eq!(
        (again.status, slug(&again)),
        (StatusCode::FORBIDDEN, "File_LinkUsed")
    );
    // Another engine signs with another key.
    let stranger = self::engine().await;
    let reply = send(&stranger, "GET", &fetched_from, Body::empty()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_address_whose_time_is_over_is_refused() {
    let limits = FileLimits::default().link(Duration::ZERO);
    let engine = builder().file_limits(limits).build().await.unwrap();
    let bytes = some_bytes(100);
    uploaded(&engine, "a.txt", &bytes).await;
    let address = address(&engine, "a.txt", &bytes).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let reply = send(&engine, "GET", &address, Body::empty()).await;
    assert_eq!(
        (reply.status, slug(&reply)),
        (StatusCode::FORBIDDEN, "File_LinkExpired")
    );
}

#[tokio::test]
async fn bytes_that_are_not_those_announced_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let limits = FileLimits::default().file_bytes(1_000);
    let engine = builder()
        .database(&database)
        .file_limits(limits)
        .build()
        .await
        .unwrap();
    let bytes = some_bytes(500);
    let upload = request(&engine, "a.txt", &bytes).await;
    let address = upload["new_presigned_url"].as_str().unwrap();
    let with_header = async |name: &str, value: &str, body: Vec<u8>| {
        let request = Request::put(address)
            .header(name, value)
            .body(body.into())
            .unwrap();
        Transport::from(engine.clone())
            .send(request)
            .await
            .unwrap()
            .status()
    };
    let broken = Body::new(StreamBody::new(stream::iter([
        Ok(Frame::data(Bytes::from(bytes[..100].to_vec()))),
        Err(std::io::Error::other("cut")),
    ])));
    assert_eq!(
        put(&engine, &upload, bytes[..499].to_vec()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        put(&engine, &upload, Body::empty()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        put(&engine, &upload, broken).await.status,
        StatusCode::BAD_REQUEST
    );
    let large = put(&engine, &upload, some_bytes(1_001)).await;
    assert_eq!(
        (large.status, slug(&large)),
        (StatusCode::PAYLOAD_TOO_LARGE, "File_TooLarge")
    );
    for length in ["499", "501"] {
        let status = with_header("content-length", length, bytes.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{length}");
    }
    let status = with_header("content-length", "1001", bytes.clone()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let status = with_header("content-type", "text/html", bytes.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(blobs(&database), [] as [std::path::PathBuf; 0]);
    // The file is still awaited.
    assert_eq!(put(&engine, &upload, bytes).await.status, StatusCode::OK);
    assert_eq!(blobs(&database).len(), 1);
    engine.close().await;
}

#[tokio::test]
async fn a_sender_who_leaves_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let engine = builder().database(&database).build().await.unwrap();
    let bytes = some_bytes(2_000_000);
    let upload = request(&engine, "a.txt", &bytes).await;
    let first = Frame::data(Bytes::from(bytes[..1_000_000].to_vec()));
    let half = stream::unfold(Some(first), |frame| async {
        match frame {
            Some(frame) => Some((Ok::<_, Infallible>(frame), None)),
            None => std::future::pending().await,
        }
    });
    let body = Body::new(StreamBody::new(Box::pin(half)));
    let sending = put(&engine, &upload, body);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), sending)
            .await
            .is_err()
    );
    tokio::time::timeout(Duration::from_secs(5), async {
        while !blobs(&database).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(put(&engine, &upload, bytes).await.status, StatusCode::OK);
    engine.close().await;
}

#[tokio::test]
async fn names_from_outside_are_never_paths() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let engine = builder().database(&database).build().await.unwrap();
    for name in [
        "../../escape",
        "/etc/passwd",
        "..\\..\\x",
        "a/../../b",
        "..",
        "\0",
    ] {
        let bytes = some_bytes(10 + name.len());
        uploaded(&engine, name, &bytes).await;
        let address = address(&engine, name, &bytes).await;
        let (parts, _) = fetch(&engine, &address, None).await;
        let disposition = parts.headers["content-disposition"].to_str().unwrap();
        assert!(
            !disposition.contains(['/', '\\']) && !disposition.contains(".."),
            "{disposition}"
        );
    }
    for path in blobs(&database) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name}"
        );
    }
    let listed = get(&engine, "/api/v3/files/list").await.json;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 6, "{listed}");
    assert!(
        items
            .iter()
            .all(|item| !item["filename"].as_str().unwrap().contains('/'))
    );
    engine.close().await;
    let beside = std::fs::read_dir(folder.path()).unwrap();
    let strangers = beside.filter(|entry| {
        !entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with("composio.db")
    });
    assert_eq!(strangers.count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn the_disk_holds_no_byte_of_a_file_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let engine = builder().database(&database).build().await.unwrap();
    uploaded(&engine, "a.txt", &some_bytes(200_000)).await;
    let blobs = blobs(&database);
    assert_eq!(blobs.len(), 1);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&blobs[0]), 0o600);
    assert_eq!(mode(blobs[0].parent().unwrap()), 0o700);
    let stored = std::fs::read(&blobs[0]).unwrap();
    assert!(!stored.windows(MARK.len()).any(|window| window == MARK));
    engine.close().await;
}

#[tokio::test]
async fn files_outlive_the_engine_and_damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let engine = builder().database(&database).build().await.unwrap();
    let bytes = some_bytes(200_000);
    uploaded(&engine, "a.txt", &bytes).await;
    let address = address(&engine, "a.txt", &bytes).await;
    engine.close().await;

    let engine = builder().database(&database).build().await.unwrap();
    assert!(fetch(&engine, &address, None).await.1 == bytes);
    let blob = &blobs(&database)[0];
    let sound = std::fs::read(blob).unwrap();
    let mut cut = sound.clone();
    cut.truncate(sound.len() - 65_552);
    let mut flipped = sound.clone();
    flipped[100_000] ^= 1;
    let mut swapped = sound.clone();
    swapped[9..9 + 65_552].copy_from_slice(&sound[9 + 65_552..9 + 2 * 65_552]);
    for damaged in [cut, flipped, swapped, Vec::new()] {
        std::fs::write(blob, damaged).unwrap();
        let request = Request::get(&address).body(Body::empty()).unwrap();
        let response = Transport::from(engine.clone()).send(request).await.unwrap();
        let read = response.into_body().bytes(usize::MAX).await;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    engine.close().await;
}

#[tokio::test]
async fn projects_and_users_see_their_own_files_alone() {
    let engine = engine().await;
    let bytes = some_bytes(50);
    let body = announced("a.txt", &bytes).to_string();
    let callers = [
        Caller::project("one"),
        Caller::project("two"),
        Caller::project("one").user("alice"),
        Caller::project("one").user("bob"),
    ];
    let mut keys = Vec::new();
    for caller in &callers {
        let caller = Some(caller.clone());
        let reply = send_as(&engine, caller, "POST", REQUEST, body.clone()).await;
        assert_eq!(
            reply.json["type"], "new",
            "a file of someone else is known: {}",
            reply.json
        );
        assert_eq!(
            put(&engine, &reply.json, bytes.clone()).await.status,
            StatusCode::OK
        );
        keys.push(reply.json["key"].as_str().unwrap().to_owned());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
    for (caller, count) in callers.into_iter().zip([3, 1, 1, 1]) {
        let listed = send_as(
            &engine,
            Some(caller),
            "GET",
            "/api/v3/files/list",
            Body::empty(),
        )
        .await;
        assert_eq!(listed.json["total_items"], count, "{}", listed.json);
    }
}

#[tokio::test]
async fn a_caller_for_some_apps_sees_and_uses_their_files_alone() {
    let engine = engine().await;
    uploaded(&engine, "demo.txt", &some_bytes(50)).await;
    for (app, count) in [("demo", 1), ("other", 0)] {
        let caller = Caller::project("default").apps([app.to_owned()]);
        let path = "/api/v3/files/list";
        let listed = send_as(&engine, Some(caller), "GET", path, Body::empty()).await;
        assert_eq!(listed.json["total_items"], count, "{}", listed.json);
        assert_eq!(listed.json["items"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_users_files_go_with_the_user() {
    let engine = engine().await;
    let bytes = some_bytes(50);
    let mut addresses = Vec::new();
    for user in ["alice", "bob"] {
        let caller = Caller::project("one").user(user);
        let body = announced("a.txt", &bytes).to_string();
        let new = send_as(&engine, Some(caller.clone()), "POST", REQUEST, body.clone()).await;
        put(&engine, &new.json, bytes.clone()).await;
        let known = send_as(&engine, Some(caller), "POST", REQUEST, body).await;
        addresses.push(known.json["existing_url"].as_str().unwrap().to_owned());
    }
    assert_eq!(engine.delete_user("one", "alice").await.unwrap().files, 1);
    assert_eq!(engine.delete_user("two", "bob").await.unwrap().files, 0);
    assert_eq!(
        fetch(&engine, &addresses[0], None).await.0.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        fetch(&engine, &addresses[1], None).await.0.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_project_has_room_for_so_many_bytes() {
    let limits = FileLimits::default().project_bytes(1_000).awaited(3);
    let engine = builder().file_limits(limits).build().await.unwrap();
    uploaded(&engine, "a.txt", &some_bytes(600)).await;
    let second = request(&engine, "b.txt", &some_bytes(401)).await;
    let reply = put(&engine, &second, some_bytes(401)).await;
    assert_eq!(
        (reply.status, slug(&reply)),
        (StatusCode::FORBIDDEN, "File_QuotaExceeded")
    );
    uploaded(&engine, "c.txt", &some_bytes(400)).await;
    let full = post(&engine, REQUEST, &announced("d.txt", b"d")).await;
    assert_eq!(
        (full.status, slug(&full)),
        (StatusCode::FORBIDDEN, "File_QuotaExceeded")
    );
    let body = announced("d.txt", b"d").to_string();
    let other = || Some(Caller::project("other"));
    for _ in 0..3 {
        let reply = send_as(&engine, other(), "POST", REQUEST, body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    let reply = send_as(&engine, other(), "POST", REQUEST, body).await;
    assert_eq!(
        (reply.status, slug(&reply)),
        (StatusCode::TOO_MANY_REQUESTS, "File_TooManyAwaited")
    );
}

#[tokio::test]
async fn uploads_at_once_do_not_mix_and_one_address_takes_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let engine = builder().database(&database).build().await.unwrap();
    let bytes = some_bytes(400_000);
    let upload = request(&engine, "a.txt", &bytes).await;
    let puts = (0..8).map(|_| put(&engine, &upload, bytes.clone()));
    let replies = futures_util::future::join_all(puts).await;
    let kept = replies
        .iter()
        .filter(|reply| reply.status == StatusCode::OK)
        .count();
    assert_eq!(kept, 1);
    assert!(
        replies
            .iter()
            .all(|reply| reply.status == StatusCode::OK || slug(reply) == "File_LinkUsed")
    );
    assert_eq!(blobs(&database).len(), 1);
    let same = (0..8).map(|_| uploaded(&engine, "b.txt", &bytes));
    futures_util::future::join_all(same).await;
    let address = address(&engine, "b.txt", &bytes).await;
    assert!(fetch(&engine, &address, None).await.1 == bytes);
    engine.close().await;
}

#[tokio::test]
async fn what_a_crash_leaves_and_what_never_came_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("composio.db");
    let limits = FileLimits::default()
        .upload(Duration::ZERO)
        .uploads_kept(Duration::from_secs(3_600));
    let engine = builder().database(&database).build().await.unwrap();
    let bytes = some_bytes(100);
    uploaded(&engine, "a.txt", &bytes).await;
    let wanted = blobs(&database).remove(0);
    engine.close().await;
    let beside = wanted.parent().unwrap();
    let left = [
        beside.join(format!("{:032x}.part", 1)),
        beside.join(format!("{:032x}", 2)),
    ];
    let kept = [
        beside.join(format!("{:032x}.part", 3)),
        beside.join("notes.txt"),
        wanted,
    ];
    for path in left.iter().chain(&kept[..2]) {
        std::fs::write(path, "left").unwrap();
    }
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 3_600);
    for path in left.iter().chain(&kept[1..]) {
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
    let engine = builder()
        .database(&database)
        .file_limits(limits)
        .build()
        .await
        .unwrap();
    tokio::time::timeout(Duration::from_secs(5), async {
        while left.iter().any(|path| path.exists()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    assert!(kept.iter().all(|path| path.exists()));
    // Awaited for no time at all: it is gone before it comes.
    let upload = request(&engine, "b.txt", b"b").await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let reply = put(&engine, &upload, "b").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    engine.close().await;
}

#[tokio::test]
async fn in_memory_nothing_is_left_on_the_disk() {
    let mine = || {
        let entries = std::fs::read_dir(std::env::temp_dir()).unwrap();
        entries
            .flatten()
            .filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .starts_with("composio-files-")
            })
            .map(|entry| entry.path())
            .collect::<std::collections::HashSet<_>>()
    };
    let engine = engine().await;
    uploaded(&engine, "a.txt", b"abc").await;
    let during = mine();
    engine.close().await;
    assert!(
        during.iter().any(|path| !path.exists()),
        "no folder of ours was removed"
    );
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let engine = engine().await;
    let good = announced("a.txt", b"a");
    for (name, value) in [
        ("md5", json!("short")),
        ("md5", json!("zz0150983cd24fb0d6963f7d28e17f72")),
        ("md5", json!(null)),
        ("filename", json!("")),
        ("filename", json!("x".repeat(2_000))),
        ("mimetype", json!(7)),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(
            post(&engine, REQUEST, &bad).await.status,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_typed_client_sends_and_fetches() {
    let engine = builder()
        .public_url("https://tools.example.com/base/")
        .build()
        .await
        .unwrap();
    let client = Client::new(engine.clone());
    let bytes = some_bytes(100_000);
    let request = announcement("notes.txt", &bytes);
    let file = client
        .files()
        .upload(&request, bytes.clone())
        .await
        .unwrap();
    assert_eq!(
        (file.name.as_str(), file.mimetype.as_str()),
        ("notes.txt", "text/plain")
    );
    let known = client.files().request_upload(&request).await.unwrap();
    assert_eq!((known.kind.as_str(), &known.key), ("existing", &file.s3key));
    let mut result = FileResult::default();
    result.s3url = known.existing_url.clone().unwrap();
    assert!(
        result
            .s3url
            .starts_with("https://tools.example.com/base/files/")
    );
    assert!(!format!("{known:?}{result:?}").contains("signature"));
    let fetched = client.files().download(&result).await.unwrap();
    assert!(fetched.bytes(usize::MAX).await.unwrap() == bytes);
    let again = client
        .files()
        .upload(&request, Body::empty())
        .await
        .unwrap();
    assert_eq!(again, file);
    let wrong = FileUploadRequest::of("x.txt", b"x");
    let error = client.files().upload(&wrong, "y").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.slug()),
        (ErrorKind::InvalidInput, Some("File_Md5Mismatch"))
    );
    let listed = client.files().list().tool("DEMO_KEEP").await.unwrap();
    assert_eq!(listed.items.len(), 1);
    result.s3url = "https://elsewhere.example.com/files/x".to_owned();
    client.files().download(&result).await.unwrap_err();
}

#[tokio::test]
async fn a_public_url_is_one() {
    for url in [
        "ftp://x",
        "tools.example.com",
        "https://x/?q=1",
        "https://u:p@x/",
    ] {
        let error = builder().public_url(url).build().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
    }
    let engine = engine().await;
    engine.served_at("http://127.0.0.1:8080").unwrap();
    let upload = request(&engine, "a.txt", b"a").await;
    let address = upload["new_presigned_url"].as_str().unwrap();
    assert!(
        address.starts_with("http://127.0.0.1:8080/files/"),
        "{address}"
    );
    assert_eq!(put(&engine, &upload, "a").await.status, StatusCode::OK);
}
