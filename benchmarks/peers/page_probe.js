// When does a chart change? The same for every page: drawings on a canvas, and changes of elements.

function watchPage(chart, ready, mark) {
  const probe = { key: 0, since: 0, last: 0, marked: 0, pressed: 0, ended: 0, steps: 0 };

  const changed = () => {
    probe.last = performance.now();
    probe.since ||= probe.last;
  };

  // Elements, those in shadow trees included.
  probe.find = (selector, root = document) => {
    const found = root.querySelector(selector);
    if (found) return found;
    const [host, ...rest] = selector.split(" ");
    for (const element of root.querySelectorAll("*")) {
      if (!element.shadowRoot) continue;
      // What follows a host may lie in its shadow.
      const inside = rest.length && element.matches(host) ? probe.find(rest.join(" "), element.shadowRoot) : null;
      const deeper = inside || probe.find(selector, element.shadowRoot);
      if (deeper) return deeper;
    }
    return null;
  };

  for (const name of ["fill", "stroke", "drawImage", "putImageData"]) {
    const plain = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      changed();
      return plain.apply(this, given);
    };
  }
  new MutationObserver((records) => {
    for (const { target, attributeName } of records) {
      const element = target.closest ? target : target.parentElement;
      if (mark && attributeName === mark) probe.marked ||= performance.now();
      if (element?.closest(chart) || (mark && attributeName === mark)) changed();
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  addEventListener("keydown", () => { probe.key = performance.now(); probe.since = 0; probe.marked = 0; }, true);

  const quiet = (pause, patience, from, true_) => new Promise((told, failed) => {
    const begun = performance.now();
    const look = setInterval(() => {
      const now = performance.now();
      if (true_() && probe.since && now - probe.last > pause) {
        clearInterval(look);
        // A page that says when it has drawn is believed; it may draw again, with more to say.
        told((mark ? probe.marked : probe.last) - from());
      } else if (now - begun > patience) {
        clearInterval(look);
        failed(new Error("the chart did not change"));
      }
    }, 10);
  });

  // Milliseconds from the beginning of the navigation, and from the last key.
  probe.settled = (pause, patience) => quiet(pause, patience, () => 0, () => probe.find(ready));
  probe.forget = () => { probe.key = probe.since = 0; };
  probe.redrawn = (pause, patience) => quiet(pause, patience, () => probe.key, () => probe.key && (!mark || probe.marked));

  // Press a button; remember when a line says that it is done, and how often the page told progress.
  probe.run = (button, line, text, progress) => {
    const seen = new Set();
    const elements = {};
    const told = (selector) => {
      if (!elements[selector]?.isConnected) elements[selector] = probe.find(selector);
      return elements[selector]?.textContent || "";
    };
    Object.assign(probe, { pressed: Date.now(), ended: 0, steps: 0 });
    const look = setInterval(() => {
      const share = told(progress).match(/^[^\d]*([\d,]+) (of|\/) 2,000/)?.[1];
      if (share) seen.add(share);
      probe.steps = seen.size;
      if (!told(line).includes(text)) return;
      clearInterval(look);
      probe.ended = Date.now();
    }, 50);
    probe.find(button).click();
  };
  probe.finished = (patience) => new Promise((told, failed) => {
    const begun = Date.now();
    const look = setInterval(() => {
      if (!probe.ended && Date.now() - begun < patience) return;
      clearInterval(look);
      if (probe.ended) told([probe.pressed, probe.ended]);
      else failed(new Error("the run did not end"));
    }, 50);
  });
  window.probe = probe;
}
