// What operations, parameters and choices are called on the page: the words of one operation win over those for all; the server's own names are the last resort.
import { wordsFor } from '../i18n.js';

const plain = (name) => name.replaceAll(/[._-]/g, ' ');
const first = (...keys) => keys.map(wordsFor).find((words) => words !== undefined);

export const operationName = (op) => first(`op.${op}`) ?? plain(op);
/** `where`: the operation, or what the parameter is a part of. */
export const parameterName = (where, name) => first(`p.${where}.${name}`, `p.${name}`) ?? plain(name);
export const choiceName = (where, name, value) => first(`v.${where}.${name}.${value}`, `v.${name}.${value}`, `v.${value}`) ?? plain(String(value));
/** The schema's own description is English; in Chinese there are words of the page's own, or none. */
export const parameterHelp = (where, name, description) => first(`h.${where}.${name}`, `h.${name}`) ?? (wordsFor('h.described') ? description.replaceAll('\u0060', '').replaceAll(/\s*\n\s*/g, ' ') : '');
