//! TAP steps, the servers' addresses, plain requests and the control API.
use futures_util::FutureExt;
use reqwest::Method;
use serde_json::{json, Value};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Generous: the machine may be busy.
const WAIT_MAX: Duration = Duration::from_secs(60);
const WAIT_PAUSE: Duration = Duration::from_millis(20);

/// What the last panic said, and where.
static PANIC: Mutex<String> = Mutex::new(String::new());

#[derive(Default)]
pub struct Tap {
    count: u32,
    failed: u32,
}

impl Tap {
    pub fn new() -> Self {
        std::panic::set_hook(Box::new(|info| *PANIC.lock().unwrap() = info.to_string()));
        Self::default()
    }

    /// Runs the body as one step: it passes unless it panics.
    pub async fn step(&mut self, name: &str, body: impl Future<Output = ()>) {
        self.count += 1;
        if AssertUnwindSafe(body).catch_unwind().await.is_ok() {
            println!("ok {} - {name}", self.count);
            return;
        }
        self.failed += 1;
        println!("not ok {} - {name}", self.count);
        println!("# {}", PANIC.lock().unwrap().replace('\n', "\n# "));
    }

    /// Prints the plan and ends the program.
    pub fn finish(self) -> ! {
        println!("1..{}", self.count);
        std::process::exit(i32::from(self.failed > 0))
    }
}

/// Tells the runner which client this is, in the version that Cargo.lock has.
pub fn announce(name: &str) {
    let lock = include_str!("Cargo.lock");
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = lock
        .split(&entry)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    println!(
        "# client {name} {}",
        version.expect("it is not in Cargo.lock")
    );
}

fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: start this with tests/clients/run"))
}

/// The server that takes any credential.
pub fn url() -> String {
    variable("TUNEMOCK_URL")
}

/// The server that knows the callers of callers.json.
pub fn auth_url() -> String {
    variable("TUNEMOCK_AUTH_URL")
}

/// A plain call, for what a client has no call for. It must succeed.
pub async fn rest(base: &str, key: &str, method: Method, path: &str, body: Option<Value>) -> Value {
    let mut request = reqwest::Client::new()
        .request(method.clone(), format!("{base}{path}"))
        .timeout(WAIT_MAX)
        .header("x-goog-api-key", key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{method} {path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// Creates a model from the examples by plain calls and waits until it is trained; returns its name.
pub async fn trained_model(base: &str, key: &str, display_name: &str) -> String {
    let examples: Value =
        serde_json::from_str(&std::fs::read_to_string("lib/examples.json").unwrap()).unwrap();
    let model = json!({
        "displayName": display_name,
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {
            "hyperparameters": {"epochCount": 1, "batchSize": 8},
            "trainingData": {"examples": {"examples": examples}},
        },
    });
    let operation = rest(base, key, Method::POST, "/v1beta/tunedModels", Some(model)).await;
    let path = format!("/v1beta/{}", operation["name"].as_str().unwrap());
    let started = Instant::now();
    loop {
        let answer = rest(base, key, Method::GET, &path, None).await;
        if answer["done"] == true {
            return answer["response"]["name"].as_str().unwrap().to_string();
        }
        assert!(
            started.elapsed() < WAIT_MAX,
            "gave up waiting; the last answer was {answer}"
        );
        tokio::time::sleep(WAIT_PAUSE).await;
    }
}

/// Waits for the body while the first `times` calls of the method are answered with the status; returns how many were.
pub async fn with_faults(
    method: &str,
    status: &str,
    times: u64,
    body: impl Future<Output = ()>,
) -> u64 {
    const PATH: &str = "/emulator/v1/faults";
    let fault = json!({"method": method, "status": status, "times": times});
    rest(&url(), "k", Method::POST, PATH, Some(fault)).await;
    let outcome = AssertUnwindSafe(body).catch_unwind().await;
    let faults = rest(&url(), "k", Method::GET, PATH, None).await;
    rest(&url(), "k", Method::DELETE, PATH, None).await;
    if let Err(problem) = outcome {
        std::panic::resume_unwind(problem);
    }
    times - faults["faults"][0]["times"].as_u64().unwrap_or(0)
}
