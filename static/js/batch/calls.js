// What the page asks the server about batches.
import { API, call } from '../api.js';

const of = (batch) => `/batches/${encodeURIComponent(batch)}`;

export const batch = (id) => call('GET', of(id));
export const items = (id, { after = 0, limit = 200, state = null } = {}) => call('GET', `${of(id)}/items?${new URLSearchParams({ after, limit, ...(state && { state }) })}`);
export const act = (id, what) => call('POST', `${of(id)}/${what}`);
export const remove = (id) => call('DELETE', of(id));
export const eventsUrl = (id, after) => `${API}${of(id)}/events?after=${after}`;
export const archiveUrl = (id) => `${API}${of(id)}/archive`;
export const reportUrl = (id) => `${API}${of(id)}/report?format=csv`;
export const itemsUrl = (id) => `${API}${of(id)}/items`;
export const batchesUrl = `${API}/batches`;
/** A small picture of a file. */
export const smallUrl = (file, side = 256) => `${API}/images/${encodeURIComponent(file.id)}/preview?side=${side}`;
