/* Before anything is drawn, so that a page that was made dark by hand does not flash. */
try {
  const theme = localStorage.getItem("tunemock-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  /* Storage may be forbidden; the system's theme is good enough. */
}
