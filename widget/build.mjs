// Builds ../service/static/widget.js and widget-app.js: npm run build
//
// Each begins with the SHA-256 of everything that went into it, so that a test can tell a stale build without Node.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = new URL(".", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, here));

/** Over names and contents, in the order of names: tests/widget/test_build.py computes the same. */
function fingerprint() {
  const names = ["build.mjs", "package-lock.json", ...readdirSync(path("src")).map((name) => `src/${name}`)].sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(path(name))).update("\0");
  return hash.digest("hex");
}

const oldest = ["chrome108", "edge108", "firefox108", "safari15.4", "ios15.4"]; // docs/widget.md says so

/** Style sheets become strings, without their comments and spaces. */
const styles = {
  name: "styles",
  setup(building) {
    building.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const { code } = await transform(readFileSync(file, "utf8"), { loader: "css", minify: true, target: oldest });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const sources = fingerprint();
const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  target: oldest,
  legalComments: "none",
  define: { BUILD: JSON.stringify(sources.slice(0, 16)) },
  banner: { js: `/*! Madoguchi widget; built from sources ${sources} */` },
  plugins: [styles],
};
const outdir = process.argv[2] ?? path("../service/static");
await build({ ...common, entryPoints: [path("src/loader.ts")], format: "iife", outfile: `${outdir}/widget.js` });
await build({ ...common, entryPoints: [path("src/app.ts")], format: "esm", outfile: `${outdir}/widget-app.js` });
