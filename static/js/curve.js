// The price over time, drawn live. The server's drawing and the table stand until this is ready,
// and where it cannot be.
import { money } from "./amounts.js";
import { clockTime, moment, momentElement, shortMoment } from "./moments.js";
import { settings } from "./settings.js";

const NOTHING = { add() {} };

export function start(figure) {
  return figure ? new Curve(figure) : NOTHING;
}

class Curve {
  constructor(figure) {
    this.figure = figure;
    this.currency = figure.dataset.currency;
    this.plotBox = figure.querySelector("[data-curve=plot]");
    this.rows = figure.querySelector("[data-curve=rows]");
    this.points = [...this.rows.children].map(({ dataset }) => ({
      seq: Number(dataset.seq),
      at: Date.parse(dataset.at) / 1_000,
      amount: Number(dataset.amount),
    }));
    // A drawing below the fold is not worth its library until somebody scrolls to it.
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      this.load();
    }).observe(figure);
  }

  async load() {
    try {
      const { default: Plot } = await import(settings.vendor.uplot);
      await stylesheet(settings.vendor.uplot_css);
      this.Plot = Plot;
      this.draw();
    } catch {
      // The server's drawing stays.
    }
  }

  add(bids) {
    const known = new Set(this.points.map(({ seq }) => seq));
    const fresh = bids.filter(({ seq }) => !known.has(seq));
    if (!fresh.length) return;
    for (const bid of fresh) this.addRow(bid);
    this.points.push(
      ...fresh.map(({ seq, at, amount_minor: amount }) => ({
        seq,
        at: Date.parse(at) / 1_000,
        amount,
      })),
    );
    this.points.sort((one, other) => one.seq - other.seq);
    if (this.points.length > 1) this.figure.hidden = false;
    if (this.plot) this.plot.setData(this.columns());
    else if (this.Plot) this.draw();
  }

  addRow({ seq, at, amount_minor: amount }) {
    const row = this.rows.insertRow();
    row.className = "govuk-table__row";
    row.dataset.seq = seq;
    const [when, price] = [row.insertCell(), row.insertCell()];
    when.className = "govuk-table__cell";
    when.append(momentElement(Date.parse(at), Date.now(), shortMoment));
    price.className = "govuk-table__cell govuk-table__cell--numeric";
    price.textContent = money(amount, this.currency);
  }

  columns() {
    return [this.points.map(({ at }) => at), this.points.map(({ amount }) => amount)];
  }

  draw() {
    if (this.points.length < 2) return;
    this.plotBox.replaceChildren();
    this.plotBox.dataset.live = "";
    this.plot = new this.Plot(this.options(), this.columns(), this.plotBox);
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(this.plotBox);
  }

  size() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.plotBox);
    const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight);
    return { width: Math.max(240, this.plotBox.clientWidth - padding), height: 248 };
  }

  options() {
    const style = getComputedStyle(this.figure);
    const ink = style.getPropertyValue("--luo-ink").trim();
    const line = style.getPropertyValue("--luo-line").trim();
    const slate = style.getPropertyValue("--luo-slate").trim();
    const font = `14px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: slate, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const labels = (values) => values.map((value) => money(Math.round(value), this.currency));
    return {
      ...this.size(),
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false },
      scales: { x: { time: true } },
      axes: [
        { ...axis, size: 32, space: 90, values: (_, moments) => moments.map((at) => clockTime(at * 1_000)) },
        { ...axis, size: 118, gap: 8, space: 48, values: (_, amounts) => labels(amounts) },
      ],
      series: [
        { value: (_, at) => (at === null ? "" : moment(at * 1_000, at * 1_000)) },
        { stroke: ink, width: 2, paths: this.Plot.paths.stepped({ align: 1 }), points: { size: 5 } },
      ],
    };
  }
}

function stylesheet(href) {
  return new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    document.head.append(link);
  });
}
