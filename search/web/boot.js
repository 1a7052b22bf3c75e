// Runs before the first paint, so that neither the language nor the colours change under the reader's eyes.
(() => {
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const root = document.documentElement;
  const wanted = kept("language") ?? (navigator.languages?.[0] ?? navigator.language ?? "en");
  root.lang = wanted.toLowerCase().startsWith("ko") ? "ko" : "en";
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
