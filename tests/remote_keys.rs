//! Keys of servers: sent where they should be, and in no file, message or scenario.

use crate::http_server::{Answer, Server, completion};
use crate::remote::{run, scenario, well_behaved, write};
use crate::support::stderr;
use assert_cmd::Command;
use std::fs;
use std::path::Path;

const KEY: &str = "sk-live-0123456789abcdefXYZ";

/// Enough of it to be told from everything else.
const PIECE: &str = "live-012";

/// Whether the key, or a piece of it, is in any file below `folder`.
fn holds_key(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        let holds = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).contains(PIECE);
        if path.is_dir() { holds_key(&path) } else { holds(fs::read(&path).unwrap()) }
    })
}

#[test]
fn a_key_is_sent_and_never_written_or_shown() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, heard| well_behaved(heard));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ", key_env: \"FAR_KEY\""));
    let shown = |command: &mut Command, code| {
        let output = command.env("FAR_KEY", format!("{KEY}\n")).assert().code(code).get_output().clone();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(PIECE), "{text}");
        text
    };
    let text = shown(&mut run(&path, &dir.path().join("good"), &[]), 0);
    assert!(text.contains("key from FAR_KEY"), "{text}");
    assert!(server.heard().iter().all(|heard| heard.head.contains(&format!("Bearer {KEY}\r\n"))));
    // Servers that give it away: in a reply, spelt otherwise, in an error, in a redirect, and where both are cut.
    let long = "x".repeat(185);
    let at_the_cut = format!("{long}{KEY}");
    let spelt = KEY.replace('s', "\\u0073");
    type Ill = Box<dyn Fn() -> Answer + Send + Sync>;
    let ills: [(&str, Ill); 5] = [
        ("repeats the key", Box::new(|| Answer::Json(completion(KEY)))),
        (
            "repeats the key",
            Box::new(move || Answer::Status(200, "", completion("xyz").to_string().replace("xyz", &spelt))),
        ),
        ("status 403: bad key [key]", Box::new(|| Answer::Status(403, "", format!("bad key {KEY}")))),
        (
            "a redirect to http://x/[key]",
            Box::new(|| Answer::Status(301, "Location: http://x/sk-live-0123456789abcdefXYZ\r\n", String::new())),
        ),
        ("xxx[key]", Box::new(move || Answer::Status(403, "", at_the_cut.clone()))),
    ];
    for (number, (sentence, ill)) in ills.into_iter().enumerate() {
        let server = Server::start(move |_, _| ill());
        let path = write(dir.path(), &scenario(&server.url, "Constrained", ", key_env: \"FAR_KEY\""));
        let text = shown(&mut run(&path, &dir.path().join(number.to_string()), &[]), 1);
        assert!(text.contains(sentence), "{text}");
    }
    // Over plain http to another machine (an address that is nobody's): refused before anything is sent.
    let path = write(dir.path(), &scenario("http://192.0.2.1:9/v1", "Constrained", ", key_env: \"FAR_KEY\""));
    let text = shown(&mut run(&path, &dir.path().join("plain"), &[]), 1);
    assert!(text.contains("would go over plain http"), "{text}");
    let text = shown(run(&path, &dir.path().join("no"), &[]).env("FAR_KEY", "two words"), 1);
    assert!(!text.is_empty());
    assert!(!holds_key(dir.path()));
}

/// Servers without keys are often given a word, which their replies hold for other reasons.
#[test]
fn a_word_in_place_of_a_key_is_sent_and_throws_no_reply_away() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, heard| well_behaved(heard));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ", key_env: \"FAR_KEY\""));
    stderr(run(&path, &dir.path().join("run"), &[]).env("FAR_KEY", "stand-in"), 0);
    assert!(server.heard().iter().all(|heard| heard.head.contains("Bearer stand-in\r\n")));
}

#[test]
fn a_scenario_with_a_key_in_it_is_refused_without_showing_it() {
    let dir = tempfile::tempdir().unwrap();
    let url = "http://127.0.0.1:9/v1";
    for (text, place) in [
        (scenario(&format!("http://127.0.0.1:9/{KEY}/v1"), "Constrained", ""), "policy.Remote.url"),
        (scenario(url, "Constrained", &format!(", key_env: \"{KEY}\"")), "policy.Remote.key_env"),
        (scenario(url, "Constrained", &format!(r##", extra: r#"{{"api_key": "{KEY}"}}"#"##)), "policy.Remote.extra"),
        (scenario(url, &format!("Constrained, persona: \"{KEY}\""), ""), "prompt.persona"),
    ] {
        let said = stderr(&mut run(&write(dir.path(), &text), &dir.path().join("run"), &[]), 2);
        assert!(said.contains(place) && said.contains("looks like a key") && !said.contains(KEY), "{said}");
    }
    for (address, reason) in
        [("http://me:pass123@x/v1", "user or password"), ("http://x/v1?k=pass123", "after its path")]
    {
        let text = scenario(address, "Constrained", "");
        let said = stderr(&mut run(&write(dir.path(), &text), &dir.path().join("run"), &[]), 2);
        assert!(said.contains(reason) && !said.contains("pass123"), "{said}");
    }
    assert!(!dir.path().join("run").exists());
}
