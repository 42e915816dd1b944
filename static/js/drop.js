// Pictures dropped anywhere on the page go to the composer; nothing dropped ever replaces the page.
import { byId } from './dom.js';

export function startDrop(addFiles) {
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
    addFiles(event.dataTransfer.files);
  });
}
