// Masks as files: written as 8-bit grey PNG, byte for byte what is on the canvas; read from any picture that the browser can show.
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** As on the server: values up to this are noise and count as not selected. */
const NOISE = 8;

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** One byte per pixel becomes a grey PNG. Source: PNG specification, third edition. */
export async function encodeGrey(width, height, values) {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y += 1) rows.set(values.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits; colour type 0 is grey
  const data = await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer();
  return new Blob([new Uint8Array(SIGNATURE), chunk('IHDR', new Uint8Array(header.buffer)), chunk('IDAT', new Uint8Array(data)), chunk('IEND', new Uint8Array())], { type: 'image/png' });
}

function chunk(name, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i += 1) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < 8 + data.length; i += 1) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  view.setUint32(8 + data.length, (crc ^ 0xffffffff) >>> 0);
  return bytes;
}

/**
 * The mask in a picture file, scaled to the given size, and the file's own size. White = selected; by alpha where some pixel is not opaque,
 * else by luminance (Rec. 709 weights on the stored values), as the server reads it. Not `smooth`: scaled at once, by the nearest pixel.
 */
export async function decodeMask(blob, width, height, smooth = true) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const own = { width: bitmap.width, height: bitmap.height };
  const read = smooth ? { width, height } : own;
  const context = new OffscreenCanvas(read.width, read.height).getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, read.width, read.height);
  bitmap.close();
  const values = selected(context.getImageData(0, 0, read.width, read.height).data);
  return { values: read.width === width && read.height === height ? values : nearest(values, read, { width, height }), ...own };
}

function selected(rgba) {
  const values = new Uint8Array(rgba.length / 4);
  let opaque = true;
  for (let i = 3; i < rgba.length && opaque; i += 4) opaque = rgba[i] === 255;
  for (let i = 0, p = 0; i < values.length; i += 1, p += 4) {
    const value = opaque ? ((rgba[p] * 2126 + rgba[p + 1] * 7152 + rgba[p + 2] * 722 + 5000) / 10000) | 0 : rgba[p + 3];
    values[i] = value <= NOISE ? 0 : value;
  }
  return values;
}

function nearest(values, from, to) {
  const out = new Uint8Array(to.width * to.height);
  const columns = Int32Array.from({ length: to.width }, (_, x) => Math.floor(((x + 0.5) * from.width) / to.width));
  for (let y = 0, i = 0; y < to.height; y += 1) {
    const row = Math.floor(((y + 0.5) * from.height) / to.height) * from.width;
    for (let x = 0; x < to.width; x += 1, i += 1) out[i] = values[row + columns[x]];
  }
  return out;
}
