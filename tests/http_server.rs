//! A small HTTP server on this machine that plays an OpenAI-compatible one, well or badly.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// The request line and the headers.
    pub(crate) head: String,
    /// The JSON in the body.
    pub(crate) body: Value,
}

/// What is sent back.
pub(crate) enum Answer {
    /// JSON with status 200.
    Json(Value),
    /// Any status, further header lines, and a text.
    Status(u16, &'static str, String),
    /// These very bytes, after which the connection ends.
    Raw(Vec<u8>),
    /// Nothing, for this long.
    Silence(Duration),
}

type Answerer = dyn Fn(usize, &Heard) -> Answer + Send + Sync;

/// The server; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    is_over: Arc<AtomicBool>,
    address: std::net::SocketAddr,
}

impl Server {
    /// A server that answers request number n (from 0) as `answer` says.
    pub(crate) fn start(answer: impl Fn(usize, &Heard) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (all, over, answer): (_, _, Arc<Answerer>) = (heard.clone(), is_over.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (all, answer) = (all.clone(), answer.clone());
                thread::spawn(move || serve(stream, &all, &*answer));
            }
        });
        Self { url: format!("http://{address}/v1"), heard, is_over, address }
    }

    /// Every request so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, all: &Mutex<Vec<Heard>>, answer: &Answerer) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let length: usize = length.unwrap().trim().parse().unwrap();
    while bytes.len() < head_end + length {
        let read = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..read]);
    }
    let heard = Heard { head, body: serde_json::from_slice(&bytes[head_end..]).unwrap() };
    let number = {
        let mut all = all.lock().unwrap();
        all.push(heard.clone());
        all.len() - 1
    };
    let reply = match answer(number, &heard) {
        Answer::Json(json) => response(200, "", &json.to_string()),
        Answer::Status(status, headers, text) => response(status, headers, &text),
        Answer::Raw(bytes) => bytes,
        Answer::Silence(time) => {
            thread::sleep(time);
            return;
        }
    };
    // The client may have gone.
    let _ = stream.write_all(&reply);
}

fn response(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// A completion as servers send it.
pub(crate) fn completion(text: &str) -> Value {
    json!({
        "id": "chat-1", "object": "chat.completion", "model": "stand-in-1", "system_fingerprint": "b7",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 90, "completion_tokens": 2, "total_tokens": 92 },
    })
}

/// A completion of one token with these probabilities, the likeliest first.
pub(crate) fn with_probabilities(likely: &[(&str, f64)]) -> Value {
    let entry = |(token, p): &(&str, f64)| json!({ "token": token, "logprob": p.ln(), "bytes": token.as_bytes() });
    let mut first = entry(&likely[0]);
    first["top_logprobs"] = likely.iter().map(entry).collect();
    let mut reply = completion(likely[0].0);
    reply["choices"][0]["logprobs"] = json!({ "content": [first] });
    reply
}
