// A plan as one command for a shell: the same pictures, the same steps, without a session.

/** What may name a picture. */
const PICTURES = new Set(['input', 'inputs', 'images', 'image', 'with', 'to', 'from', 'background']);

/** In single quotes for any POSIX shell, whatever it holds. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The command that runs `plan` on the picture `base` by `/api/v1/run`. A call of its own has no versions: those that the plan names go along as
 * pictures, and a mask that went with the message by its id. `versions(number)` gives a version's picture, `api` is where the interface lies, `signed` whether it asks for a key, `original` is the upload that `base` comes from.
 */
export function curlOf({ plan, base, original = base, versions, mask = null, api, signed = false }) {
  const images = [base.id];
  const nameOf = (image) => {
    if (!images.includes(image.id)) images.push(image.id);
    return `image:${images.indexOf(image.id) + 1}`;
  };
  const named = (value) => {
    const version = String(value).match(/^version:(\d+)$/);
    if (version && versions(Number(version[1]))) return nameOf(versions(Number(version[1])));
    return value === 'original' && original.id !== base.id ? nameOf(original) : value;
  };
  const text = JSON.stringify(plan, (key, value) => (PICTURES.has(key) ? (Array.isArray(value) ? value.map(named) : typeof value === 'string' ? named(value) : value) : value));
  const last = plan.steps.findLast((step) => step.op === 'export')?.params?.format;
  const body = { images, plan: JSON.parse(text), ...(mask && { mask }), ...(!last && { format: 'png' }) };
  return [`curl -sS --fail-with-body ${quoted(`${api}/run`)}`, ...(signed ? ['-H "Authorization: Bearer $PORTICO_KEY"'] : []), "-H 'Content-Type: application/json'", `--data-binary ${quoted(JSON.stringify(body))}`, `-o ${quoted(`result.${extension(last)}`)}`].join(' \\\n  ');
}

/** The command that runs a saved recipe on a picture of one's own, with the values that differ from its defaults. */
export function curlOfRecipe({ recipe, values, api, signed = false }) {
  const given = Object.keys(values).length > 0;
  return [`curl -sS --fail-with-body ${quoted(`${api}/run`)}`, ...(signed ? ['-H "Authorization: Bearer $PORTICO_KEY"'] : []), '-F image=@photo.jpg', `-F recipe=${quoted(recipe)}`,
    ...(given ? [`-F values=${quoted(JSON.stringify(values))}`] : []), '-OJ'].join(' \\\n  ');
}

const extension = (format) => ({ jpeg: 'jpg', tiff: 'tif' })[format] ?? format ?? 'png';
