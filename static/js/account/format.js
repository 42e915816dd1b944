// Times, sizes and browsers in words.
import { bytes, language, t } from '../i18n.js';

const locale = () => (language() === 'zh' ? 'zh-CN' : 'en');

/** A day, like `28 Nov 2026`. */
export const day = (iso) => new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(new Date(iso));

/** A day and its minute. */
export const moment = (iso) => new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

/** How long ago: minutes, hours, days; older than a month as a day. */
export function ago(iso) {
  const minutes = Math.round((Date.now() - Date.parse(iso)) / 60_000);
  if (minutes < 2) return t('time.now');
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (minutes < 60) return words.format(-minutes, 'minute');
  if (minutes < 60 * 24) return words.format(-Math.round(minutes / 60), 'hour');
  return minutes < 60 * 24 * 30 ? words.format(-Math.round(minutes / 60 / 24), 'day') : day(iso);
}

/** Sizes up to gigabytes. */
export const size = (count) => (count >= 999.5e6 ? `${new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(count / 1e9)} GB` : bytes(count));

const BROWSERS = [['Edg', 'Edge'], ['OPR', 'Opera'], ['Firefox', 'Firefox'], ['Chrome', 'Chrome'], ['CriOS', 'Chrome'], ['FxiOS', 'Firefox'], ['Safari', 'Safari']];
const SYSTEMS = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']];

/** A browser and its system as people call them; what is unknown as it named itself. */
export function device(agent) {
  const named = (list) => list.find(([mark]) => agent.includes(mark))?.[1];
  const known = [named(BROWSERS), named(SYSTEMS)].filter(Boolean);
  return known.length ? known.join(' · ') : agent.slice(0, 60) || t('you.unknownDevice');
}
