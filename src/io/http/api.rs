//! The routes and what each answers.

use super::desk::{AgentChange, AgentView, CdrQuery, Desk, DeskError};
use super::guard::{Guard, Refusal};
use super::plan;
use super::reply::{ApiError, seal};
use super::{BODY_BYTES, CHANGE, LIST_LIMIT, LIST_USUAL, REASON_CHARS, REQUEST};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What Prometheus calls this text.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The description of all this; a test holds it against what is served.
const OPENAPI: &str = include_str!("openapi.json");

#[derive(Clone)]
pub(super) struct App {
    pub(super) desk: Arc<dyn Desk>,
    guard: Arc<Guard>,
}

/// All routes behind the guard; the two health checks stand before it, for they tell nothing and
/// are asked under any name.
pub(super) fn router(desk: Arc<dyn Desk>, guard: Guard) -> Router {
    let app = App { desk, guard: Arc::new(guard) };
    let guarded = Router::new()
        .route("/metrics", get(metrics))
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/calls", get(calls))
        .route("/api/v1/agents", get(agents))
        .route("/api/v1/agents/{name}", get(agent))
        .route("/api/v1/agents/{name}/state", put(set_agent).post(set_agent))
        .route("/api/v1/queues", get(queues))
        .route("/api/v1/plan", get(plan::show))
        .route(plan::RELOAD, post(plan::reload))
        .route(plan::ROLL_BACK, post(plan::roll_back))
        .route("/api/v1/cdrs", get(cdrs))
        .route("/api/v1/cdrs/{call}", get(cdr))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(app.clone(), check));
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .method_not_allowed_fallback(no_such_method)
        .merge(guarded)
        .layer(from_fn(bound))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(app)
}

/// The time limit, and the headers that every answer carries.
async fn bound(mut request: Request, next: Next) -> Response {
    let changes_plan = [plan::RELOAD, plan::ROLL_BACK].contains(&request.uri().path());
    let limit = if changes_plan { CHANGE } else { REQUEST };
    request.extensions_mut().insert(plan::Begun(tokio::time::Instant::now()));
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    seal(answer.unwrap_or_else(|_| {
        ApiError::new(StatusCode::GATEWAY_TIMEOUT, "too_slow", "this took too long").into_response()
    }))
}

/// The guard: where the request comes from, and whether it may.
async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A request in absolute form names its host in the target (RFC 9112 §3.2.2).
    let host = request.uri().authority().map(|authority| authority.as_str());
    let host = host.or_else(|| text(headers, header::HOST));
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let needs_token = !is_read || app.guard.reads_need_token();
    let checked = app
        .guard
        .check_source(host, text(headers, header::ORIGIN))
        .and_then(|()| if needs_token { check_token(&app.guard, headers) } else { Ok(()) });
    match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(refusal).into_response(),
    }
}

fn check_token(guard: &Guard, headers: &HeaderMap) -> Result<(), Refusal> {
    guard.check_token(text(headers, header::AUTHORIZATION))
}

fn refused(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::Host => ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong_host",
            "this server is not known by that name; ask it as localhost or by its address",
        ),
        Refusal::Origin => ApiError::new(
            StatusCode::FORBIDDEN,
            "wrong_origin",
            "requests from pages of other origins are not served",
        ),
        Refusal::Token => ApiError::unauthorized(),
    }
}

/// A header as text, if it is there once and is text.
fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

async fn healthz() -> Json<Value> {
    Json(json!({ "alive": true }))
}

async fn readyz(State(app): State<App>) -> Response {
    match app.desk.ready() {
        Ok(()) => Json(json!({ "ready": true })).into_response(),
        Err(why) => {
            let body = Json(json!({ "ready": false, "why": why }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, METRICS_TYPE)], app.desk.metrics()).into_response()
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// What lists understand.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<usize>,
    /// Numbers in clear; needs the token.
    #[serde(default)]
    numbers: bool,
}

pub(super) type Asked<T> = Result<Query<T>, QueryRejection>;

async fn calls(
    State(app): State<App>,
    headers: HeaderMap,
    query: Asked<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let query = asked(query)?;
    let reveal = may_reveal(&app, &headers, query.numbers)?;
    let calls = app.desk.calls(reveal, query.limit.unwrap_or(LIST_LIMIT).min(LIST_LIMIT));
    Ok(Json(json!({ "calls": calls })))
}

async fn agents(State(app): State<App>) -> Json<Value> {
    Json(json!({ "agents": app.desk.agents() }))
}

async fn agent(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<AgentView>, ApiError> {
    let found = app.desk.agents().into_iter().find(|agent| agent.name == name);
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("no agent `{name}`")))
}

async fn queues(State(app): State<App>) -> Json<Value> {
    Json(json!({ "queues": app.desk.queues() }))
}

/// `{"state": "ready"}` or `{"state": "not_ready", "reason": "lunch"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateBody {
    state: Wish,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Wish {
    Ready,
    NotReady,
}

async fn set_agent(
    State(app): State<App>,
    Path(name): Path<String>,
    body: Result<Json<StateBody>, JsonRejection>,
) -> Result<Json<AgentView>, ApiError> {
    let Json(body) = body.map_err(|rejection| {
        ApiError::new(rejection.status(), "bad_body", rejection.body_text())
    })?;
    let reason = body.reason.trim();
    if reason.chars().count() > REASON_CHARS || reason.chars().any(char::is_control) {
        let message = format!("`reason` is to be at most {REASON_CHARS} characters on one line");
        return Err(ApiError::bad_request(message));
    }
    let ready = body.state == Wish::Ready;
    let reason = if ready { String::new() } else { reason.to_owned() };
    Ok(Json(app.desk.set_agent(&name, &AgentChange { ready, reason })?))
}

/// What the list of records understands. Times are RFC 3339 or milliseconds since 1970.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CdrsQuery {
    since: Option<String>,
    until: Option<String>,
    cause: Option<String>,
    agent: Option<String>,
    caller: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    numbers: bool,
}

async fn cdrs(
    State(app): State<App>,
    headers: HeaderMap,
    query: Asked<CdrsQuery>,
) -> Result<Json<Value>, ApiError> {
    let query = asked(query)?;
    // Who may ask for a number may not read it out of the answers either.
    let reveal = may_reveal(&app, &headers, query.numbers || query.caller.is_some())?;
    let query = CdrQuery {
        since_ms: time("since", query.since.as_deref())?,
        until_ms: time("until", query.until.as_deref())?,
        cause: query.cause,
        agent: query.agent,
        caller: query.caller,
        limit: query.limit.unwrap_or(LIST_USUAL).min(LIST_LIMIT),
        reveal: reveal && query.numbers,
    };
    let records = from_disk(move || app.desk.cdrs(&query)).await?;
    Ok(Json(json!({ "cdrs": records })))
}

async fn cdr(
    State(app): State<App>,
    headers: HeaderMap,
    Path(call): Path<String>,
    query: Asked<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let reveal = may_reveal(&app, &headers, asked(query)?.numbers)?;
    let missing = ApiError::not_found(format!("no record of call `{call}`"));
    let found = from_disk(move || app.desk.cdr(&call, reveal)).await?;
    found.map(Json).ok_or(missing)
}

/// Runs what may wait for a disk on a thread that may wait.
async fn from_disk<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(read).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(DeskError::Unavailable("the records could not be read".to_owned()).into()),
    }
}

pub(super) fn asked<T>(query: Asked<T>) -> Result<T, ApiError> {
    match query {
        Ok(Query(query)) => Ok(query),
        Err(rejection) => Err(ApiError::bad_request(rejection.body_text())),
    }
}

/// Numbers in clear, and the texts of plans, are for those who hold the token.
pub(super) fn may_reveal(app: &App, headers: &HeaderMap, wanted: bool) -> Result<bool, ApiError> {
    if wanted {
        check_token(&app.guard, headers).map_err(refused)?;
    }
    Ok(wanted)
}

fn time(name: &str, value: Option<&str>) -> Result<Option<i64>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    let ms = value.parse::<i64>().ok();
    let ms = ms.or_else(|| value.parse::<Timestamp>().ok().map(Timestamp::as_millisecond));
    ms.map(Some).ok_or_else(|| {
        ApiError::bad_request(format!(
            "`{name}` is to be a time as 2026-01-31T08:00:00Z or in milliseconds since 1970"
        ))
    })
}

async fn no_such_path(request: Request) -> ApiError {
    ApiError::not_found(format!("nothing is at {}", request.uri().path()))
}

async fn no_such_method(request: Request) -> ApiError {
    let message = format!("{} does not take {}", request.uri().path(), request.method());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message)
}
