// A classic script in the head: the theme holds before anything is painted.
(() => {
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return JSON.parse(localStorage.getItem("theme"));
    } catch {
      return null;
    }
  };
  const apply = () => {
    const theme = chosen() ?? (prefersDark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=theme-color]").content =
      theme === "dark" ? "#0f1411" : "#f5f4ee";
  };
  prefersDark.addEventListener("change", apply);
  addEventListener("themechange", apply);
  apply();
})();
