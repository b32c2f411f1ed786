//! The plan over HTTP: which one runs, another one, back again.

use super::LOOK;
use super::api::{App, Asked, asked, may_reveal};
use super::desk::{DeskError, Patience, PlanAsk, PlanRefused, TrialAsk};
use super::reply::ApiError;
use crate::record::trial::Limits;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::Instant;

/// Where another plan is asked for.
pub(super) const RELOAD: &str = "/api/v1/reload";
/// Where an earlier one is.
pub(super) const ROLL_BACK: &str = "/api/v1/rollback";

/// When the request began.
#[derive(Clone, Copy)]
pub(super) struct Begun(pub(super) Instant);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanQuery {
    /// With its texts; needs the token: passwords may stand in them.
    #[serde(default)]
    text: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    query: Asked<PlanQuery>,
) -> Result<Json<Value>, ApiError> {
    let text = may_reveal(&app, &headers, asked(query)?.text)?;
    Ok(Json(app.desk.plan(text)))
}

/// The body of a reload; all of it may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReloadBody {
    /// Only on this share of the new calls, in percent.
    share_percent: Option<f64>,
    /// Taken for good after so long, if it came out well.
    promote_after_s: Option<u64>,
    /// Judged once so many calls under it have ended.
    at_least: Option<u64>,
    /// How many points its shares of failed and of abandoned calls may be above the old plan's.
    points: Option<f64>,
    /// The plan on trial is taken for good.
    #[serde(default)]
    promote: bool,
}

impl ReloadBody {
    fn ask(&self) -> Result<PlanAsk, ApiError> {
        let wrong = |text: &str| Err(ApiError::bad_request(text));
        let limits =
            [self.promote_after_s.is_some(), self.at_least.is_some(), self.points.is_some()];
        let has_limits = limits.contains(&true);
        let Some(percent) = self.share_percent else {
            return match (self.promote, has_limits) {
                (_, true) => wrong("limits are for a trial: `share_percent` is missing"),
                (true, false) => Ok(PlanAsk::Promote),
                (false, false) => Ok(PlanAsk::Reload(None)),
            };
        };
        if self.promote {
            return wrong("`promote` ends a trial, `share_percent` begins one");
        }
        if !(0.01..=99.99).contains(&percent) {
            return wrong(
                "`share_percent` is to be 0.01 to 99.99: of all calls none is left to judge it by; \
                 reload without a trial",
            );
        }
        let usual = Limits::default();
        let points = self.points.unwrap_or(usual.points);
        if !(0.0..=100.0).contains(&points) {
            return wrong("`points` is to be 0 to 100");
        }
        let limits = Limits {
            at_least: self.at_least.unwrap_or(usual.at_least),
            points,
            promote_after: self.promote_after_s.map(Duration::from_secs),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 9,999")]
        let share = (percent * 100.0).round() as u16;
        Ok(PlanAsk::Reload(Some(TrialAsk { share, limits })))
    }
}

pub(super) async fn reload(
    State(app): State<App>,
    Extension(begun): Extension<Begun>,
    body: Bytes,
) -> Result<Response, ApiError> {
    change(app, begun, read::<ReloadBody>(&body)?.ask()?).await
}

/// The body of a rollback; may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RollBackBody {
    /// The plan's hash, or its beginning.
    hash: Option<String>,
}

pub(super) async fn roll_back(
    State(app): State<App>,
    Extension(begun): Extension<Begun>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let body: RollBackBody = read(&body)?;
    let is_hash = |hash: &String| {
        (4..=64).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if !body.hash.as_ref().is_none_or(is_hash) {
        return Err(ApiError::bad_request("`hash` is to be 4 to 64 hex digits"));
    }
    change(app, begun, PlanAsk::RollBack(body.hash)).await
}

fn read<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|e| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_body", e.to_string()))
}

/// Does this on a thread of its own; none if it is not settled by then, and it will not be.
async fn in_time<T: Send + 'static>(
    until: Instant,
    work: impl FnOnce(&Patience) -> T + Send + 'static,
) -> Option<Result<T, JoinError>> {
    let patience = Arc::new(Patience::default());
    let theirs = patience.clone();
    let mut work = tokio::task::spawn_blocking(move || work(&theirs));
    match tokio::time::timeout_at(until, &mut work).await {
        Ok(done) => Some(done),
        Err(_) if patience.run_out() => None,
        // It is done: what is left is the disk, and that is bounded.
        Err(_) => Some(work.await),
    }
}

/// A refused plan is answered with its findings beside the error. Whoever is told that it took too long
/// can rely on it: the plan is not taken a moment later.
async fn change(app: App, begun: Begun, ask: PlanAsk) -> Result<Response, ApiError> {
    let work = move |patience: &Patience| app.desk.change_plan(ask, patience);
    let Some(changed) = in_time(begun.0 + LOOK, work).await else {
        let late = "the plan was not looked through in time: it is not taken, ask again";
        return Err(ApiError::new(StatusCode::GATEWAY_TIMEOUT, "too_slow", late));
    };
    let refused = match changed {
        Ok(Ok(answer)) => return Ok(Json(answer).into_response()),
        Ok(Err(refused)) => refused,
        Err(_) => PlanRefused::Not(DeskError::Unavailable("the reload broke off".to_owned())),
    };
    match refused {
        PlanRefused::Not(why) => Err(why.into()),
        PlanRefused::Wrong(findings) => {
            let message = "the plan is not taken, the running one stays";
            let error = json!({ "code": "plan_refused", "message": message });
            let body = Json(json!({ "error": error, "findings": findings }));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    /// Either it is settled in time, and its answer comes however long the disk takes; or whoever asked
    /// is told that nothing was done, and nothing is.
    #[tokio::test(start_paused = true)]
    async fn whoever_asked_is_never_told_wrong() {
        for settles_first in [true, false] {
            let (go, go_on) = channel();
            let (done, was_done) = channel();
            let (begun, has_begun) = tokio::sync::oneshot::channel();
            let until = Instant::now() + LOOK;
            let answer = tokio::spawn(in_time(until, move |patience: &Patience| {
                let early = settles_first && patience.settle();
                begun.send(()).unwrap();
                go_on.recv().unwrap();
                let settled = early || patience.settle();
                done.send(settled).unwrap();
                settled
            }));
            has_begun.await.unwrap();
            tokio::time::advance(LOOK * 2).await;
            if settles_first {
                tokio::task::yield_now().await;
                assert!(!answer.is_finished(), "the answer is waited for");
                go.send(()).unwrap();
                assert!(answer.await.unwrap().unwrap().unwrap());
            } else {
                assert!(answer.await.unwrap().is_none(), "told that nothing was done");
                go.send(()).unwrap();
            }
            assert_eq!(was_done.recv().unwrap(), settles_first);
        }
    }
}
