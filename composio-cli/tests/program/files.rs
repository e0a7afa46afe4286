//! Files in arguments and results: from a folder and to one, with the engine in the process and with a server.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use serde_json::Value;

use crate::support::World;

const REPORT: &[u8] = b"%PDF-1.7 the numbers of this year";

/// A service that gives a report and says how long what it gets is. It ends with the tests.
fn drawer() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap());
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let is_report = line.starts_with("GET /report");
    let mut length = 0;
    while !line.trim().is_empty() {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let kept = body.windows(REPORT.len()).any(|part| part == REPORT);
    let (media_type, body) = if is_report {
        ("application/pdf", REPORT.to_vec())
    } else {
        (
            "application/json",
            format!("{{\"kept\":{kept}}}").into_bytes(),
        )
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
}

fn document(address: SocketAddr) -> String {
    format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": "Drawer", "version": "1"}},
            "servers": [{{"url": "http://{address}"}}],
            "paths": {{
                "/report": {{"get": {{"summary": "Get the report", "responses": {{"200": {{
                    "description": "It", "content": {{"application/pdf": {{"schema": {{"type": "string", "format": "binary"}}}}}}}}}}}}}},
                "/keep": {{"post": {{"summary": "Keep a file", "requestBody": {{"content": {{"multipart/form-data": {{"schema": {{
                    "type": "object", "properties": {{"paper": {{"type": "string", "format": "binary"}}}}}}}}}}}},
                    "responses": {{"200": {{"description": "Done", "content": {{"application/json": {{"schema": {{"type": "object"}}}}}}}}}}}}}}}}}}"#
    )
}

#[test]
fn files_are_saved_in_a_folder_and_sent_from_one() {
    let mut world = World::new();
    fs::write(world.path().join("drawer.json"), document(drawer())).unwrap();
    let added = world.output("apps add drawer --spec drawer.json", "");
    assert!(added.status.success(), "{added:?}");
    let bare = world.output("execute DRAWER_GET_THE_REPORT", "");
    let told = String::from_utf8(bare.stderr).unwrap();
    assert!(told.contains("--files-to DIR saves the files"), "{told}");
    let in_process = saved_and_sent(&world, "inbox");
    let server = world.serve();
    let served = saved_and_sent(&world, "other");
    assert!(server.end().success());
    assert_ne!(in_process, served);
}

fn saved_and_sent(world: &World, folder: &str) -> String {
    let run = format!("execute DRAWER_GET_THE_REPORT --files-to {folder}");
    let output = world.output(&run, "");
    assert!(output.status.success(), "{output:?}");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = result["file"].as_str().unwrap().to_owned();
    assert_eq!(fs::read(&path).unwrap(), REPORT);
    assert!(path.contains(&format!("/{folder}/")), "{path}");

    fs::write(world.path().join(folder).join("paper.pdf"), REPORT).unwrap();
    let send = "execute DRAWER_KEEP_A_FILE -p '{\"paper\": \"paper.pdf\"}' --files-from";
    let output = world.output(&format!("{send} {folder}"), "");
    assert!(output.status.success(), "{output:?}");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["kept"], true);

    // What is outside of the folder stays where it is.
    fs::write(world.path().join("secret.txt"), "mine").unwrap();
    let outside = "execute DRAWER_KEEP_A_FILE -p '{\"paper\": \"../secret.txt\"}' --files-from";
    let output = world.output(&format!("{outside} {folder}"), "");
    assert!(!output.status.success(), "{output:?}");
    path
}
