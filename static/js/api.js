// Every call to the server; what goes wrong comes back as one ApiError with words for people.
import { at } from './base.js';
import { language, t } from './i18n.js';

export const API = at('/api/v1');
/** Tells when the sign-in has ended (`ended`), and when a call goes through again (`back`). */
export const gate = new EventTarget();

/** The socket was told so. */
export const signInEnded = () => passes(false);

function passes(open) {
  if (Boolean(gate.ended) === !open) return;
  gate.ended = !open;
  gate.dispatchEvent(new Event(open ? 'back' : 'ended'));
}

export class ApiError extends Error {
  constructor({ code, message, requestId = null, status = 0, field = null, wait = null }) {
    super(message);
    Object.assign(this, { code, requestId, status, field, wait });
  }

  /** From a response's status, its text (whether or not that is our error envelope) and its `Retry-After` in seconds. */
  static from(status, text, wait = null) {
    let error = null;
    try { error = JSON.parse(text).error; } catch { /* not ours: a proxy's page, or nothing */ }
    if (error?.code === 'sign_in_required') {
      passes(false);
      return new ApiError({ code: error.code, message: t('error.signIn'), status });
    }
    if (error?.message) return new ApiError({ code: error.code, message: error.message, requestId: error.request_id, status, field: error.field, wait: Number(wait) || null });
    return new ApiError({ code: 'http', message: t('error.server', { status }), status });
  }

  static network() {
    return new ApiError({ code: 'network', message: t('error.network') });
  }
}

/** Calls the interface; `path` is below `/api/v1`. */
export async function call(method, path, body) {
  const headers = { Accept: 'application/json', 'Accept-Language': language() };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  let text;
  try {
    response = await fetch(API + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    text = await response.text();
  } catch {
    throw ApiError.network();
  }
  if (!response.ok) throw ApiError.from(response.status, text, response.headers.get('Retry-After'));
  passes(true);
  return text ? JSON.parse(text) : null;
}

const id = encodeURIComponent;

export const sessions = (query = '') => call('GET', `/sessions${query && `?q=${id(query)}`}`).then((answer) => answer.sessions);
export const createSession = () => call('POST', '/sessions', {});
export const session = (sessionId) => call('GET', `/sessions/${id(sessionId)}`);
export const renameSession = (sessionId, title) => call('PATCH', `/sessions/${id(sessionId)}`, { title });
export const deleteSession = (sessionId) => call('DELETE', `/sessions/${id(sessionId)}`);
export const sendMessage = (sessionId, message) => call('POST', `/sessions/${id(sessionId)}/messages`, message);
export const checkout = (sessionId, number) => call('POST', `/sessions/${id(sessionId)}/versions/${number}/checkout`);
export const deleteVersion = (sessionId, number) => call('DELETE', `/sessions/${id(sessionId)}/versions/${number}`);
export const exportUrl = (sessionId) => `${API}/sessions/${id(sessionId)}/export`;
export const versionsUrl = (sessionId, numbers) => `${API}/sessions/${id(sessionId)}/versions.zip?n=${numbers.join(',')}`;
export const operations = () => call('GET', '/ops').then((answer) => answer.operations);
export const cancelJob = (jobId) => call('POST', `/jobs/${id(jobId)}/cancel`);
export const job = (jobId) => call('GET', `/jobs/${id(jobId)}`);

/** Uploads a picture; `progress(fraction)` is called as bytes leave. Gives `{done, abort}`. */
export function upload(file, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) { passes(true); resolve(JSON.parse(request.responseText)); }
      else reject(ApiError.from(request.status, request.responseText, request.getResponseHeader('Retry-After')));
    };
    request.onerror = () => reject(ApiError.network());
    request.onabort = () => reject(new ApiError({ code: 'aborted', message: t('error.aborted') }));
  });
  const form = new FormData();
  form.append('image', file, file.name || 'picture.png');
  request.open('POST', `${API}/images`);
  request.setRequestHeader('Accept', 'application/json');
  request.setRequestHeader('Accept-Language', language());
  request.send(form);
  return { done, abort: () => request.abort() };
}

/** How large a picture is in a format, in bytes, or null where the server does not say. */
export async function contentLength(url) {
  try {
    const response = await fetch(url, { method: 'HEAD' });
    const length = Number(response.headers.get('Content-Length'));
    return response.ok && length > 0 ? length : null;
  } catch {
    return null;
  }
}

export const contentUrl = (image, format, download = false) =>
  `${image.url}?${new URLSearchParams({ ...(format && { format }), ...(download && { download: 'true' }) })}`;
export const previewUrl = (image, side) => `${image.preview_url}?side=${side}`;
