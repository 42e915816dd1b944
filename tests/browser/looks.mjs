// How screens are looked at: four looks of the page, and what would keep somebody out of it.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './harness.mjs';

const AXE = fs.readFileSync(path.join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');

export const LOOKS = [
  { name: 'light-zh', lang: 'zh-CN' }, { name: 'dark-en', lang: 'en-US', dark: true },
  { name: '390-light-en', lang: 'en-US', width: 390, height: 844, touch: true }, { name: '390-dark-zh', lang: 'zh-CN', width: 390, height: 844, touch: true, dark: true },
];

/** Serious findings of axe-core, as lines to read. */
export async function findings(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 140)} ${n.any[0]?.message ?? ''}`));
  });
}

/** Chinese words in sight on an English page; `theirs`: what people wrote themselves. */
export const mixed = (page, theirs) => page.evaluate((left) => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll(`#lang-switch, noscript, .messages, ${left}`).forEach((element) => element.remove());
  return copy.textContent.match(/\p{Script=Han}+/gu) ?? [];
}, theirs);

/** Controls that a finger would miss. */
export const small = (page) => page.evaluate(() => [...document.querySelectorAll('button, a, select, summary, input:not([type=radio]):not([type=checkbox]):not([type=file]):not([type=range])')]
  .filter((e) => e.offsetParent && !e.closest('.failure, .batch-failures, .batch-about, .skip') && !e.classList.contains('skip')).map((e) => [e.getBoundingClientRect(), e.title || e.textContent.trim() || e.id])
  .filter(([r]) => r.width > 0 && r.height < 36).map(([r, name]) => `${name} ${Math.round(r.height)}`));

export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
