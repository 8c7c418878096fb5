// What every part of the page may need to know of the server's case, and the page's own voice.

/** Version, case, digest and limits; `main.js` fills it in at the start. */
export const about = {
  case: "", title: {}, version: "", digest: "", limits: {}, made: "",
  /** Tell assistive technology something that eyes see elsewhere. */
  announce(text) {
    const status = document.getElementById("status");
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  },
};
