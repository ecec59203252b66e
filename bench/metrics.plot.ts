/** A small log-log plot as SVG, legible in light and dark. */

export interface Dots {
  label: string;
  /** Class of the colour: a, b, c … */
  colour: 'a' | 'b' | 'c';
  /** Drawn as rings instead of discs. */
  hollow?: boolean;
  points: { x: number; y: number }[];
}

const width = 760;
const height = 440;
const box = { left: 76, right: 24, top: 76, bottom: 64 };

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 11.5px; fill: #59636e; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .line { fill: none; stroke-width: 1.6; opacity: .55; }
  .a { stroke: #0969da; fill: #0969da; } .b { stroke: #bc4c00; fill: #bc4c00; } .c { stroke: #1a7f37; fill: #1a7f37; }
  .hollow { fill: #ffffff; stroke-width: 1.8; } .hollow-line { stroke-dasharray: 4 4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
    .a { stroke: #4493f8; fill: #4493f8; } .b { stroke: #f0883e; fill: #f0883e; } .c { stroke: #3fb950; fill: #3fb950; }
    .hollow { fill: #0d1117; }
  }`;

/** Powers of ten that enclose the values. */
function decades(values: number[]): { from: number; to: number } {
  const logs = values.map((value) => Math.log10(value));
  const from = Math.floor(Math.min(...logs));
  return { from, to: Math.max(from + 1, Math.ceil(Math.max(...logs))) };
}

const short = (value: number) =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : String(Number(value.toPrecision(3)));
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @returns the text of an SVG file */
export function plot(title: string, axes: { x: string; y: string }, dots: readonly Dots[]): string {
  const xs = decades(dots.flatMap(({ points }) => points.map(({ x }) => x)));
  const ys = decades(dots.flatMap(({ points }) => points.map(({ y }) => y)));
  const across = (x: number) =>
    box.left + ((Math.log10(x) - xs.from) / (xs.to - xs.from)) * (width - box.left - box.right);
  const up = (y: number) =>
    height - box.bottom - ((Math.log10(y) - ys.from) / (ys.to - ys.from)) * (height - box.top - box.bottom);
  const parts: string[] = [];
  for (let d = xs.from; d <= xs.to; d++) {
    const x = across(10 ** d).toFixed(1);
    parts.push(
      `<path class="grid" d="M${x} ${box.top}V${height - box.bottom}"/>`,
      `<text class="small" x="${x}" y="${height - box.bottom + 18}" text-anchor="middle">${short(10 ** d)}</text>`,
    );
  }
  for (let d = ys.from; d <= ys.to; d++) {
    const y = up(10 ** d).toFixed(1);
    parts.push(
      `<path class="grid" d="M${box.left} ${y}H${width - box.right}"/>`,
      `<text class="small" x="${box.left - 8}" y="${y}" dy="4" text-anchor="end">${short(10 ** d)} ms</text>`,
    );
  }
  for (const { points, colour, hollow } of dots) {
    const path = points.map(({ x, y }) => `${across(x).toFixed(1)} ${up(y).toFixed(1)}`);
    parts.push(
      `<path class="line ${colour}${hollow ? ' hollow-line' : ''}" style="fill:none" d="M${path.join('L')}"/>`,
    );
    for (const { x, y } of points) {
      parts.push(
        `<circle class="${colour}${hollow ? ' hollow' : ''}" cx="${across(x).toFixed(1)}" cy="${up(y).toFixed(1)}" r="4"/>`,
      );
    }
  }
  // The legend: rings in one line, discs in the other.
  for (const row of [true, false]) {
    let at = box.left;
    for (const { label, colour } of dots.filter(({ hollow = false }) => hollow === row)) {
      const y = row ? 42 : 62;
      parts.push(
        `<circle class="${colour}${row ? ' hollow' : ''}" cx="${at + 5}" cy="${y - 4}" r="4"/>`,
        `<text class="small" x="${at + 15}" y="${y}">${escaped(label)}</text>`,
      );
      at += 34 + label.length * 5.9;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
<text class="title" x="${box.left}" y="22">${escaped(title)}</text>
${parts.join('\n')}
<text x="${(box.left + width - box.right) / 2}" y="${height - 14}" text-anchor="middle">${escaped(axes.x)}</text>
<text transform="translate(16 ${(box.top + height - box.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(axes.y)}</text>
</svg>
`;
}
