// Reads an operation's JSON schema as fields of a form: which control a parameter gets, its range, its choices, its default.

/** Schemas of these names have controls of their own. */
const NAMED = { Target: 'target', ImageRef: 'picture' };
const COLOUR = /^(?:color2?|colour|.*_color|background|stroke)$/;
const LONG_TEXT = new Set(['text', 'prompt', 'negative', 'glossary']);
/** A slider with more stops than this cannot be set by hand. */
const MOST_STOPS = 5000;
const PLANNED = /^Planned\b/;

/** What a schema says once references are followed and `or null` is taken off; `names` are the names of the references. */
function resolved(root, schema) {
  let [now, nullable, name] = [schema, false, null];
  for (;;) {
    if (now.$ref) {
      const { $ref, ...own } = now;
      name = $ref.split('/').at(-1);
      now = { ...root.$defs?.[name], ...own };
      continue;
    }
    const choices = now.anyOf?.filter((choice) => choice.type !== 'null');
    if (choices) nullable ||= choices.length < now.anyOf.length;
    if (choices?.length !== 1) return { schema: now, nullable, name };
    const { anyOf, ...own } = now;
    now = { ...choices[0], ...own };
  }
}

/**
 * The field of one parameter: `{ name, kind, help, fallback, nullable, required, … }`. Kinds: `flag`, `choice` (`options`), `range` and `number`
 * (`min`, `max`, `integer`), `amount` (yes, no, or how much), `colour`, `text` (`long`), `picture`, `target`, `numbers` (`count`), `points`, `group`
 * (`fields`), `list` (`item`), and `json` for what no other control can hold.
 */
export function fieldOf(root, name, raw, required = false) {
  const { schema, nullable, name: reference } = resolved(root, raw);
  const types = [schema.type ?? []].flat();
  const field = { name, required, help: schema.description ?? '', fallback: raw.default ?? schema.default, nullable: nullable || types.includes('null') };
  return { ...field, ...control(root, name, schema, types.filter((type) => type !== 'null')[0], reference) };
}

function control(root, name, schema, type, reference) {
  if (NAMED[reference]) return { kind: NAMED[reference], ...(reference === 'Target' && { fields: fieldsOf(root, schema) }) };
  if (schema.anyOf) return amount(schema) ?? { kind: 'json' };
  const options = schema.enum ?? schema.oneOf?.filter((one) => !PLANNED.test(one.description ?? '')).map((one) => one.const);
  if (options?.every((one) => typeof one === 'string')) return { kind: 'choice', options };
  if (type === 'boolean') return { kind: 'flag' };
  if (type === 'integer' || type === 'number') return number(schema, type === 'integer');
  if (type === 'string') return COLOUR.test(name) ? { kind: 'colour' } : { kind: 'text', long: LONG_TEXT.has(name) };
  if (type === 'object' && schema.properties) return { kind: 'group', fields: fieldsOf(root, schema) };
  if (type === 'array') return list(root, name, schema);
  return { kind: 'json' };
}

function amount(schema) {
  const [, how] = schema.anyOf;
  return schema.anyOf[0]?.type === 'boolean' && how?.type === 'number' ? { kind: 'amount', min: how.minimum ?? 0, max: how.maximum ?? 1 } : null;
}

function number(schema, integer) {
  const { minimum: min = null, maximum: max = null } = schema;
  const step = integer || max - min > 20 ? 1 : 0.01;
  const sliding = min !== null && max !== null && (max - min) / step <= MOST_STOPS;
  return { kind: sliding ? 'range' : 'number', min, max, integer, step };
}

function list(root, name, schema) {
  const items = schema.items ?? {};
  if (items.type === 'number' && schema.minItems && schema.minItems === schema.maxItems) return { kind: 'numbers', count: schema.minItems };
  if (items.type === 'array') return { kind: 'points' };
  return { kind: 'list', item: fieldOf(root, name, items, true), most: schema.maxItems ?? 32 };
}

function fieldsOf(root, schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, raw]) => fieldOf(root, name, raw, required.has(name)));
}

/** The fields of an operation; what this build only plans to have is left out. */
export const parametersOf = (schema) => fieldsOf(schema, schema).filter((field) => !PLANNED.test(field.help));

/** A value to begin with where one has to be given. */
export function firstValue(field) {
  if (field.fallback !== undefined && field.fallback !== null) return structuredClone(field.fallback);
  const { kind } = field;
  if (kind === 'target') return { kind: 'subject' };
  if (kind === 'choice') return field.options[0];
  if (kind === 'flag' || kind === 'amount') return true;
  if (kind === 'range' || kind === 'number') return field.min ?? 0;
  if (kind === 'colour') return '#ffffff';
  if (kind === 'picture') return 'original';
  if (kind === 'numbers') return Array(field.count).fill(0);
  if (kind === 'points' || kind === 'list') return [];
  if (kind === 'group') return Object.fromEntries(field.fields.filter((one) => one.required).map((one) => [one.name, firstValue(one)]));
  return kind === 'json' ? null : '';
}

/** Why a value that is set does not fit its field: `{ key, values }` of the page's words, or null. The server checks the rest. */
export function faultOf(field, value) {
  if (value === undefined) return field.required ? { key: 'plan.needed' } : null;
  if (value === null) return field.nullable ? null : { key: 'plan.needed' };
  if (field.kind === 'range' || field.kind === 'number') {
    if (typeof value !== 'number' || !Number.isFinite(value)) return { key: 'plan.number' };
    const { min, max } = field;
    if ((min !== null && value < min) || (max !== null && value > max)) {
      return { key: min === null ? 'plan.most' : max === null ? 'plan.least' : 'plan.between', values: { min, max } };
    }
    return field.integer && !Number.isInteger(value) ? { key: 'plan.whole' } : null;
  }
  if (field.kind === 'numbers') return Array.isArray(value) && value.length === field.count && value.every(Number.isFinite) ? null : { key: 'plan.number' };
  if ((field.kind === 'text' || field.kind === 'colour') && field.required && String(value).trim() === '') return { key: 'plan.needed' };
  return null;
}
