// Where this page lives on its host: at the root, or under the path that a proxy gives it. The scripts' own address says which.
const BASE = new URL('../..', import.meta.url).pathname.slice(0, -1);

/** The address of a path of this site: `at('/api/v1/me')`. Addresses that the server gives begin with the base path already. */
export const at = (path) => BASE + path;

/** The path of the page's address, as the site's own routes name it. */
export const here = () => (BASE && location.pathname.startsWith(`${BASE}/`) ? location.pathname.slice(BASE.length) : location.pathname);
