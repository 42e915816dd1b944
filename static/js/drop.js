// Files dropped anywhere on the page are taken, or left; nothing dropped ever replaces the page.
import { byId } from './dom.js';

/** `take(transfer)` is given what was dropped, while it can be read. */
export function startDrop(take) {
  const overlay = byId('drop-overlay');
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  let depth = 0;
  const show = (value) => { depth = value; overlay.hidden = depth <= 0; };
  addEventListener('dragenter', (event) => { if (hasFiles(event)) { event.preventDefault(); show(depth + 1); } });
  addEventListener('dragleave', (event) => { if (hasFiles(event)) show(depth - 1); });
  addEventListener('dragover', (event) => { if (hasFiles(event)) { event.preventDefault(); event.dataTransfer.dropEffect = 'copy'; } });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(0);
    take(event.dataTransfer);
  });
}
