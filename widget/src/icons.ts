// The drawings, all in one hand: strokes of two units, round ends.
import { icon } from "./dom";

export const close = (): SVGSVGElement => icon("M6 6l12 12M18 6L6 18");
export const down = (): SVGSVGElement => icon("M6 9.5l6 6 6-6");
export const send = (): SVGSVGElement => icon("M12 19.5V5M5.5 11.5L12 5l6.5 6.5");
export const anew = (): SVGSVGElement => icon("M20 12a8 8 0 1 1-2.6-5.9M20.5 3.5v4.2h-4.2");
export const person = (): SVGSVGElement => icon("M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-3.8 3.6-6 7.5-6s6.9 2.2 7.5 6");
export const back = (): SVGSVGElement => icon("M14.5 5.5L8 12l6.5 6.5");
export const copy = (): SVGSVGElement => icon("M9 9h10.5v11.5H9zM15 5.5V3.5H4.5V15H6.5");
export const done = (): SVGSVGElement => icon("M5 12.5l5 5 9-10.5");
export const thumbUp = (): SVGSVGElement =>
  icon("M7.5 11v9.5H4V11zM7.5 11l4-7.5c1.5 0 2.5 1.2 2.3 2.7L13.2 9.5h5.3a2 2 0 0 1 2 2.4l-1.3 7a2 2 0 0 1-2 1.6H7.5");
export const thumbDown = (): SVGSVGElement =>
  icon("M16.5 13V3.5H20V13zM16.5 13l-4 7.5c-1.5 0-2.5-1.2-2.3-2.7l.6-3.3H5.5a2 2 0 0 1-2-2.4l1.3-7a2 2 0 0 1 2-1.6H16.5");
export const out = (): SVGSVGElement => icon("M13.5 4.5h6v6M19 5l-8.5 8.5M17 14v5.5H4.5V7H10");
/** The curtain over a counter. */
export const mark = (): SVGSVGElement =>
  icon("M3.5 5h17", "M5 5.5v9q2 1.3 4 0v-9M10 5.5v7.5q2 1.3 4 0v-7.5M15 5.5v9q2 1.3 4 0v-9", "M3.5 19h17");
