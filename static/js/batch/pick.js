// What was chosen or dropped for a batch, sorted into pictures, archives, tables and what is left alone.

const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic|heif)$/i;
const ARCHIVE = /\.zip$/i;
const TABLE = /\.(csv|tsv|xlsx)$/i;
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;

/** Files from a picker, each with its path: below the folder that was chosen, or its name alone. */
export const ofInput = (files) => [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** Files of what was dropped (`FileSystemEntry` or `File`), folders with all that is in them. */
export async function ofEntries(entries) {
  const found = [];
  const walk = async (entry, folder) => {
    if (!entry) return;
    if (entry instanceof File) { found.push({ file: entry, path: entry.name }); return; }
    const path = folder + entry.name;
    if (entry.isFile) { found.push({ file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }), path }); return; }
    const reader = entry.createReader();
    // a folder is read a hundred at a time
    for (let some = await read(reader); some.length; some = await read(reader)) for (const one of some) await walk(one, `${path}/`);
  };
  for (const entry of entries) await walk(entry, '');
  return found;
}

const read = (reader) => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });

/** `{ pictures, archives, tables, left }`; `left` is the number of files that are none of these. Hidden ones are not counted. */
export function sorted(files) {
  const into = { pictures: [], archives: [], tables: [], left: 0 };
  for (const one of files) {
    const { name, type, size } = one.file;
    if (HIDDEN.test(one.path)) continue;
    if (ARCHIVE.test(name)) into.archives.push(one);
    else if (TABLE.test(name)) into.tables.push(one);
    else if (size > 0 && (PICTURE.test(name) || type.startsWith('image/'))) into.pictures.push(one);
    else into.left += 1;
  }
  into.pictures.sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
  return into;
}
