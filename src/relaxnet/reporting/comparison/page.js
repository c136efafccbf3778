"use strict";
// Interactive figures and sortable tables of the comparison page; the data stand in the element `figure-data`.
(() => {
  const data = JSON.parse(document.getElementById("figure-data").textContent);
  const config = {responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"]};
  const base = {dragmode: window.innerWidth < 640 ? false : "zoom", font: {family: "system-ui, sans-serif", size: 13, color: "#1d2329"}, paper_bgcolor: "#fff",
    plot_bgcolor: "#fff", hovermode: "closest"};
  const axis = (title, more) => ({title: {text: title, standoff: 8}, gridcolor: "#e3e6e9", zeroline: false, linecolor: "#5b6570",
    automargin: true, ...more});
  const short = v => v >= 1e-3 && v < 1e4 ? String(Number(v.toPrecision(1))) : v.toExponential(0).replace("-", "−");
  const narrow = () => window.innerWidth < 640;
  const legend = {orientation: "h", y: -0.2, yanchor: "top", x: 0};

  // draw first what comes into view; then the rest, one by one, so that a print or a picture has them all
  const later = new IntersectionObserver(entries => entries.filter(e => e.isIntersecting).forEach(e => {
    later.unobserve(e.target);
    if (!e.target.drawn) e.target.draw();
  }), {rootMargin: "400px"});
  const drawRest = () => {
    const next = [...document.querySelectorAll(".plot")].find(div => div.draw && !div.drawn);
    if (next) { next.draw(); setTimeout(drawRest, 100); }
  };
  addEventListener("load", () => setTimeout(drawRest, 500));
  const draw = (div, make) => {
    div.draw = () => { div.drawn = true; const [traces, layout] = make(); Plotly.react(div, traces, {...base, ...layout}, config); };
    if (div.drawn) div.draw(); else later.observe(div);
  };

  const sortedErrors = panel => () => {
    const traces = Object.entries(panel.curves).map(([name, [x, y]]) => ({name, x, y, mode: "lines",
      line: {...data.styles[name], width: 2}, hovertemplate: `${name}: %{x:.1f} % are below %{y:.3g}<extra></extra>`}));
    const all = Object.values(panel.curves).flatMap(([x, y]) => y.filter((v, i) => v !== null && x[i] >= 2));
    const heights = [...all, ...panel.thresholds.map(t => t[1])], high = heights.length ? Math.max(...heights) : 1;
    const low = all.length ? Math.max(Math.min(...all), high * 1e-6) : high / 10;  // errors may all be 0
    const shapes = panel.thresholds.map(t => ({type: "line", xref: "paper", x0: 0, x1: 1, y0: t[1], y1: t[1],
      line: {color: "#5b6570", width: 1, dash: "dot"}}));
    const crowded = (t, i) => i % 2 && t[1] < 1.6 * panel.thresholds[i - 1][1];  // beside the one below, not over it
    const annotations = panel.thresholds.map((t, i) => ({xref: "paper", x: crowded(t, i) ? 0.12 : 0.01, xanchor: "left",
      yanchor: "bottom", y: Math.log10(t[1]), text: t[0], showarrow: false, font: {size: 11, color: "#444c54"}}));
    return [traces, {height: 440, margin: {l: 60, r: 22, t: 20, b: 40}, shapes, annotations, legend, showlegend: true,
      xaxis: axis(`percent of ${data.samples} (%)`, {range: [0, 100], tickvals: [0, 20, 40, 60, 80, 100]}),
      yaxis: axis(panel.title, {type: "log", range: [Math.log10(low / 1.3), Math.log10(high * 1.6)], exponentformat: "power"})}];
  };
  document.querySelectorAll("[data-sorted]").forEach(div => {
    const [group, index] = div.dataset.sorted.split(":");
    draw(div, sortedErrors(data.sorted[group][index]));
  });

  // selects of a figure: `choices` gives [options, default] of each; a change draws again
  const controls = (box, names, redraw) => {
    const selects = names.map(([label, options]) => {
      const select = document.createElement("select");
      options.forEach((text, value) => select.add(new Option(text, value)));
      const frame = document.createElement("label");
      frame.append(label + " ", select);
      box.append(frame);
      select.onchange = redraw;
      return select;
    });
    return () => selects.map(select => Number(select.value));
  };

  const map = document.querySelector("[data-maps]");
  if (map) {
    const models = Object.keys(data.maps.models), kinds = data.maps.models[models[0]][0].kinds.map(k => k[0]);
    const redraw = () => draw(map, () => {
      const [model, pair, kind] = chosen(), found = data.maps.models[models[model]][pair], text = data.maps.pairs[pair];
      const [label, cells] = found.kinds[kind];
      const log = !label.endsWith("(count)");
      const z = cells.map(row => row.map(v => v === null || (log && v <= 0) ? null : log ? Math.log10(v) : v));
      const known = z.flat().filter(v => v !== null), low = Math.min(...known), high = Math.max(...known);
      const decades = [];
      for (let e = Math.floor(low); e <= Math.ceil(high); e++) [1, 3].forEach(m => decades.push(m * 10 ** e));
      const ticks = decades.filter(v => Math.log10(v) >= low - 0.01 && Math.log10(v) <= high + 0.01);
      const bar = {title: {text: label, side: "right"}, thickness: 14, ...(log && ticks.length > 1 ? {tickvals: ticks.map(Math.log10),
        ticktext: ticks.map(short)} : {})};
      const numbers = cells.map(row => row.map(v => v === null ? "" : v.toPrecision(3)));
      return [[{type: "heatmap", x: found.x, y: found.y, z, text: numbers, colorscale: "Cividis", colorbar: bar, hoverongaps: false,
        hovertemplate: `${text.x}: %{x:.4g}<br>${text.y}: %{y:.4g}<br>%{text}<extra>${models[model]}</extra>`}],
        {height: narrow() ? 380 : 520, margin: {l: 60, r: 10, t: 20, b: 50}, plot_bgcolor: "#ebebeb",
          xaxis: axis(text.x), yaxis: axis(text.y)}];
    });
    const chosen = controls(map.previousElementSibling, [["Model", models], ["Plane", data.maps.pairs.map(p => p.name)],
      ["Colour", kinds]], () => redraw());
    redraw();
  }

  const scatter = document.querySelector("[data-descriptors]");
  if (scatter) {
    const {names, errors, models} = data.descriptors, list = Object.keys(models);
    const median = values => { const s = [...values].sort((a, b) => a - b); return s[Math.floor(s.length / 2)]; };
    const redraw = () => draw(scatter, () => {
      const [model, target, descriptor] = chosen(), found = models[list[model]];
      const points = found.samples.map((name, i) => [found.descriptors[descriptor][i], found.errors[target][i], name])
        .filter(p => p[0] !== null && p[1] > 0).sort((a, b) => a[0] - b[0]);
      const size = Math.ceil(points.length / 12), groups = [];
      for (let i = 0; i < points.length; i += size) groups.push(points.slice(i, i + size));
      const spread = points.length ? points[points.length - 1][0] / points[0][0] : 1;
      return [[{type: "scatter", mode: "markers", name: data.samples, x: points.map(p => p[0]), y: points.map(p => p[1]),
        text: points.map(p => p[2]), marker: {color: "#0072B2", size: 5, opacity: 0.5},
        hovertemplate: "%{text}: %{x:.3g}, %{y:.3g}<extra></extra>"},
      {type: "scatter", mode: "lines", name: "running median", x: groups.map(g => median(g.map(p => p[0]))),
        y: groups.map(g => median(g.map(p => p[1]))), line: {color: "#D55E00", width: 2.5}, hoverinfo: "skip"}],
      {height: 440, margin: {l: 60, r: 12, t: 20, b: 40}, legend,
        xaxis: axis(names[descriptor], {type: spread > 20 ? "log" : "linear"}),
        yaxis: axis(errors[target], {type: "log", exponentformat: "power"})}];
    });
    const chosen = controls(scatter.previousElementSibling, [["Model", list], ["Error", errors], ["Against", names]], () => redraw());
    redraw();
  }

  // tables: a click on a head sorts by its column, a second one the other way round
  const number = text => parseFloat(text.replace("−", "-"));
  document.querySelectorAll("table.sortable").forEach(table => {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      head.tabIndex = 0;
      head.title = "sort";
      const sort = () => {
        const rising = head.getAttribute("aria-sort") !== "ascending";
        [...table.tHead.rows[0].cells].forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        [...body.rows].forEach(row => row.classList.remove("new"));  // groups of rows are no longer together
        const text = row => row.cells[column].textContent.trim();
        const compare = (a, b) => {
          const [p, q] = [number(text(a)), number(text(b))];
          return numeric ? p - q : text(a).localeCompare(text(b));
        };
        // where a column has numbers, cells without one come last
        const rows = [...body.rows], numeric = rows.some(row => !isNaN(number(text(row))));
        const last = rows.filter(row => numeric && isNaN(number(text(row)))), first = rows.filter(row => !last.includes(row));
        body.append(...first.sort((a, b) => rising ? compare(a, b) : compare(b, a)), ...last);
      };
      head.onclick = sort;
      head.onkeydown = event => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); sort(); } };
    });
  });
})();
