"use strict";
// Figures of the page of a search; the data stand in the element `figure-data`.
(() => {
  const data = JSON.parse(document.getElementById("figure-data").textContent);
  const narrow = window.innerWidth < 640, ink = "#1d2329", blue = "#0072B2", red = "#D55E00";
  const config = {responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"]};
  const base = {dragmode: narrow ? false : "zoom", font: {family: "system-ui, sans-serif", size: 13, color: ink},
    paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "closest", margin: {l: 60, r: 16, t: 16, b: 50}, showlegend: false};
  const axis = (title, more) => ({title: {text: title, standoff: 8}, gridcolor: "#e3e6e9", zeroline: false,
    linecolor: "#5b6570", automargin: true, ...more});
  const draw = (div, traces, layout, more) => Plotly.react(div, traces, {...base, ...layout}, {...config, ...more});
  const several = data.objectives.length > 1;
  const complete = data.trials.filter(t => t.state === "complete");
  const shown = data.trials.filter(t => t.values.length);
  const last = shown.length ? shown[shown.length - 1].number : 0;
  const params = t => Object.entries(t.texts).map(([name, text]) => `${name} = ${text}`).join("<br>");
  const hover = t => `trial ${t.number}${t.number === data.chosen ? " (chosen)" : ""}<br>${params(t)}`;
  const spread = values => values.length && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
  const scale = (values, label) => axis(label, {type: spread(values) ? "log" : "linear"});
  const wrapped = (text, room) => (text.match(/[^ :]+[ :]?/g) ?? [text]).reduce((lines, word) => {
    const line = lines[lines.length - 1];
    return line && (line + word).trimEnd().length > room ? [...lines, word] : [...lines.slice(0, -1), line + word];
  }, [""]).map(line => line.trim());
  // Left to itself, Plotly turns labels that are too wide, and leaves out those that then do not fit
  const choices = (texts, width) => {
    const slot = width / texts.length / 6.5;  // in characters
    const level = texts.map(text => wrapped(text, slot));
    const wide = level.map(lines => Math.max(...lines.map(line => line.length)));
    const fit = wide.every((own, i) => !i || (wide[i - 1] + own) / 2 < slot);
    const labels = fit ? level : texts.map(text => wrapped(text, 14));
    return {tickvals: texts.map((_, i) => i), ticktext: labels.map(lines => lines.join("<br>")), tickangle: fit ? 0 : -90,
      tickfont: {size: 11}, ticklabeloverflow: "allow", range: [-0.5, texts.length - 0.5]};
  };
  const star = (x, y) => ({type: "scatter", mode: "markers", x: [x], y: [y], hoverinfo: "skip",
    marker: {symbol: "star", size: 16, color: red, line: {color: "#fff", width: 1}}});
  const chosen = complete.find(t => t.number === data.chosen);

  const controls = (box, names, redraw) => {
    const selects = names.map(([label, options, value]) => {
      const select = document.createElement("select"), frame = document.createElement("label");
      options.forEach((text, number) => select.add(new Option(text, number)));
      select.value = value;
      frame.append(label + " ", select);
      box.append(frame);
      select.onchange = redraw;
      return select;
    });
    return () => selects.map(select => Number(select.value));
  };

  document.querySelectorAll("[data-history]").forEach(div => {
    const index = Number(div.dataset.history), traces = [];
    const points = (trials, marker) => ({type: "scatter", mode: "markers", x: trials.map(t => t.number), marker,
      y: trials.map(t => t.values[index]), text: trials.map(hover), hovertemplate: "%{text}<br><b>%{y:.4g}</b><extra></extra>"});
    if (several) {
      traces.push(points(complete, {size: 8, color: complete.map(t => t.front ? blue : "#fff"), line: {color: blue, width: 1.5}}));
    } else {
      traces.push(points(shown.filter(t => t.state === "pruned"), {symbol: "x-thin", size: 8, line: {color: "#5b6570", width: 1.5}}),
        points(complete, {size: 8, color: blue}));
      let best = Infinity;
      traces.push({type: "scatter", mode: "lines", line: {color: blue, width: 1.5, shape: "hv"}, hoverinfo: "skip",
        x: complete.map(t => t.number), y: complete.map(t => best = Math.min(best, t.values[0]))});
    }
    if (chosen) traces.push(star(chosen.number, chosen.values[index]));
    draw(div, traces, {height: 360, xaxis: axis("trial (number)", {range: [-0.6, last + 0.6], ...(last < 12 ? {dtick: 1} : {})}),
      yaxis: scale(complete.map(t => t.values[index]), data.objectives[index].label)});
  });

  const shares = document.querySelector("[data-importances]");
  if (shares) {
    const names = data.parameters.map(p => p.name).filter(name => data.importances.some(found => found.some(f => f[0] === name)));
    const mean = name => data.importances.reduce((sum, found) => sum + (found.find(f => f[0] === name) ?? [0, 0])[1], 0);
    names.sort((a, b) => mean(a) - mean(b));
    const colors = [blue, red, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
    const traces = data.importances.map((found, index) => ({type: "bar", orientation: "h", name: data.objectives[index].words, y: names,
      x: names.map(name => 100 * (found.find(f => f[0] === name) ?? [0, 0])[1]), marker: {color: colors[index % colors.length]},
      hovertemplate: "%{y}: %{x:.0f} %<extra></extra>"})).reverse();
    draw(shares, traces, {height: 110 + names.length * (22 + 14 * data.importances.length), barmode: "group", showlegend: several,
      legend: {orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "reversed"},
      xaxis: axis("share of the variance (%)", {rangemode: "tozero"}), yaxis: axis("", {ticksuffix: " "})}, {displayModeBar: false});
  }

  const slices = [...document.querySelectorAll("[data-slice]")];
  const drawSlices = () => {
    const index = of()[0], trials = (several ? complete : shown).filter(t => t.values.length > index);
    const pattern = data.trials.length;
    slices.forEach(div => {
      const p = data.parameters[Number(div.dataset.slice)], own = trials.filter(t => p.name in t.places);
      const place = t => p.log ? 10 ** t.places[p.name] : t.places[p.name];
      const traces = [{type: "scatter", mode: "markers", x: own.map(place), y: own.map(t => t.values[index]), text: own.map(hover),
        hovertemplate: "%{text}<br><b>%{y:.4g}</b><extra></extra>",
        marker: {size: 8, color: own.map(t => t.number), cmin: -0.4 * pattern, cmax: pattern, colorscale: "Blues", reversescale: true,
          symbol: own.map(t => t.state === "pruned" ? "x" : "circle"), line: {color: "#5b6570", width: 0.5}}}];
      if (chosen && p.name in chosen.places) traces.push(star(place(chosen), chosen.values[index]));
      const fixed = p.ticks ? {tickvals: p.ticks.map(v => p.log ? 10 ** v : v)} : {};
      const ticks = p.numeric ? {type: p.log ? "log" : "linear", ...fixed}
        : choices(p.texts, div.clientWidth - 80);
      draw(div, traces, {height: 300, xaxis: axis(p.name, ticks), yaxis: scale(own.map(t => t.values[index]), data.objectives[index].label)});
    });
  };
  const box = document.querySelector("[data-slices-control]");
  const of = box ? controls(box, [["Error", data.objectives.map(o => o.label), 0]], () => drawSlices()) : () => [0];
  drawSlices();

  const parallel = document.querySelector("[data-parallel]");
  if (parallel && complete.length) {
    const numbers = values => {
      const low = Math.min(...values), high = Math.max(...values);
      return [low, high > low ? high : low + (Math.abs(low) || 1)];
    };
    const dimensions = data.parameters.map(p => {
      const [low, high] = p.numeric ? numbers(p.range) : [0, p.texts.length - 1 || 1];
      const none = low - 0.15 * (high - low), missing = complete.some(t => !(p.name in t.places));
      let ticks = p.numeric ? p.ticks ?? [0, 1, 2, 3, 4].map(i => low + i * (high - low) / 4) : p.texts.map((_, i) => i);
      let texts = p.numeric ? ticks.map(v => String(Number((p.log ? 10 ** v : v).toPrecision(2)))) : p.texts;
      if (missing) { ticks = [none, ...ticks]; texts = ["–", ...texts]; }
      return {label: p.name, range: [missing ? none : low, high], tickvals: ticks, ticktext: texts,
        values: complete.map(t => p.name in t.places ? t.places[p.name] : none)};
    });
    data.objectives.forEach((o, i) => dimensions.push({label: o.label, values: complete.map(t => t.values[i]),
      range: numbers(complete.map(t => t.values[i]))}));
    // few colours for outliers: the ranks of the values, not the values
    const order = complete.map(t => t.values[0]).sort((a, b) => a - b);
    const left = Math.max(0, ...(dimensions[0].ticktext ?? []).map(text => text.length));
    draw(parallel, [{type: "parcoords", dimensions, labelfont: {size: 12}, tickfont: {size: 11}, rangefont: {size: 1, color: "#fff"},
      line: {color: complete.map(t => order.indexOf(t.values[0])), colorscale: "Viridis", showscale: false}}],
      {height: 440, margin: {l: Math.max(70, 16 + 6 * left), r: 90, t: 60, b: 24}}, {displayModeBar: false});
  }

  const front = document.querySelector("[data-front]");
  if (front) {
    const names = data.objectives.map(o => o.label);
    const redraw = () => {
      const [x, y] = axes(), values = index => complete.map(t => t.values[index]);
      const traces = [{type: "scatter", mode: "markers", x: values(x), y: values(y), text: complete.map(hover),
        hovertemplate: "%{text}<br><b>%{x:.4g}, %{y:.4g}</b><extra></extra>",
        marker: {size: 9, color: complete.map(t => t.front ? blue : "#fff"), line: {color: blue, width: 1.5}}}];
      if (chosen) traces.push(star(chosen.values[x], chosen.values[y]));
      draw(front, traces, {height: 460, xaxis: scale(values(x), names[x]), yaxis: scale(values(y), names[y])});
    };
    const axes = controls(front.previousElementSibling, [["Across", names, 0], ["Up", names, 1]], () => redraw());
    redraw();
  }
})();
