// What the parts of the page call things. Types only: nothing here runs, and no page asks for this
// file. What the server answers stands in answers.js and answers_worlds.js; `jsconfig.json` says how all
// of it is checked.

/** @import {About, BargainAnswer, BargainForm, Cases, ClaimsAnswer, HiddenForm, MethodsAnswer, RecordAnswer} from "./answers.js" */
/** @import {BoxAnswer, CompareAnswer, CompareForm, LabForm, RobustForm} from "./answers_worlds.js" */

// ---- elements ----------------------------------------------------------------------------------

/**
 * @typedef {Node|string|null|undefined|false} Child what an element may be given; nothing is drawn of the last three
 */

/**
 * Attributes of an element; `onclick` listens, `.value` sets a property, false leaves out.
 * @typedef {{
 *   onclick?: (event: MouseEvent) => unknown, onchange?: (event: Event) => unknown, oninput?: (event: Event) => unknown,
 *   onkeydown?: (event: KeyboardEvent) => unknown, onsubmit?: (event: SubmitEvent) => unknown,
 *   onpointerdown?: (event: PointerEvent) => unknown, onpointermove?: (event: PointerEvent) => unknown, onpointerleave?: (event: PointerEvent) => unknown,
 *   onfocus?: (event: FocusEvent) => unknown, onblur?: (event: FocusEvent) => unknown,
 *   ondragover?: (event: DragEvent) => unknown, ondragleave?: (event: DragEvent) => unknown, ondrop?: (event: DragEvent) => unknown,
 *   [name: string]: any}} Attributes
 */

// ---- words, pages, addresses -------------------------------------------------------------------

/**
 * @typedef {"en"|"es"} Language
 * @typedef {{en: string, es: string}} Bilingual
 * @typedef {Bilingual & {key: string}} Notice
 * @typedef {{(key: string, values?: Record<string, unknown>): string}} Told
 */

/**
 * The catalogue of a language: a text by its key, with `{name}` filled in, and numbers, dates and names as it writes them.
 * @typedef {Told & {
 *   lang: Language, locale: string,
 *   has: (key: string) => boolean,
 *   name: (family: string, value: unknown) => string,
 *   number: (value: unknown, digits?: number) => string,
 *   percent: (share: number|null|undefined) => string,
 *   month: (date: string|null|undefined) => string,
 *   day: (date: string|null|undefined) => string,
 *   span: (first: string, last: string, how?: (date: string) => string) => string,
 *   months: () => string[]}} Words
 */

/**
 * @typedef {Record<string, string|undefined>} State what the address of a view holds
 * @typedef {Record<string, unknown>} Query
 * @typedef {{where?: string, what: string, valid?: string}} Problem
 * @typedef {Error & {problems?: Problem[], status?: number}} Failure something thrown; the server's has its problems
 * @typedef {{name: string, text: string}} Way a way to make a view again
 */

/**
 * What a page is given (`main.js`).
 * @typedef {object} Context
 * @property {Words} words
 * @property {Words} t the same
 * @property {Language} lang
 * @property {Words["number"]} number
 * @property {Words["month"]} month
 * @property {typeof import("./api.js")} api
 * @property {State} state of the view shown
 * @property {typeof import("./figure.js").figure} figure
 * @property {typeof import("./about.js").about} about
 * @property {typeof import("./store.js").link} link
 * @property {(text: string) => Promise<boolean>} copy
 * @property {(text: string) => void} announce
 * @property {() => {page: string, state: State}} last the view before Methods
 * @property {(page: string, state?: Query) => Promise<void>} go to a view: a step that the back button undoes
 * @property {(state: Query, how?: {push?: boolean}) => void} remember this view's state in the address
 * @property {(error: unknown) => HTMLElement} problems what went wrong, as an element
 */

/**
 * A page: a module in pages/.
 * @typedef {object} Page
 * @property {(t: Words) => string} title
 * @property {(root: HTMLElement, context: Context) => Promise<void>} show
 * @property {(context: Context) => Promise<void>} [update] another state of the same page
 * @property {() => void} [leave]
 * @property {(state: State, about: {case: string}) => {cli?: string, python?: string}} [reproduce]
 * @property {string[]} [styles] addresses of style sheets
 */

// ---- figures and tables ------------------------------------------------------------------------

/**
 * @typedef {Record<string, any>} Row a row of any table
 * @typedef {{key: string, label?: string, kind?: "number"|"date"|"month"|"text"|"node", digits?: number, show?: (row: any) => Child}} Column
 * @typedef {{name: string, title?: string, columns?: Column[], rows: Row[]}} Table
 * @typedef {Record<string, string>} Files addresses by kind: csv, parquet, json
 * @typedef {{id: string, title?: string, publisher?: string, url?: string, date?: string, seen_as?: string}} Source
 */

/**
 * What a figure shows (`figure.js`).
 * @typedef {object} FigureView
 * @property {string} name of its files
 * @property {string} title
 * @property {string} [drawn] what the marks are, in a line
 * @property {string} [caption]
 * @property {string} [label] text alternative; else title and `drawn`
 * @property {number} [level] of its heading: 2 or 3
 * @property {boolean} [interactive] an instrument, whose parts have names of their own
 * @property {Node} [controls] above the chart
 * @property {Node} [below] under it
 * @property {(svg: SVGSVGElement, width: number) => number} [draw] into an empty picture; gives its height
 * @property {Record<string, any>} [spec] a Vega-Lite specification
 * @property {Record<string, Row[]>} [data] tables that it reads
 * @property {Table[]} [tables]
 * @property {Source[]} [sources]
 * @property {string} [cite]
 * @property {Files} [files]
 */

/**
 * A straight map of numbers to pixels, with its inverse.
 * @typedef {((value: number) => number) & {invert: (place: number) => number, domain: [number, number], range: [number, number]}} Scale
 */

/**
 * Answers by their addresses.
 * @typedef {{
 *   "/api/about": About, "/api/cases": Cases, "/api/record": RecordAnswer, "/api/claims": ClaimsAnswer, "/api/methods": MethodsAnswer,
 *   "/api/bargain/form": BargainForm, "/api/bargain": BargainAnswer, "/api/hidden": HiddenForm,
 *   "/api/lab/form": LabForm, "/api/compare/form": CompareForm, "/api/compare": CompareAnswer, "/api/robust": RobustForm, "/api/robust/box": BoxAnswer}} Answers
 */

export {};
