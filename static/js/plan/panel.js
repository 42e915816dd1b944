// Where the plan editor stands: over the conversation, beside the canvas, one at a time; it gives the focus back and stays through a change of language.
import { confirm } from '../dialog.js';
import { byId } from '../dom.js';
import { onLanguage, t } from '../i18n.js';
import { PlanEditor, prepare } from './editor.js';

const BEHIND = ['conversation', 'composer'];
let open = null;
let listening = false;

/** `host`: `{ store, layout, mark(task), run(request) }`; `again()` gives the source anew, in the words of the language that is chosen then. */
export async function openPlan(host, again) {
  const opener = document.activeElement;
  const source = again();
  const operations = await prepare();
  if (!source || (open && !(await mayGo()))) return;
  close(false);
  show(host, again, source, operations, opener);
  open.editor.title.focus();
  listen(host.store);
}

function show(host, again, source, operations, opener, kept = null) {
  const editor = new PlanEditor(host.store, source, operations, {
    close: async () => { if (await mayGo()) close(); },
    run: async (request) => { await host.run(request); close(false); byId('scroller').focus({ preventScroll: true }); },
    mark: (task) => host.mark(task),
    back: () => { host.store.look(null); host.layout.show('chat'); },
  }, kept);
  open = { editor, host, again, opener, session: host.store.session?.id };
  byId('app').append(editor.element);
  byId('app').dataset.planning = '';
  for (const name of BEHIND) byId(name).inert = true;
  host.layout.show('chat');
}

function listen(store) {
  if (listening) return;
  listening = true;
  store.on('session', () => { if (open && open.session !== store.session?.id) close(false); });
  onLanguage(async () => {
    if (!open) return;
    const { host, again, opener, editor } = open;
    const operations = await prepare();
    if (open?.editor !== editor) return;
    const { kept } = editor;
    const focused = editor.element.contains(document.activeElement);
    editor.element.remove();
    show(host, again, again() ?? editor.source, operations, opener, kept);
    if (focused) open.editor.title.focus();
  });
}

/** What was changed and did not run is not thrown away unasked. */
async function mayGo() {
  return !open.editor.changed || confirm(t('plan.dropTitle'), t('plan.dropText'), t('plan.drop'));
}

function close(refocus = true) {
  if (!open) return;
  const { editor, host, opener } = open;
  open = null;
  editor.element.remove();
  delete byId('app').dataset.planning;
  for (const name of BEHIND) byId(name).inert = false;
  if (host.store.mask?.task?.use) host.store.setMask(null);
  if (!refocus) return;
  const card = editor.source.job && document.querySelector(`[data-job="${CSS.escape(editor.source.job.id)}"] .edit-plan`);
  (opener?.isConnected && opener !== document.body ? opener : card ?? byId('instruction')).focus();
}
