// A plan that ran, made ready to run again in a message of its own.

/** What the user said that a job answers, or undefined. */
export function askedFor(store, job) {
  const answer = store.messages.find((m) => m.job === job.id && m.role === 'assistant');
  return store.messages.find((m) => m.id === answer?.reply_to);
}

/** The pictures that a job was given: all of its message, or where each has a job of its own, its one. */
export function picturesOf(store, job) {
  const asked = askedFor(store, job);
  const answers = store.messages.filter((m) => m.reply_to === asked?.id && m.role === 'assistant');
  const images = asked?.images ?? [];
  return answers.length > 1 && answers.length === images.length ? [images[answers.findIndex((m) => m.job === job.id)]] : images;
}

/** A copy of the plan in which the pictures that came with the message are named as the versions that they are by now. */
export function withVersions(store, job, plan) {
  const images = picturesOf(store, job);
  return JSON.parse(JSON.stringify(plan).replace(/"image:(\d+)"/g, (whole, n) => {
    const root = store.versions.find((v) => v.kind === 'upload' && v.image.id === images[n - 1]?.id);
    return root ? `"version:${root.number}"` : whole;
  }));
}
