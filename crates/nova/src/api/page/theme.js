// Runs before the first paint (a plain script, not a module), so that a chosen theme never flashes.
(() => {
  const THEMES = ['auto', 'light', 'dark'];
  let theme = 'auto';
  try {
    theme = localStorage.getItem('nova.theme') ?? 'auto';
  } catch { /* storage is refused: the system's theme it is */ }

  const apply = () => {
    if (!THEMES.includes(theme)) theme = 'auto';
    document.documentElement.dataset.theme = theme;
    const name = document.getElementById('theme-name');
    if (name) name.textContent = theme;
  };
  apply();

  document.addEventListener('DOMContentLoaded', () => {
    apply();
    document.getElementById('theme').addEventListener('click', () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      try {
        localStorage.setItem('nova.theme', theme);
      } catch { /* it lasts until the page closes */ }
      apply();
    });
  });
})();
