//! What the program prints: ../../steps.ts tells what it means.

use std::fmt::Debug;
use std::time::{Duration, Instant};

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How long anything may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);

/// Prints how a step went. The story goes on when it failed: the next ones may not need it.
pub fn step(name: &str, outcome: Outcome<String>) {
    match outcome {
        Ok(what) => println!("ok {name}: {what}"),
        Err(error) => println!("failed {name}: {}", error.to_string().replace('\n', " ")),
    }
}

pub fn not_offered(name: &str, why: &str) {
    println!("no {name}: {why}");
}

/// Asks again and again; an error counts as not yet, since a real cluster needs a while until every broker knows.
pub async fn until<F: AsyncFnMut() -> Outcome<bool>>(what: &str, mut holds: F) -> Outcome<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let last = match holds().await {
            Ok(true) => return Ok(()),
            Ok(false) => String::new(),
            Err(error) => format!(": {error}"),
        };
        if Instant::now() > deadline {
            return Err(format!("waited in vain for {what}{last}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn expect<T: Debug + PartialEq>(what: &str, found: T, expected: T) -> Outcome<()> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: expected {expected:?} but found {found:?}").into())
}
