// What the page asks the server about recipes.
import { API, ApiError, call } from '../api.js';
import { language } from '../i18n.js';

const id = encodeURIComponent;
const version = (n) => (n ? `?version=${n}` : '');

export const recipes = () => call('GET', '/recipes').then((answer) => answer.recipes);
export const recipe = (recipeId, n = null) => call('GET', `/recipes/${id(recipeId)}${version(n)}`);
export const draft = (source) => call('POST', '/recipes?dry=true', source);
export const save = (source) => call('POST', '/recipes', source);
export const rename = (recipeId, name) => call('PATCH', `/recipes/${id(recipeId)}`, { name });
export const remove = (recipeId) => call('DELETE', `/recipes/${id(recipeId)}`);
export const exportUrl = (recipeId, n) => `${API}/recipes/${id(recipeId)}/export${version(n)}`;

/** The recipe that a picture carries, if it does; nothing is kept. */
export async function read(file) {
  const form = new FormData();
  form.append('image', file, file.name);
  let response;
  let text;
  try {
    response = await fetch(`${API}/recipes/read`, { method: 'POST', headers: { Accept: 'application/json', 'Accept-Language': language() }, body: form });
    text = await response.text();
  } catch { throw ApiError.network(); }
  if (!response.ok) throw ApiError.from(response.status, text, response.headers.get('Retry-After'));
  return JSON.parse(text).recipe;
}
