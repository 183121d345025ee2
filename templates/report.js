"use strict";
// Shows the values of a chart where a reader points, or steps with the arrow keys. The page is complete without it.
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  document.body.append(tip);

  const cell = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  };

  for (const figure of document.querySelectorAll("figure[data-hover]")) {
    const svg = figure.querySelector("svg");
    const [[top, bottom, ...names], ...stops] = figure.dataset.hover.split(";").map((line) => line.split("|"));
    if (stops.length === 0) continue;
    const box = svg.viewBox.baseVal;
    const line = document.createElementNS(svg.namespaceURI, "line");
    line.setAttribute("class", "pointed");
    line.setAttribute("y1", top);
    line.setAttribute("y2", bottom);
    let at = -1;

    const hide = () => {
      tip.hidden = true;
      line.remove();
    };
    const show = (next) => {
      at = Math.max(0, Math.min(stops.length - 1, next));
      const [x, head, ...values] = stops[at];
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      svg.append(line);
      const list = document.createElement("dl");
      names.forEach((name, n) => list.append(cell("dt", name), cell("dd", values[n])));
      tip.replaceChildren(cell("strong", head), list);
      tip.hidden = false;
      const drawn = svg.getBoundingClientRect();
      const place = drawn.left + ((x - box.x) / box.width) * drawn.width;
      const right = place + 12 + tip.offsetWidth < document.documentElement.clientWidth;
      tip.style.left = `${Math.max(4, right ? place + 12 : place - 12 - tip.offsetWidth)}px`;
      tip.style.top = `${Math.max(4, drawn.top + drawn.height * 0.24)}px`;
    };
    const point = (event) => {
      const drawn = svg.getBoundingClientRect();
      const x = box.x + ((event.clientX - drawn.left) / drawn.width) * box.width;
      let near = 0;
      stops.forEach((stop, n) => {
        if (Math.abs(stop[0] - x) < Math.abs(stops[near][0] - x)) near = n;
      });
      show(near);
    };
    svg.addEventListener("pointermove", point);
    svg.addEventListener("pointerdown", point);
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      show(at + step);
    });
    addEventListener("scroll", hide, { passive: true });
  }
})();
