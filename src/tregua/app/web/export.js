// A figure as files: SVG and PNG from what is drawn, CSV from its tables.

/** @import {Table} from "./types.js" */

import { csvOf, handOut, slug, standAlone } from "/chart.js";
import { columnsOf } from "./table.js";

/** Colours by role as on paper, whatever theme the page has. @param {string} svg its text */
function lightColours(svg) {
  const probe = document.createElement("span");
  probe.dataset.theme = "light";
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const roles = new Set([...svg.matchAll(/var\(--([\w-]+)\)/g)].map((m) => m[1]).concat(["card", "ink", "muted"]));
  const colours = Object.fromEntries([...roles].map((role) => [role, style.getPropertyValue(`--${role}`).trim() || "#000"]));
  probe.remove();
  return colours;
}

/** The drawing of a figure as SVG text; what is for the screen only (`data-screen`) stays out. @param {SVGSVGElement} svg */
export function drawing(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  copy.querySelectorAll("[data-screen]").forEach((node) => node.remove());
  copy.querySelectorAll("[tabindex],[aria-label],[role]").forEach((node) => {
    for (const name of ["tabindex", "aria-label", "role"]) node.removeAttribute(name);
  });
  copy.setAttribute("font-family", "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif");
  const [, , width, whole] = String(copy.getAttribute("viewBox")).split(/[ ,]+/).map(Number);
  const height = Number(copy.dataset.paper) || whole; // a part for the screen only may stand below
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.removeAttribute("class");
  return new XMLSerializer().serializeToString(copy);
}

/** A whole picture: title, drawing, sources, provenance. @param {string} svgText @param {{title: string, sources: string, made: string}} about */
export function picture(svgText, { title, sources, made }) {
  return standAlone(svgText, { title, sources, made, colours: lightColours(svgText) });
}

/** A picture as PNG at twice its size. @param {string} svgText @param {number} [scale] @returns {Promise<Blob>} */
export async function png(svgText, scale = 2) {
  const url = URL.createObjectURL(new Blob([svgText], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = () => failed(new Error("The picture cannot be drawn."));
      image.src = url;
    });
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * scale;
    canvas.height = image.naturalHeight * scale;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.scale(scale, scale);
    pen.drawImage(image, 0, 0);
    return await new Promise((done, failed) => {
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The picture is too large."))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A table of a figure as CSV text. @param {Table} table */
export function csv({ columns, rows }) {
  const names = (columns || columnsOf(rows)).filter((c) => c.kind !== "node").map((c) => c.key);
  return csvOf(names, rows.length, (key, i) => rows[i][key]);
}

/** Name of a file of this case: letters, digits and hyphens only. @param {{case: string}} about @param {string} name @param {string} ending */
export const fileName = (about, name, ending) =>
  `tregua_${slug(about.case || "case")}_${slug(name)}.${ending}`;

export { handOut };
