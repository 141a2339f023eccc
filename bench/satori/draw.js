// Draws cards with satori and resvg-js for bench/cards.py: one JSON line in, one JSON line out with the CPU that it took.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/`);
const loaded = require("satori");
const satori = loaded.default ?? loaded;
const { Resvg } = require("@resvg/resvg-js");
const fonts = JSON.parse(process.argv[3]).map(([name, path]) => ({ name, data: readFileSync(path), weight: 700, style: "normal" }));

const box = (style, children) => ({ type: "div", props: { style: { display: "flex", ...style }, children } });

const WIDTH = 1080, HEIGHT = 1350;

// The same parts as bench/templates/measured, sized beforehand: satori has no fitting of its own.
const card = ({ rtl, texts, bars, photo }) => {
  const most = Math.max(...bars), row = rtl ? "row-reverse" : "row";
  const words = (size, text) => box({ fontSize: size, flexWrap: "wrap", direction: rtl ? "rtl" : "ltr" }, text);
  const layer = { position: "absolute", left: 0, top: 0, width: WIDTH, height: HEIGHT };
  return box({ width: WIDTH, height: HEIGHT, padding: "72px 72px 64px", flexDirection: "column", color: "#F3EFE6", fontFamily: fonts.map(font => font.name).join(","), fontWeight: 700 }, [
    { type: "img", props: { src: `data:image/jpeg;base64,${photo}`, width: WIDTH, height: HEIGHT, style: layer } },
    box({ ...layer, backgroundImage: "linear-gradient(180deg, rgba(21,24,29,0.35), rgba(21,24,29,0.9))" }, ""),
    box({ justifyContent: "space-between", flexDirection: row }, [words(44, texts.tag), words(28, texts.place)]),
    box({ flexDirection: "column", flexGrow: 1, justifyContent: "flex-end" }, [words(380, texts.figure), words(60, texts.label), words(34, texts.body)]),
    box({ height: 180, alignItems: "flex-end", justifyContent: "space-between", flexDirection: row, borderBottom: "3px solid #15181D" }, bars.map((value, n) => box({ width: 60, height: 168 * value / most, background: n === bars.length - 1 ? "#15181D" : "#82888F" }, ""))),
    box({ paddingTop: 24, justifyContent: "space-between", flexDirection: row }, [words(24, texts.source), box({ width: 56, height: 56, background: "#F4C20D" }, "")]),
  ]);
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const before = process.cpuUsage(), start = performance.now();
  const svg = await satori(card(asked), { width: WIDTH, height: HEIGHT, fonts });
  const png = new Resvg(svg, { fitTo: { mode: "original" } }).render().asPng();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpu: (user + system) / 1e6, wall: (performance.now() - start) / 1e3, bytes: png.length }));
}
