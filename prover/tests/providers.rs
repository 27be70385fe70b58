//! Providers over real sockets: both formats, and all the trouble that servers make.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harmonic_prover::agents::{Access, Provider, ProviderError, Question, Role, Secret, Settings, provider};

mod scripted;

use scripted::{Reply, Server};

const FORMATS: [&str; 2] = ["openai", "anthropic"];
const NEVER: &(dyn Fn() -> bool + Sync) = &|| false;

fn settings() -> Settings {
    Settings { pause: Duration::from_millis(20), timeout: Duration::from_secs(20), ..Settings::none() }
}

fn open(format: &str, url: &str, settings: &Settings) -> Arc<dyn Provider> {
    let key = Some(Secret::new("sk-test\n"));
    let access = match format {
        "openai" => Access::OpenAi { url: format!("{url}/v1"), key },
        _ => Access::Anthropic { url: url.to_owned(), key },
    };
    provider(&access, settings)
}

fn question() -> Question {
    Question {
        role: Role::Closer,
        model: "m".into(),
        temperature: Some(0.5),
        max_tokens: 99,
        system: "be brief".into(),
        user: "prove ∀".into(),
    }
}

/// Asks a server with this script, in each format.
fn each(
    script: impl Fn(usize) -> Reply + Send + Sync + Clone + 'static,
    check: impl Fn(&Server, Result<harmonic_prover::agents::Answer, ProviderError>, Duration),
) {
    for format in FORMATS {
        let script = script.clone();
        let server = Server::start(move |_, number| script(number));
        let started = Instant::now();
        let result = open(format, &server.url(), &settings()).ask(&question(), NEVER);
        check(&server, result, started.elapsed());
    }
}

fn failed(result: Result<harmonic_prover::agents::Answer, ProviderError>) -> String {
    match result {
        Err(ProviderError::Failed(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_formats_are_spoken() {
    for streamed in [true, false] {
        let text = "a proof: ∀ x, x = x\n".repeat(20);
        let reply = text.clone();
        each(
            move |_| if streamed { Reply::Text(reply.clone()) } else { Reply::Whole(reply.clone()) },
            |server, result, _| {
                let answer = result.expect("an answer");
                assert_eq!(
                    (answer.text.as_str(), answer.tokens_in, answer.tokens_out),
                    (text.as_str(), Some(11), Some(7))
                );
                let asked = server.asked();
                let [one] = asked.as_slice() else { panic!("{asked:?}") };
                assert_eq!((one.user(), one.system()), ("prove ∀", "be brief"));
                assert_eq!(one.body["model"], "m");
                assert_eq!(one.body["temperature"], 0.5);
                assert_eq!(one.body["max_tokens"], 99);
                match one.path.as_str() {
                    "/v1/chat/completions" => assert_eq!(one.header("authorization"), Some("Bearer sk-test")),
                    "/v1/messages" => {
                        assert_eq!(one.header("x-api-key"), Some("sk-test"));
                        assert_eq!(one.header("anthropic-version"), Some("2023-06-01"));
                    }
                    other => panic!("{other}"),
                }
            },
        );
    }
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let limited = |after: &str| Reply::Status(429, vec![("retry-after", after.to_owned())], "{}".into());
    each(
        move |number| if number == 0 { limited("1") } else { Reply::Text("omega".into()) },
        |server, result, took| {
            assert_eq!(result.expect("an answer").text, "omega");
            assert_eq!(server.asked().len(), 2);
            assert!(took >= Duration::from_secs(1), "{took:?}");
        },
    );
    // More than anybody waits for.
    each(
        move |_| limited("86400"),
        |server, result, _| {
            assert!(failed(result).contains("left alone"));
            assert_eq!(server.asked().len(), 1);
        },
    );
}

#[test]
fn passing_trouble_is_met_with_patience() {
    let troubles = [
        Reply::Status(500, vec![], "{\"error\":{\"message\":\"our fault\"}}".into()),
        Reply::Status(529, vec![], "{\"type\":\"error\",\"error\":{\"message\":\"Overloaded\"}}".into()),
        Reply::Cut("a long answer that does not come to its end".into()),
        Reply::Lines(vec!["data: {\"choices\": [".into(), String::new(), String::new()]),
        Reply::Lines(vec!["data: {\"error\": {\"message\": \"overloaded\"}}".into(), String::new(), String::new()]),
        Reply::Status(200, vec![("content-type", "application/json".into())], "<html>".into()),
        Reply::Status(200, vec![("content-type", "application/json".into())], "{}".into()),
    ];
    for trouble in troubles {
        let first = trouble.clone();
        each(
            move |number| if number < 2 { first.clone() } else { Reply::Text("omega".into()) },
            |server, result, _| {
                assert_eq!(result.unwrap_or_else(|e| panic!("{trouble:?}: {e}")).text, "omega");
                assert_eq!(server.asked().len(), 3);
            },
        );
    }
}

#[test]
fn lasting_trouble_is_told_in_clear_words() {
    let bodies: [(Reply, &str); 5] = [
        (
            Reply::Status(503, vec![], "{\"error\":{\"message\":\"down for today\"}}".into()),
            "status 503: down for today",
        ),
        (Reply::Status(200, vec![("content-type", "application/json".into())], "<html>".into()), "not JSON"),
        (Reply::Lines(vec!["data: nonsense".into(), String::new(), String::new()]), "not JSON"),
        (Reply::Cut("a long answer that does not come to its end".into()), "cut"),
        (Reply::Lines(vec![]), "cut"),
    ];
    for (reply, words) in bodies {
        each(
            move |_| reply.clone(),
            |server, result, _| {
                let why = failed(result);
                assert!(why.contains(words) && why.contains("4 tries") && why.contains("127.0.0.1"), "{why}");
                assert_eq!(server.asked().len(), 4);
            },
        );
    }
    // Nobody is there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let why = failed(open("openai", &format!("http://{nobody}"), &settings()).ask(&question(), NEVER));
    assert!(why.contains("connection"), "{why}");
}

#[test]
fn what_will_not_get_better_is_not_asked_again() {
    for status in [400, 401, 403, 404] {
        each(
            move |_| Reply::Status(status, vec![], "{\"error\":{\"message\":\"no, sk-test is wrong\"}}".into()),
            |server, result, _| {
                let Err(ProviderError::Refused(why)) = result else { panic!("{result:?}") };
                assert!(why.contains(&format!("status {status}: no,")), "{why}");
                assert_eq!(server.asked().len(), 1);
            },
        );
    }
}

/// A key goes to nobody but whom it is for.
#[test]
fn a_redirect_is_not_followed() {
    let other = Server::start(|_, _| Reply::Text("omega".into()));
    let url = other.url();
    each(
        move |_| Reply::Status(307, vec![("location", format!("{url}/v1/chat/completions"))], String::new()),
        |server, result, _| {
            assert!(matches!(result, Err(ProviderError::Refused(_))), "{result:?}");
            assert_eq!(server.asked().len(), 1);
        },
    );
    assert!(other.asked().is_empty());
}

#[test]
fn silence_has_an_end() {
    for format in FORMATS {
        let server = Server::start(|_, _| Reply::Silent(Duration::from_secs(8)));
        let settings = Settings { timeout: Duration::from_millis(300), retries: 1, ..settings() };
        let started = Instant::now();
        let why = failed(open(format, &server.url(), &settings).ask(&question(), NEVER));
        assert!(why.contains("in time") && why.contains("2 tries"), "{why}");
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    }
}

/// Who does not want an answer any more leaves at once, and the connection is dropped.
#[test]
fn an_answer_that_nobody_wants_is_dropped() {
    for format in FORMATS {
        let server = Server::start(|_, _| Reply::Slow("omega ".repeat(300), Duration::from_millis(40)));
        let started = Instant::now();
        let stop = || started.elapsed() > Duration::from_millis(400);
        let result = open(format, &server.url(), &settings()).ask(&question(), &stop);
        assert_eq!(result, Err(ProviderError::Stopped));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        // The whole stream would take eight seconds.
        while server.dropped() == 0 {
            assert!(started.elapsed() < Duration::from_secs(6), "the connection stayed open");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    // Between two tries, too.
    let server = Server::start(|_, _| Reply::Status(429, vec![("retry-after", "60".into())], String::new()));
    let started = Instant::now();
    let stop = || started.elapsed() > Duration::from_millis(300);
    let result = open("openai", &server.url(), &settings()).ask(&question(), &stop);
    assert_eq!(result, Err(ProviderError::Stopped));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}
