// What a recipe's parameters and pictures are called on the page.
import { t } from '../i18n.js';
import { choiceName, operationName, parameterName } from '../plan/words.js';

/** `{ op, name }` of what a JSON pointer leads to: the operation, and the parameter in it. */
export function placeOf(path, plan) {
  const parts = path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { op: plan.steps[Number(parts[1])]?.op ?? '', name: parts.at(-1), inTarget: parts.at(-2) === 'target' };
}

/** For people: its label, or where it kept the name that it had anyway, what the page calls it. */
export function paramLabel(param, plan) {
  if (param.label) return param.label;
  const { op, name, inTarget } = placeOf(param.path, plan);
  return param.name === name ? parameterName(inTarget ? 'target' : op, name) : param.name;
}

/** Where a value stands: the operation and its parameter. */
export function placeWords(param, plan) {
  const { op, name, inTarget } = placeOf(param.path, plan);
  return t('recipe.place', { op: operationName(op), name: parameterName(inTarget ? 'target' : op, name) });
}

/** A value in a few words. */
export function valueWords(param, value, plan) {
  if (value === null || value === undefined || value === '') return t('recipe.noValue');
  if (param.type === 'boolean') return t(value ? 'plan.yes' : 'plan.no');
  if (param.type === 'choice') { const { op, name } = placeOf(param.path, plan); return choiceName(op, name, value); }
  if (param.type === 'image' || param.type === 'mask') return t(`recipe.type.${param.type}`);
  return Array.isArray(value) ? value.join(' | ') : String(value);
}

/** `image:2`, `mask_1` as words. */
export function inputWords(key) {
  const n = Number(key.match(/\d+$/)?.[0]);
  return key.startsWith('mask') ? t('recipe.mask', { n }) : t('recipe.picture', { n });
}
