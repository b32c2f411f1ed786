//! The plan over HTTP: which one runs, another one, back again.

use super::api::{App, Asked, asked, may_reveal};
use super::desk::{DeskError, PlanAsk, PlanRefused, TrialAsk};
use super::reply::ApiError;
use crate::record::trial::Limits;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

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
        if !(0.01..=100.0).contains(&percent) {
            return wrong("`share_percent` is to be 0.01 to 100");
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
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 10,000")]
        let share = (percent * 100.0).round() as u16;
        Ok(PlanAsk::Reload(Some(TrialAsk { share, limits })))
    }
}

pub(super) async fn reload(State(app): State<App>, body: Bytes) -> Result<Response, ApiError> {
    change(app, read::<ReloadBody>(&body)?.ask()?).await
}

/// The body of a rollback; may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RollBackBody {
    /// The plan's hash, or its beginning.
    hash: Option<String>,
}

pub(super) async fn roll_back(State(app): State<App>, body: Bytes) -> Result<Response, ApiError> {
    let body: RollBackBody = read(&body)?;
    let is_hash = |hash: &String| {
        (4..=64).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if !body.hash.as_ref().is_none_or(is_hash) {
        return Err(ApiError::bad_request("`hash` is to be 4 to 64 hex digits"));
    }
    change(app, PlanAsk::RollBack(body.hash)).await
}

fn read<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|e| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_body", e.to_string()))
}

/// A refused plan is answered with its findings beside the error.
async fn change(app: App, ask: PlanAsk) -> Result<Response, ApiError> {
    let changed = tokio::task::spawn_blocking(move || app.desk.change_plan(ask)).await;
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
