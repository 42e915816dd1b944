// What the page asks the server about recipes.
import { API, call } from '../api.js';

const id = encodeURIComponent;
const version = (n) => (n ? `?version=${n}` : '');

export const recipes = () => call('GET', '/recipes').then((answer) => answer.recipes);
export const recipe = (recipeId, n = null) => call('GET', `/recipes/${id(recipeId)}${version(n)}`);
export const draft = (source) => call('POST', '/recipes?dry=true', source);
export const save = (source) => call('POST', '/recipes', source);
export const rename = (recipeId, name) => call('PATCH', `/recipes/${id(recipeId)}`, { name });
export const remove = (recipeId) => call('DELETE', `/recipes/${id(recipeId)}`);
export const exportUrl = (recipeId, n) => `${API}/recipes/${id(recipeId)}/export${version(n)}`;
