//! The one error envelope: `{"error": {code, message, field, request_id, docs}}`, in the caller's language.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::text::{Explain, Lang, Text};

/// What a handler returns when it cannot answer. The words are chosen later, by [`render`], for the caller's language.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub code: std::borrow::Cow<'static, str>,
    pub text: Text,
    pub field: Option<String>,
    /// The question of a 422.
    pub question: Option<QuestionBody>,
    /// Seconds, for 429 and 503.
    pub retry_after: Option<u32>,
}

/// A question in both languages, rendered with the error.
#[derive(Clone, Debug)]
pub struct QuestionBody(pub std::sync::Arc<crate::plan::Question>);

/// The body of every error response.
#[derive(Serialize, ToSchema)]
pub struct ErrorEnvelope {
    pub error: ErrorBody,
    /// Only with code `question`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub question: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// Stable; for programs.
    pub code: String,
    /// For people, in the language of `Accept-Language` (zh or en).
    pub message: String,
    /// The part of the request that it is about.
    pub field: Option<String>,
    /// Quote it when reporting a fault.
    pub request_id: String,
    /// Where this code is explained.
    pub docs: String,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, text: Text) -> Self {
        ApiError { status, code: code.into(), text, field: None, question: None, retry_after: None }
    }

    pub fn bad_request(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, Text::new(zh, en))
    }

    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Somebody else's id and an unknown one look the same.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            Text::new("找不到这个内容，可能已被删除。", "There is nothing here; it may have been deleted."),
        )
    }

    pub fn internal(what: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %what, "request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            Text::new(
                "服务器内部出错，没有丢失任何内容；请重试，或把请求编号告诉管理员。",
                "Something failed inside the server; nothing was lost. Try again, or tell the operator the request id.",
            ),
        )
    }

    /// An error of a lower layer: its words, and the status of its code.
    pub fn explain(error: &dyn Explain) -> Self {
        let code = error.code();
        if code == "internal" {
            tracing::error!(%error, "work failed inside");
        }
        let mut api = Self::new(status_of(code), code, error.text());
        api.field = error.field().map(str::to_owned);
        api.retry_after = matches!(code, "queue_full" | "too_many_jobs" | "database_busy" | "shutting_down").then_some(5);
        api
    }

    /// The same for an error that was stored with a job.
    pub fn of_problem(problem: &crate::store::Problem) -> Self {
        let mut api = Self::new(status_of(&problem.code), "", problem.text.clone());
        api.code = problem.code.clone().into();
        api.field.clone_from(&problem.field);
        api
    }
}

/// The status that belongs to a stable code of a lower layer.
fn status_of(code: &str) -> StatusCode {
    match code {
        "internal" | "encode_failed" => StatusCode::INTERNAL_SERVER_ERROR,
        "not_found" | "link_used_or_expired" => StatusCode::NOT_FOUND,
        "wrong_credentials" => StatusCode::UNAUTHORIZED,
        "wrong_password" => StatusCode::FORBIDDEN,
        "name_taken" | "last_owner" => StatusCode::CONFLICT,
        "image_too_large" | "file_too_large" | "upload_too_large" | "too_many_frames" | "result_too_large" | "rows_too_large" => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        "unsupported_format" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "queue_full" | "too_many_jobs" | "too_many_attempts" => StatusCode::TOO_MANY_REQUESTS,
        "operation_unavailable" | "target_unavailable" | "parameter_unavailable" => StatusCode::NOT_IMPLEMENTED,
        "cancelled" | "interrupted" | "version_busy" | "batch_cancelled" => StatusCode::CONFLICT,
        "disk_full" | "quota_exceeded" => StatusCode::INSUFFICIENT_STORAGE,
        "timeout" => StatusCode::GATEWAY_TIMEOUT,
        code if code.starts_with("model_") || code.starts_with("runtime_") => StatusCode::SERVICE_UNAVAILABLE,
        "shutting_down" | "database_busy" => StatusCode::SERVICE_UNAVAILABLE,
        "blob_missing" | "blob_damaged" => StatusCode::GONE,
        _ => StatusCode::BAD_REQUEST,
    }
}

impl IntoResponse for ApiError {
    /// Only a carrier: [`render`] writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Replaces an [`ApiError`] carrier, or a bare error of the framework, by the envelope. `base`: where the list of codes lies.
pub fn render(response: Response, lang: Lang, request_id: &str, base: &str) -> Response {
    let error = match response.extensions().get::<ApiError>() {
        Some(error) => error.clone(),
        None if is_bare_error(&response) => framework_error(response.status()),
        None => return response,
    };
    let envelope = ErrorEnvelope {
        error: ErrorBody {
            docs: format!("{base}/docs/errors#{}", error.code),
            code: error.code.into_owned(),
            message: shortened(error.text.get(lang)),
            field: error.field,
            request_id: request_id.to_owned(),
        },
        question: error.question.map(|q| super::shapes::question(&q.0, lang)),
    };
    let mut rendered = (error.status, Json(envelope)).into_response();
    if let Some(seconds) = error.retry_after {
        rendered.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.status == StatusCode::UNAUTHORIZED {
        rendered.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    for name in [header::ALLOW, header::CONNECTION, header::SET_COOKIE] {
        if let Some(value) = response.headers().get(&name) {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    rendered
}

/// Longest message, in characters. What a client sent is repeated to it in messages, but not by the megabyte.
const MAX_MESSAGE_CHARS: usize = 2_000;

fn shortened(message: &str) -> String {
    match message.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// An error response that no handler of ours wrote: not JSON, no page.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let typed = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| {
        let v = v.as_bytes();
        v.starts_with(b"application/json") || v.starts_with(b"text/html")
    });
    (status.is_client_error() || status.is_server_error()) && !typed
}

fn framework_error(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            status,
            "method_not_allowed",
            Text::new("这个地址不接受这种请求方法。", "This address does not take that request method."),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(status, "upload_too_large", Text::new("请求太大。", "The request is too large.")),
        s if s.is_server_error() => {
            let mut e = ApiError::internal(&format_args!("framework answered {s}"));
            e.status = s;
            e
        }
        s => ApiError::new(
            s,
            "bad_request",
            Text::new("请求格式不对，请对照接口文档。", "The request is not of the expected form; see the API document."),
        ),
    }
}
