//! Replies and recordings, good and bad.

use super::*;
use crate::remote::protocol::json_of;
use crate::remote::recording::{Id, Recording};
use serde_json::{Map, Value, json};

fn request(content: &str) -> ChatRequest {
    ChatRequest {
        model: "m".into(),
        messages: vec![ChatMessage { role: "user".into(), content: content.into() }],
        max_tokens: Some(1),
        max_completion_tokens: None,
        temperature: 0.7,
        top_p: None,
        stop: Vec::new(),
        seed: None,
        logprobs: Some(true),
        top_logprobs: Some(5),
        extra: Map::new(),
    }
}

fn reply(text: &str) -> Value {
    json!({ "model": "m-1", "choices": [{ "message": { "role": "assistant", "content": text } }], "usage": { "total_tokens": 7 } })
}

#[test]
fn what_is_wrong_with_a_reply_is_said() {
    let message = json!({ "content": "A" });
    let with = |log_probs: Value| json!({ "choices": [{ "message": message, "logprobs": { "content": log_probs } }] });
    for (json, problem) in [
        (json!([]), "no object"),
        (json!({ "error": { "message": "no  such\nmodel" } }), "is an error: no such model"),
        (json!({}), "no list `choices`"),
        (json!({ "choices": [] }), "empty list"),
        (json!({ "choices": [{}] }), "no `choices[0].message`"),
        (json!({ "choices": [{ "message": {} }] }), "no `choices[0].message.content`"),
        (json!({ "choices": [{ "message": { "content": 1 } }] }), "that is no text"),
        (with(json!({})), "is no list"),
        (with(json!([{ "logprob": -1 }])), "without `token`"),
        (with(json!([{ "token": "A" }])), "without a number"),
        (with(json!([{ "token": "A", "logprob": null }])), "without a number"),
        (with(json!([{ "token": "A", "logprob": 0.5 }])), "which is none"),
        (with(json!([{ "token": "A", "logprob": -1, "top_logprobs": 3 }])), "no list"),
    ] {
        let error = Reply::read(&json).unwrap_err();
        assert!(error.contains(problem), "{json}: {error}");
    }
    let whole = with(json!([{ "token": "A", "logprob": 1e-5, "top_logprobs": [{ "token": "B", "logprob": -2 }] }]));
    let read = Reply::read(&whole).unwrap();
    let position = &read.positions.unwrap()[0];
    assert_eq!((position.chosen.log_prob, position.top[0].log_prob, read.tokens), (0.0, -2.0, 0));
    assert_eq!(Reply::read(&json!({ "choices": [{ "message": { "content": null } }] })).unwrap().text, "");
}

#[test]
fn what_is_no_json_is_said() {
    for (body, problem) in [
        (&b""[..], "is empty"),
        (b" \n", "is empty"),
        (b"<html><body>Bad gateway", "page of HTML: <html>"),
        (br#"{"logprob": NaN}"#, "not finite"),
        (b"{\"a\": ", "is no JSON"),
        (b"\xff\xfe", "not UTF-8"),
    ] {
        let error = json_of(body).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn extra_fields_are_an_object_without_the_scenarios_own() {
    assert_eq!(extra_fields("").unwrap(), Map::new());
    assert_eq!(extra_fields(r#"{"top_k": 5}"#).unwrap()["top_k"], 5);
    assert!(extra_fields("[1]").unwrap_err().contains("no JSON object"));
    assert!(extra_fields(r#"{"stream": true}"#).unwrap_err().contains("`stream`"));
}

#[test]
fn a_request_is_told_from_every_other_and_sent_as_it_is_recorded() {
    let text = serde_json::to_string(&request("x")).unwrap();
    assert!(
        text.starts_with(
            r#"{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1,"temperature":0.7,"#
        )
    );
    assert_eq!(serde_json::from_str::<ChatRequest>(&text).unwrap(), request("x"));
    let at = |tick| Some(Occasion { tick, round: 0, seat: 0 });
    let ids = [
        Id::of("u", &request("x"), None),
        Id::of("v", &request("x"), None),
        Id::of("u", &request("y"), None),
        Id::of("u", &request("x"), at(0)),
        Id::of("u", &request("x"), at(1)),
    ];
    for (i, a) in ids.iter().enumerate() {
        assert!(ids[i + 1..].iter().all(|b| a != b));
    }
    assert!(ids[0] < ids[3] && ids[3] < ids[4], "sorted by occasion");
}

/// Some numbers are read back as their neighbour unless they are read to the last bit; a recording with one would be
/// refused, and what is in it was paid for.
#[test]
fn numbers_are_read_back_as_they_were_written() {
    for temperature in [1.4000000000000001, 0.1 + 0.2, 1.0 / 3.0, 5e-324] {
        let asked = ChatRequest { temperature, ..request("x") };
        let mut recording = Recording::in_memory();
        let id = Id::of("u", &asked, None);
        recording.enter(id, "u", &asked, reply("A")).unwrap();
        assert_eq!(recording.reply(&id).unwrap().unwrap().text, "A", "{temperature}");
    }
}

#[test]
fn counts_of_tokens_that_a_server_makes_up_do_not_overflow() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(RECORDING);
    let mut recording = Recording::continued(&path).unwrap();
    for content in ["x", "y"] {
        let mut reply = reply("A");
        reply["usage"]["total_tokens"] = u64::MAX.into();
        recording.enter(Id::of("u", &request(content), None), "u", &request(content), reply).unwrap();
    }
    assert_eq!(recording.tokens, u64::MAX);
    assert_eq!(Recording::continued(&path).unwrap().tokens, u64::MAX);
}

#[test]
fn a_recording_survives_being_cut_off_and_tells_of_every_other_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(RECORDING);
    let ids: Vec<Id> =
        (0..3).map(|tick| Id::of("u", &request("x"), Some(Occasion { tick, round: 0, seat: 0 }))).collect();
    let mut recording = Recording::continued(&path).unwrap();
    for id in ids.iter().rev() {
        recording.enter(*id, "u", &request("x"), reply("A")).unwrap();
    }
    drop(recording);
    let whole = std::fs::read_to_string(&path).unwrap();
    let mut recording = Recording::continued(&path).unwrap();
    assert_eq!((recording.len(), recording.tokens, recording.served_by.len()), (3, 21, 1));
    assert_eq!(recording.reply(&ids[1]).unwrap().unwrap().text, "A");
    let sorted = dir.path().join("sorted");
    recording.write_sorted(&mut std::fs::File::create(&sorted).unwrap()).unwrap();
    let mut lines: Vec<&str> = whole.lines().collect();
    lines.reverse();
    assert_eq!(std::fs::read_to_string(&sorted).unwrap().lines().collect::<Vec<_>>(), lines);
    // A piece of a line is forgotten, and the next one does not continue it.
    std::fs::write(&path, &whole[..whole.len() - 10]).unwrap();
    let mut recording = Recording::continued(&path).unwrap();
    assert_eq!((recording.len(), recording.holds(&ids[0])), (2, false));
    recording.enter(ids[0], "u", &request("x"), reply("A")).unwrap();
    drop(recording);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    for (damaged, problem) in [
        (whole.replacen("\"x\"", "\"y\"", 1), "line 1 holds a request whose SHA-256"),
        (whole.replacen("choices", "chances", 1), "line 1 holds a reply that has no list `choices`"),
        (whole.clone() + lines[0] + "\n", "line 4 answers a request that an earlier line answers"),
        ("not json\n".into(), "line 1 is no entry"),
    ] {
        std::fs::write(&path, damaged).unwrap();
        let error = Recording::read_only(&path).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    let error = Recording::read_only(&dir.path().join("none")).unwrap_err().to_string();
    assert!(error.contains("expected the remote.jsonl of a run"), "{error}");
}
