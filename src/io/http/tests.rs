//! The server over real sockets on a free port of loopback, with a desk that only remembers.

use super::*;
use crate::record::live::Phase;
use crate::record::{LiveCall, masked};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

const TOKEN: &str = "correct-horse";

#[derive(Default)]
struct Paper {
    not_ready: Mutex<Option<String>>,
    changes: Mutex<Vec<(String, AgentChange)>>,
    queries: Mutex<Vec<CdrQuery>>,
    asks: Mutex<Vec<PlanAsk>>,
}

fn agent(name: &str, state: AgentState, reason: &str) -> AgentView {
    AgentView {
        name: name.to_owned(),
        state,
        reason: reason.to_owned(),
        since_ms: 1,
        call: None,
        skills: BTreeMap::from([("billing".to_owned(), 9)]),
        groups: Vec::new(),
    }
}

impl Desk for Paper {
    fn ready(&self) -> Result<(), String> {
        self.not_ready.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn metrics(&self) -> String {
        "# EOF\n".to_owned()
    }

    fn calls(&self, reveal: bool, limit: usize) -> Vec<LiveCall> {
        let number = "+393331234567";
        let call = LiveCall {
            call: "00000000000000ab".to_owned(),
            phase: Phase::Waiting,
            state: "bill".to_owned(),
            trunk: "carrier".to_owned(),
            caller: if reveal { number.to_owned() } else { masked(number) },
            called: "+390212345".to_owned(),
            queue: Some("billing".to_owned()),
            agent: None,
            answered: true,
            since_ms: 1,
            phase_since_ms: 2,
        };
        vec![call; limit.min(2)]
    }

    fn agents(&self) -> Vec<AgentView> {
        vec![agent("anna", AgentState::Ready, "")]
    }

    fn queues(&self) -> Vec<QueueView> {
        let name = "billing".to_owned();
        vec![QueueView {
            name,
            waiting: 3,
            longest_wait_ms: 9_000,
            agents_ready: 0,
            agents_signed_in: 1,
        }]
    }

    fn set_agent(&self, name: &str, change: &AgentChange) -> Result<AgentView, DeskError> {
        match name {
            "anna" => {
                self.changes.lock().unwrap().push((name.to_owned(), change.clone()));
                let state = if change.ready { AgentState::Ready } else { AgentState::NotReady };
                Ok(agent(name, state, &change.reason))
            }
            "busy" => Err(DeskError::Conflict("busy is in a call".to_owned())),
            _ => Err(DeskError::NotFound(format!("no agent `{name}`"))),
        }
    }

    fn plan(&self, text: bool) -> Value {
        json!({ "hash": "ab12", "files": if text { json!([]) } else { Value::Null } })
    }

    fn change_plan(&self, ask: PlanAsk, _: &Patience) -> Result<Value, PlanRefused> {
        let wrong = PlanAsk::RollBack(Some("ffff".to_owned()));
        let not = PlanAsk::RollBack(Some("eeee".to_owned()));
        let answer = match &ask {
            ask if *ask == wrong => Err(PlanRefused::Wrong(vec!["plan.yaml:1:1: no".to_owned()])),
            ask if *ask == not => Err(PlanRefused::Not(DeskError::NotFound("no plan".to_owned()))),
            _ => Ok(json!({ "hash": "ab12" })),
        };
        self.asks.lock().unwrap().push(ask);
        answer
    }

    fn cdrs(&self, query: &CdrQuery) -> Result<Vec<Value>, DeskError> {
        self.queries.lock().unwrap().push(query.clone());
        Ok(vec![json!({ "call": "00000000000000ab" })])
    }

    fn cdr(&self, call: &str, _reveal: bool) -> Result<Option<Value>, DeskError> {
        Ok((call == "00000000000000ab").then(|| json!({ "call": call })))
    }
}

struct Server {
    http: Http,
    desk: Arc<Paper>,
}

/// Status, headers in lower case, body.
type Answer = (u16, String, String);

impl Server {
    fn start() -> Server {
        let desk = Arc::new(Paper::default());
        let listen = "127.0.0.1:0".parse().unwrap();
        let config = HttpConfig { listen, names: Vec::new(), token: TOKEN.to_owned() };
        let http = Http::start(&config, desk.clone()).unwrap();
        Server { http, desk }
    }

    fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.http.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        (status, head.to_ascii_lowercase(), body.to_owned())
    }

    fn ask(&self, line: &str, headers: &str, body: &str) -> Answer {
        let address = self.http.address();
        let length = body.len();
        self.raw(&format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let (status, _, body) = self.ask(&format!("GET {path}"), "", "");
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }
}

const AS_JSON: &str = "Content-Type: application/json\r\n";

fn with_token() -> String {
    format!("{AS_JSON}Authorization: Bearer {TOKEN}\r\n")
}

fn error_code(body: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap();
    value["error"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn health_is_told_to_anybody_and_readiness_has_a_reason() {
    let server = Server::start();
    let any_name = "GET /healthz HTTP/1.1\r\nHost: probe.example\r\nConnection: close\r\n\r\n";
    assert_eq!(server.raw(any_name).0, 200);
    assert_eq!(server.get("/readyz").0, 200);
    *server.desk.not_ready.lock().unwrap() = Some("records: the disk is slow".to_owned());
    let (status, body) = server.get("/readyz");
    assert_eq!((status, body["why"].as_str()), (503, Some("records: the disk is slow")));
}

#[test]
fn the_views_are_json_with_masked_numbers() {
    let server = Server::start();
    let (status, calls) = server.get("/api/v1/calls?limit=1");
    assert_eq!(status, 200);
    assert_eq!(calls["calls"].as_array().unwrap().len(), 1);
    assert_eq!(calls["calls"][0]["caller"], "**********567");
    assert_eq!(calls["calls"][0]["phase"], "waiting");
    assert_eq!(server.get("/api/v1/agents").1["agents"][0]["skills"]["billing"], 9);
    assert_eq!(server.get("/api/v1/agents/anna").1["state"], "ready");
    assert_eq!(server.get("/api/v1/agents/nobody").0, 404);
    assert_eq!(server.get("/api/v1/queues").1["queues"][0]["waiting"], 3);
    let (status, head, body) = server.ask("GET /metrics", "", "");
    assert_eq!((status, body.as_str()), (200, "# EOF\n"));
    assert!(head.contains("application/openmetrics-text"));
    assert!(head.contains("cache-control: no-store") && head.contains("nosniff"));
}

#[test]
fn numbers_in_clear_are_for_those_who_hold_the_token() {
    let server = Server::start();
    for path in ["/api/v1/calls?numbers=true", "/api/v1/cdrs?caller=%2B39333"] {
        let line = format!("GET {path}");
        let (status, head, body) = server.ask(&line, "", "");
        assert_eq!((status, error_code(&body).as_str()), (401, "token_needed"), "{path}");
        assert!(head.contains("www-authenticate: bearer"));
        assert_eq!(server.ask(&line, &with_token(), "").0, 200, "{path}");
    }
    let line = "GET /api/v1/calls?numbers=true";
    assert!(server.ask(line, &with_token(), "").2.contains("+393331234567"));
}

#[test]
fn an_agent_is_set_by_put_or_post_with_the_token() {
    let server = Server::start();
    let lunch = r#"{"state":"not_ready","reason":" lunch "}"#;
    let path = "/api/v1/agents/anna/state";
    assert_eq!(server.ask(&format!("PUT {path}"), AS_JSON, lunch).0, 401);
    let wrong = format!("{AS_JSON}Authorization: Bearer wrong\r\n");
    assert_eq!(server.ask(&format!("PUT {path}"), &wrong, lunch).0, 401);
    assert!(server.desk.changes.lock().unwrap().is_empty());
    let (status, _, body) = server.ask(&format!("PUT {path}"), &with_token(), lunch);
    assert_eq!(status, 200);
    assert!(body.contains(r#""state":"not_ready","reason":"lunch""#), "{body}");
    let ready = r#"{"state":"ready"}"#;
    assert_eq!(server.ask(&format!("POST {path}"), &with_token(), ready).0, 200);
    let change =
        |ready, reason: &str| ("anna".to_owned(), AgentChange { ready, reason: reason.to_owned() });
    assert_eq!(*server.desk.changes.lock().unwrap(), [change(false, "lunch"), change(true, "")]);
}

#[test]
fn every_error_is_json_with_a_code() {
    let server = Server::start();
    let token = with_token();
    let state = |name: &str| format!("PUT /api/v1/agents/{name}/state");
    let ready = r#"{"state":"ready"}"#;
    let long = format!(r#"{{"state":"not_ready","reason":"{}"}}"#, "x".repeat(65));
    let huge = format!(r#"{{"state":"{}"}}"#, "x".repeat(BODY_BYTES));
    for (line, headers, body, status, code) in [
        (state("nobody"), &*token, ready, 404, "not_found"),
        (state("busy"), &token, ready, 409, "conflict"),
        (state("anna"), &token, r#"{"state":"asleep"}"#, 422, "bad_body"),
        (state("anna"), &token, r#"{"state":"ready","x":1}"#, 422, "bad_body"),
        (state("anna"), &token, "{", 400, "bad_body"),
        (state("anna"), &token, &long, 400, "bad_request"),
        (state("anna"), &token, &huge, 413, "bad_body"),
        ("GET /api/v2".to_owned(), "", "", 404, "not_found"),
        ("DELETE /api/v1/calls".to_owned(), &token, "", 405, "wrong_method"),
        ("GET /api/v1/cdrs?since=yesterday".to_owned(), "", "", 400, "bad_request"),
        ("GET /api/v1/cdrs?agnet=anna".to_owned(), "", "", 400, "bad_request"),
        ("GET /api/v1/cdrs/ffff".to_owned(), "", "", 404, "not_found"),
    ] {
        let (found, _, text) = server.ask(&line, headers, body);
        assert_eq!((found, error_code(&text).as_str()), (status, code), "{line} {text}");
    }
}

#[test]
fn a_rebound_name_and_a_foreign_page_get_nothing() {
    let server = Server::start();
    let path = "GET /api/v1/calls HTTP/1.1";
    let rebound = format!("{path}\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    let (status, _, body) = server.raw(&rebound);
    assert_eq!((status, error_code(&body).as_str()), (421, "wrong_host"));
    let twice = format!("{path}\r\nHost: localhost\r\nHost: evil.example\r\n\r\n");
    assert!([400, 421].contains(&server.raw(&format!("{twice}\r\nConnection: close\r\n\r\n")).0));
    let absolute = "GET http://evil.example/api/v1/calls HTTP/1.1\r\nHost: localhost\r\n\
                    Connection: close\r\n\r\n";
    assert_eq!(server.raw(absolute).0, 421);
    let (status, _, body) = server.ask("GET /api/v1/calls", "Origin: http://evil.example\r\n", "");
    assert_eq!((status, error_code(&body).as_str()), (403, "wrong_origin"));
    let own = format!("Origin: http://{}\r\n", server.http.address());
    assert_eq!(server.ask("GET /api/v1/calls", &own, "").0, 200);
}

#[test]
fn the_records_are_asked_for_with_a_filter() {
    let server = Server::start();
    let path = "/api/v1/cdrs?since=2027-01-15T08:00:00Z&until=1800000001000&cause=busy&agent=anna";
    assert_eq!(server.get(path).1["cdrs"][0]["call"], "00000000000000ab");
    assert_eq!(server.get("/api/v1/cdrs?limit=99999").0, 200);
    let queries = server.desk.queries.lock().unwrap();
    let expected = CdrQuery {
        since_ms: Some(1_800_000_000_000),
        until_ms: Some(1_800_000_001_000),
        cause: Some("busy".to_owned()),
        agent: Some("anna".to_owned()),
        caller: None,
        limit: LIST_USUAL,
        reveal: false,
    };
    assert_eq!(queries[0], expected);
    assert_eq!(queries[1].limit, LIST_LIMIT);
    assert_eq!(server.get("/api/v1/cdrs/00000000000000ab").0, 200);
}

/// Each path of the document is served with the methods it names, and the answers have the fields
/// that it promises.
#[test]
fn the_openapi_document_tells_the_truth() {
    let server = Server::start();
    let (status, document) = server.get("/api/v1/openapi.json");
    assert_eq!(status, 200);
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths {
        let path = path.replace("{name}", "anna").replace("{call}", "00000000000000ab");
        for method in methods.as_object().unwrap().keys() {
            let line = format!("{} {path}", method.to_uppercase());
            let body = if path.ends_with("/state") { r#"{"state":"ready"}"# } else { "" };
            assert_eq!(server.ask(&line, &with_token(), body).0, 200, "{line}");
        }
    }
    for (path, list, schema) in [
        ("/api/v1/calls", "calls", "Call"),
        ("/api/v1/agents", "agents", "Agent"),
        ("/api/v1/queues", "queues", "Queue"),
    ] {
        let told = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        let answer = server.get(path).1;
        let served = answer[list][0].as_object().unwrap();
        let (told, served): (Vec<_>, Vec<_>) = (told.keys().collect(), served.keys().collect());
        assert_eq!(told, served, "{schema}");
    }
}

#[test]
fn it_stops_while_a_connection_is_open_and_frees_its_port() {
    let server = Server::start();
    let address = server.http.address();
    let idle = TcpStream::connect(address).unwrap();
    assert_eq!(server.get("/healthz").0, 200);
    drop(server);
    drop(idle);
    let config = HttpConfig { listen: address, names: Vec::new(), token: TOKEN.to_owned() };
    let again = Http::start(&config, Arc::new(Paper::default())).unwrap();
    let taken = Http::start(&config, Arc::new(Paper::default()));
    assert!(matches!(taken, Err(HttpError::Bind { .. })));
    drop(again);
}

#[test]
fn a_plan_is_asked_for_in_a_few_words() {
    use crate::record::trial::Limits;
    use std::time::Duration;
    let server = Server::start();
    let trial = |share, limits| PlanAsk::Reload(Some(TrialAsk { share, limits }));
    let usual = Limits::default();
    let other = Limits { at_least: 5, points: 2.5, promote_after: Some(Duration::from_secs(600)) };
    for (path, body, ask) in [
        ("reload", "", PlanAsk::Reload(None)),
        ("reload", "{}", PlanAsk::Reload(None)),
        ("reload", r#"{"promote":true}"#, PlanAsk::Promote),
        ("reload", r#"{"share_percent":5}"#, trial(500, usual)),
        ("reload", r#"{"share_percent":0.01}"#, trial(1, usual)),
        (
            "reload",
            r#"{"share_percent":99.99,"at_least":5,"points":2.5,"promote_after_s":600}"#,
            trial(9_999, other),
        ),
        ("rollback", "", PlanAsk::RollBack(None)),
        ("rollback", r#"{"hash":"ab12"}"#, PlanAsk::RollBack(Some("ab12".to_owned()))),
    ] {
        let line = format!("POST /api/v1/{path}");
        assert_eq!(server.ask(&line, AS_JSON, body).0, 401, "{path} {body}");
        let (status, _, answer) = server.ask(&line, &with_token(), body);
        assert_eq!((status, answer.as_str()), (200, r#"{"hash":"ab12"}"#), "{path} {body}");
        assert_eq!(server.desk.asks.lock().unwrap().pop(), Some(ask), "{path} {body}");
    }
    for (path, body, status, code) in [
        ("reload", r#"{"share_percent":0}"#, 400, "bad_request"),
        ("reload", r#"{"share_percent":100}"#, 400, "bad_request"),
        ("reload", r#"{"share_percent":101}"#, 400, "bad_request"),
        ("reload", r#"{"share_percent":5,"points":-1}"#, 400, "bad_request"),
        ("reload", r#"{"share_percent":5,"promote":true}"#, 400, "bad_request"),
        ("reload", r#"{"at_least":5}"#, 400, "bad_request"),
        ("reload", r#"{"share":5}"#, 422, "bad_body"),
        ("reload", "now", 422, "bad_body"),
        ("rollback", r#"{"hash":"abc"}"#, 400, "bad_request"),
        ("rollback", r#"{"hash":"before"}"#, 400, "bad_request"),
        ("rollback", r#"{"hash":"eeee"}"#, 404, "not_found"),
        ("rollback", r#"{"hash":"ffff"}"#, 422, "plan_refused"),
    ] {
        let (found, _, text) = server.ask(&format!("POST /api/v1/{path}"), &with_token(), body);
        assert_eq!((found, error_code(&text).as_str()), (status, code), "{path} {body}: {text}");
    }
    let refused = server.ask("POST /api/v1/rollback", &with_token(), r#"{"hash":"ffff"}"#).2;
    assert!(refused.contains(r#""findings":["plan.yaml:1:1: no"]"#), "{refused}");
}

#[test]
fn the_text_of_a_plan_needs_the_token() {
    let server = Server::start();
    assert_eq!(server.get("/api/v1/plan").1["hash"], "ab12");
    let line = "GET /api/v1/plan?text=true";
    assert_eq!(server.ask(line, "", "").0, 401);
    assert!(server.ask(line, &with_token(), "").2.contains(r#""files":[]"#));
}

#[test]
fn the_client_asks_as_anybody_does() {
    let server = Server::start();
    let address = server.http.address();
    let (status, body) = client::ask(address, "GET /api/v1/plan", None, "").unwrap();
    assert_eq!(status, 200);
    assert!(body.contains("ab12"), "{body}");
    let asked = client::ask(address, "POST /api/v1/reload", Some(TOKEN), "{}").unwrap();
    assert_eq!(asked.0, 200, "{}", asked.1);
    assert_eq!(client::ask(address, "POST /api/v1/reload", Some("no"), "").unwrap().0, 401);
    drop(server);
    let nobody = client::ask(address, "GET /healthz", None, "").unwrap_err();
    assert!(nobody.contains("no router answers at"), "{nobody}");
}
