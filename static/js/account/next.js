// Where to go after signing in.
import { at } from '../base.js';

/** `next` where it is a path of this site, else null: no other host, no other site of this host, and not the sign-in itself. */
export function safeNext(next) {
  if (!next?.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return null;
  let url;
  try { url = new URL(next, location.origin); } catch { return null; }
  const ours = url.origin === location.origin && url.pathname.startsWith(at('/'));
  return ours && ![at('/login'), at('/welcome')].includes(url.pathname) ? url.pathname + url.search + url.hash : null;
}
