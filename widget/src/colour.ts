// The site's colour, made readable: contrast after WCAG 2.2 (relative luminance, 4.5 : 1 for text).

type RGB = [number, number, number];

const ENOUGH = 4.5;
const AMPLE = 5.6; // for words that also stand on a tint of their own colour

/** A CSS colour as three channels of 0 to 255; null when the browser does not know it, or it is see-through. */
export function parse(colour: string): RGB | null {
  const brush = document.createElement("canvas").getContext("2d");
  if (!brush) return null;
  const tried = ["#000000", "#ffffff"].map((before) => {
    brush.fillStyle = before;
    brush.fillStyle = colour;
    return String(brush.fillStyle);
  });
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(tried[0]!);
  if (tried[0] !== tried[1] || !hex) return null; // what is not understood leaves the colour from before
  return [1, 2, 3].map((at) => parseInt(hex[at]!, 16)) as RGB;
}

function luminance(colour: RGB): number {
  const [r, g, b] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as RGB;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: RGB, other: RGB): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const mix = (from: RGB, to: RGB, share: number): RGB =>
  from.map((channel, at) => Math.round(channel + (to[at]! - channel) * share)) as RGB;

export const css = (colour: RGB): string => `rgb(${colour.join(" ")})`;

/** The colour itself where it reads on `ground`; otherwise the nearest mixture with ink (on light) or white that does. */
export function readable(colour: RGB, ground: RGB): RGB {
  const towards: RGB = luminance(ground) > 0.4 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.04) {
    const tried = mix(colour, towards, share);
    if (contrast(tried, ground) >= AMPLE) return tried;
  }
  return towards;
}

/** What reads on the colour: white where it can be, else ink, else black; white or black always reaches 4.58. */
export function inkOn(colour: RGB): RGB {
  const inks: RGB[] = [[255, 255, 255], [17, 19, 24], [0, 0, 0]];
  return inks.find((ink) => contrast(ink, colour) >= ENOUGH) ?? [0, 0, 0];
}
