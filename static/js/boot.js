// Sets the chosen theme before the first paint, so that a dark page never flashes white. Not a module: it must run before the body.
(function () {
  var theme = null;
  try { theme = localStorage.getItem('portico-theme'); } catch (e) { /* storage may be switched off */ }
  document.documentElement.dataset.theme = theme === 'light' || theme === 'dark' ? theme : 'auto';
})();
