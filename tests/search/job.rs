//! An engine encodes its tools: interrupted, gone on with, damaged, by another encoder.

use std::path::Path;

use composio_core::ErrorKind;
use composio_engine::Engine;
use composio_tests::{api, small_encoder::SmallEncoder, suite::Outcome};
use serde_json::{Map, Value, json};
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Notify, time};

use crate::encoder::FOLDER;

const YAML: &str = "name: Demo\nunique_key: demo\nauth_schemes: [{auth_mode: NO_AUTH}]\n";
/// Tools of an app, and of a piece of it.
const TOOLS: u64 = 640;
const PIECE: u64 = 64;
/// For a machine that stalls.
const PATIENCE: time::Duration = time::Duration::from_secs(60);

pub fn an_interrupted_encoding_goes_on_where_it_was() -> Outcome {
    run(async {
        let home = home(1)?;
        let engine = open(&home).await?;
        let summaries = ["Create an issue", "List issues", "Get the weather", "Star"];
        engine.add_app(YAML, document(&summaries, TOOLS)).await?;
        let begun = std::sync::Arc::new(Notify::new());
        let seen = begun.clone();
        tokio::select! {
            biased;
            () = begun.notified() => {}
            done = engine.encode_tools(move |done, _| {
                if done > 0 {
                    seen.notify_one();
                }
            }) => return Err(format!("was not interrupted: {done:?}").into()),
        }
        engine.close().await;
        let kept = pieces(&home).await?;
        assert!((1..TOOLS / PIECE).contains(&kept), "{kept} pieces");
        let engine = open(&home).await?;
        assert!(!found(&engine, "weather").await.is_empty());
        assert_eq!(encode(&engine).await?, TOOLS - kept * PIECE);
        assert_eq!(encode(&engine).await?, 0);
        assert_eq!(pieces(&home).await?, TOOLS / PIECE);
        engine.remove_app("demo").await?;
        assert_eq!(pieces(&home).await?, 0);
        Ok(())
    })
}

pub fn damaged_vectors_and_those_of_another_encoder_are_made_anew() -> Outcome {
    run(async {
        let home = home(1)?;
        let engine = open(&home).await?;
        let summaries = ["Create an issue", "Get the weather"];
        engine.add_app(YAML, document(&summaries, TOOLS)).await?;
        assert_eq!(encode(&engine).await?, TOOLS);
        let expected = found(&engine, "weather").await;
        engine.close().await;
        for (damage, pieces) in [
            (
                "SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE piece = 1",
                1,
            ),
            ("SET bytes = x'' WHERE piece > 7", 2),
            (
                "SET bytes = CAST('cmpvect0' || substr(bytes, 9) AS BLOB) WHERE piece = 3",
                1,
            ),
            ("SET piece = piece + 100 WHERE piece < 3", 3),
            ("SET stamp = '1 of another'", TOOLS / PIECE),
        ] {
            change(&home, damage).await?;
            let engine = open(&home).await?;
            assert!(!found(&engine, "weather").await.is_empty(), "{damage}");
            assert_eq!(encode(&engine).await?, pieces * PIECE, "{damage}");
            engine.close().await;
            let engine = open(&home).await?;
            assert_eq!(found(&engine, "weather").await, expected, "{damage}");
            engine.close().await;
        }
        SmallEncoder::new(2).write(&home.path().join("encoder"))?;
        let engine = open(&home).await?;
        assert_eq!(encode(&engine).await?, TOOLS);
        Ok(())
    })
}

pub fn a_served_engine_encodes_by_itself() -> Outcome {
    run(async {
        let home = home(1)?;
        let engine = open(&home).await?;
        engine.add_app(YAML, document(&["Star"], TOOLS)).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        tokio::spawn(api::serve(engine, listener));
        let encoded = async {
            while pieces(&home).await.ok() != Some(TOOLS / PIECE) {
                time::sleep(time::Duration::from_millis(50)).await;
            }
        };
        time::timeout(PATIENCE, encoded).await?;
        Ok(())
    })
}

pub fn an_encoder_that_is_missing_or_damaged_is_told_when_the_engine_opens() -> Outcome {
    run(async {
        let home = home(1)?;
        let folder = home.path().join("encoder");
        for name in ["model.safetensors", "vocab.txt", "config.json"] {
            std::fs::write(folder.join(name), "damaged")?;
            let error = refused(&home).await;
            assert!(error.contains("encoder"), "{error}");
            std::fs::remove_file(folder.join(name))?;
            let error = refused(&home).await;
            assert!(error.contains(name), "{error}");
            SmallEncoder::new(1).write(&folder)?;
        }
        let engine = Engine::builder().in_memory().build().await?;
        let error = engine
            .encode_tools(|_, _| ())
            .await
            .expect_err("no encoder");
        assert_eq!(error.kind(), ErrorKind::Config);
        Ok(())
    })
}

/// No word of the question is one of the tool's, nor means the same by our lists.
pub fn a_question_in_other_words_finds_its_tool(part: &Path) -> Outcome {
    run(async {
        let summaries = ["Create an issue", "Get the weather forecast", "Book a room"];
        let question = "will+it+rain+tomorrow";
        let words = Engine::builder().in_memory().build().await?;
        words.add_app(YAML, document(&summaries, 3)).await?;
        assert_eq!(found(&words, question).await, Vec::<String>::new());
        let builder = Engine::builder().in_memory().encoder(part.join(FOLDER));
        let engine = builder.build().await?;
        engine.add_app(YAML, document(&summaries, 3)).await?;
        assert_eq!(encode(&engine).await?, 3);
        let found = found(&engine, question).await;
        assert_eq!(found, ["DEMO_GET_THE_WEATHER_FORECAST"]);
        Ok(())
    })
}

fn run(case: impl Future<Output = Result<(), CaseFailure>>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    Ok(runtime.block_on(case)?)
}

type CaseFailure = Box<dyn std::error::Error>;

/// A folder with an encoder.
fn home(seed: u32) -> std::io::Result<TempDir> {
    let home = tempfile::tempdir()?;
    SmallEncoder::new(seed).write(&home.path().join("encoder"))?;
    Ok(home)
}

async fn open(home: &TempDir) -> composio_core::Result<Engine> {
    let builder = Engine::builder().database(home.path().join("composio.db"));
    builder.encoder(home.path().join("encoder")).build().await
}

async fn refused(home: &TempDir) -> String {
    let error = open(home).await.expect_err("no encoder");
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    error.to_string()
}

async fn encode(engine: &Engine) -> composio_core::Result<u64> {
    engine.encode_tools(|done, of| assert!(done <= of)).await
}

async fn found(engine: &Engine, query: &str) -> Vec<String> {
    let path = format!("/tools?query={query}&limit=5");
    let (status, answer) = api::send(engine, "GET", &path, &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    let items = answer["items"].as_array().into_iter().flatten();
    items
        .filter_map(|tool| Some(tool["slug"].as_str()?.to_owned()))
        .collect()
}

/// So many operations, named by `summaries` in turn.
fn document(summaries: &[&str], count: u64) -> String {
    let mut paths = Map::new();
    for (number, summary) in (0..count).zip(summaries.iter().cycle()) {
        let operation = json!({"summary": summary, "responses": {"200": {"description": "done"}}});
        paths.insert(format!("/things/{number}"), json!({"get": operation}));
    }
    json!({"openapi": "3.1.0", "info": {"title": "Demo", "version": "1"},
        "servers": [{"url": "https://demo.example"}], "paths": paths})
    .to_string()
}

async fn pool(home: &TempDir) -> sqlx::Result<SqlitePool> {
    let path = home.path().join("composio.db");
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await
}

async fn pieces(home: &TempDir) -> sqlx::Result<u64> {
    let pool = pool(home).await?;
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM tool_vectors");
    let count = count.fetch_one(&pool).await?;
    pool.close().await;
    Ok(count.unsigned_abs())
}

async fn change(home: &TempDir, what: &str) -> sqlx::Result<()> {
    let pool = pool(home).await?;
    let statement = format!("UPDATE tool_vectors {what}");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&pool)
        .await?;
    pool.close().await;
    Ok(())
}
