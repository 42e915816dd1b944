// Reads a colour table (a .cube file) that is to go with the next instruction.
import { t } from './i18n.js';
import { toast } from './announce.js';

/** As the server takes it, in bytes of text. */
const MOST_BYTES = 4_000_000;

/** A .cube file as `{name, cube}`; null, with the reason said, where it cannot be one. */
export async function readLut(file) {
  if (file.size > MOST_BYTES) { toast(t('lut.tooLarge')); return null; }
  const cube = await file.text();
  if (!/^\s*LUT_[13]D_SIZE\s/m.test(cube)) { toast(t('lut.none', { name: file.name })); return null; }
  return { name: file.name.replace(/\.cube$/i, ''), cube };
}
