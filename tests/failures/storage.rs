//! A damaged file, a wrong key, a caller that goes away.

use std::fs;

use composio_core::{ErrorKind, client::Client};
use composio_engine::{Engine, StaticKey};
use composio_tests::suite::{Outcome, Suite};

use crate::{
    case, ensure,
    world::{API_KEY, INTEGRATION, World},
};

pub fn cases(suite: Suite) -> Suite {
    let suite = case(suite, "a damaged database is told and left alone", corrupt);
    let suite = case(
        suite,
        "a wrong master key is told and nothing is lost",
        wrong_key,
    );
    case(
        suite,
        "200 callers dropped at random points leave no half-done write",
        dropped_callers,
    )
}

/// SQLite's page size, unless it is told another.
const PAGE: usize = 4096;

async fn corrupt() -> Outcome {
    let world = World::new().await;
    world.engine.close().await;
    let path = world.folder.path().join("composio.db");
    let whole = fs::read(&path)?;
    let mut scrambled = whole.clone();
    scrambled
        .iter_mut()
        .step_by(7)
        .for_each(|byte| *byte ^= 0x5a);
    // A page that nothing reads until long after the start.
    let mut last_page = whole.clone();
    let place = last_page.len() - PAGE;
    last_page[place] ^= 0x5a;
    for damaged in [
        scrambled,
        last_page,
        b"not a database at all, but long enough to be looked at".to_vec(),
    ] {
        fs::write(&path, &damaged)?;
        let Err(error) = World::open(&world.folder).await else {
            return Err("opened a damaged file".into());
        };
        ensure(error.to_string().contains("database"), &error)?;
        ensure(fs::read(&path)? == damaged, "the file was changed")?;
    }
    fs::write(&path, whole)?;
    World::open(&world.folder).await?;
    Ok(())
}

async fn wrong_key() -> Outcome {
    let world = World::new().await;
    world.engine.close().await;
    let path = world.folder.path().join("composio.db");
    let wrong = Engine::builder()
        .database(&path)
        .key_provider(StaticKey::new([7; 32]))
        .build()
        .await;
    let Err(error) = wrong else {
        return Err("opened with a wrong key".into());
    };
    ensure(
        error.kind() == ErrorKind::Config && error.to_string().contains("key"),
        &error,
    )?;
    let engine = World::open(&world.folder).await?;
    let accounts = Client::new(engine).connected_accounts().list().await?;
    ensure(accounts.items.len() == 2, "nothing is lost")
}

async fn dropped_callers() -> Outcome {
    let world = World::new().await;
    let document = r#"{"openapi":"3.1.0","info":{"title":"O","version":"1"},"servers":[{"url":"http://127.0.0.1:9"}],"paths":{"/a":{"get":{"summary":"list","responses":{}}}}}"#;
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut tasks = Vec::new();
    for n in 0..200_u32 {
        // xorshift: the same points in every run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let engine = world.engine.clone();
        let pause = std::time::Duration::from_micros(random % 20_000);
        tasks.push(tokio::spawn(async move {
            let work = async {
                match n % 4 {
                    0 => drop(
                        engine
                            .add_app(INTEGRATION.replace("notes", &format!("app{n}")), document)
                            .await,
                    ),
                    1 => drop(
                        engine
                            .connect("notes")
                            .entity(format!("user{n}"))
                            .field("api_key", API_KEY)
                            .await,
                    ),
                    2 => drop(
                        Client::new(engine)
                            .tools()
                            .execute("NOTES_SLOW")
                            .user_id("alice")
                            .await,
                    ),
                    _ => drop(
                        Client::new(engine)
                            .tools()
                            .execute("NOTES_NOTES")
                            .user_id("alice")
                            .await,
                    ),
                }
            };
            let _ = tokio::time::timeout(pause, work).await;
        }));
    }
    for task in tasks {
        task.await?;
    }
    consistent(&world).await
}

/// What is there is whole: every account opens, every app has its tools, and a reopened file says the same.
async fn consistent(world: &World) -> Outcome {
    world.engine.close().await;
    let engine = World::open(&world.folder).await?;
    let client = Client::new(engine);
    for toolkit in client.toolkits().list().limit(1000).await?.items {
        ensure(
            toolkit.meta.tools_count > 0,
            format!("{} has no tools", toolkit.slug),
        )?;
        let tools = client
            .tools()
            .list()
            .toolkits([&toolkit.slug])
            .limit(1000)
            .await?;
        ensure(
            tools.total_items == toolkit.meta.tools_count,
            format!("{} is half there", toolkit.slug),
        )?;
    }
    for account in client.connected_accounts().list().limit(1000).await?.items {
        ensure(account.is_active(), format!("{account:?}"))?;
        client.auth_configs().get(&account.auth_config.id).await?;
        if account.user_id != "basil" {
            let result = client
                .tools()
                .execute("NOTES_NOTES")
                .user_id(&account.user_id)
                .await?;
            ensure(
                result.successful,
                format!("{}: {result:?}", account.user_id),
            )?;
        }
    }
    Ok(())
}
