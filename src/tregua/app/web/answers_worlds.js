// What the server answers of simulated worlds: Compare and Robust. Types only.

/** @import {Bilingual, Language, Row, Source} from "./types.js" */

// ---- scenarios, Lab and Compare ----------------------------------------------------------------

/**
 * @typedef {import("./lab_state.js").Scenario} Scenario
 * @typedef {{outcome: string, label: Bilingual, unit: string, q05: number, q50: number, q95: number, status_quo_q50?: number}} Harm a row of the ledger
 *
 * @typedef {object} FanAnswer `/api/lab/fan`; what says how the plan stands beside the status quo comes a moment later
 * @property {string} [key]
 * @property {string[]} months
 * @property {Record<string, Quantiles>} fan
 * @property {Harm[]} ledger
 * @property {{share: number, low: number, high: number, direction: string, q05: number, q95: number}} [paired]
 * @property {Bilingual} [headline]
 * @property {{block: number, start: string, end: string|null}[]} [hidden]
 * @property {number} [seconds]
 * @property {number} worlds
 *
 * @typedef {FanAnswer & {asked: Scenario}} LabAnswer with the scenario that was asked
 *
 * @typedef {object} LabForm `/api/lab/form`
 * @property {string} [case]
 * @property {Partial<Scenario>} [first] what every scenario of this case begins with
 * @property {import("./sliders.js").Assumption[]} assumptions
 * @property {{date: string, end: string, label: string, lane: string, source: string, type: string}[]} events
 * @property {{id: string, text: string, effort: boolean, open: boolean}[]} lanes
 * @property {{effort?: [low: number, high: number], worlds?: number, years?: number}} [limits]
 * @property {{date: string, label: string}[]} origins
 * @property {{name: string, label: string, unit: string, fan: boolean}[]} outcomes
 * @property {{id: string, label: string, text: string, scenario: Scenario}[]} presets
 * @property {{month: string, agency: string, source: string, rate?: number, value: number}[]} record
 * @property {{id: string, label: string}[]} replies
 * @property {Record<string, Omit<Source, "id">>} [sources]
 *
 * @typedef {{q05: number[], q10: number[], q25: number[], q50: number[], q75: number[], q90: number[], q95: number[]}} Quantiles by month
 *
 * @typedef {object} CompareForm `/api/compare/form`
 * @property {string[]} origins
 * @property {string[]} strategies
 * @property {string[]} outcomes
 * @property {number[]} sizes
 * @property {string[]} sources
 * @property {{id: string, label: Bilingual, scenario: Scenario}[]} presets
 *
 * @typedef {object} Side
 * @property {string} letter
 * @property {string} strategy a shipped one, or nothing
 * @property {string} label
 * @property {Scenario|null} scenario
 * @property {number} moved months
 * @property {string[]} set_aside
 * @property {unknown[]} hidden
 * @property {string} [link] into the Lab; the page adds it
 *
 * @typedef {object} CompareRow a harm of a side
 * @property {string} side
 * @property {string} outcome
 * @property {number} q05
 * @property {number} q50
 * @property {number} q95
 * @property {number} mean
 * @property {number} mc_error
 * @property {number} p_best
 * @property {number} p_best_error
 * @property {number} p_lower
 * @property {number} p_lower_error
 * @property {number} difference_q05
 * @property {number} difference_q50
 * @property {number} difference_q95
 * @property {number} difference_mean
 * @property {number} difference_error
 *
 * @typedef {object} CompareAnswer `/api/compare`
 * @property {string} key
 * @property {number} years
 * @property {number} worlds
 * @property {string} reference letter of the side that the others are held against
 * @property {Scenario} base
 * @property {string[]} outcomes
 * @property {string[]} months
 * @property {Side[]} sides
 * @property {CompareRow[]} rows
 * @property {Record<string, Record<string, Quantiles>>} fan by outcome and side
 * @property {Record<string, {at: number[], height: Record<string, number[]>}>} ridges
 * @property {({outcome: string, side: string, tells: boolean} & Bilingual)[]} sentences
 * @property {{outcome: string, side: string, clear: boolean, margin: number, p_best: number}[]} leaders
 * @property {Row[]} weighed
 * @property {unknown[]} twice
 */

// ---- Robust ------------------------------------------------------------------------------------

/**
 * @typedef {"explore"|"rivals"|"core"} RobustPart
 * @typedef {{key: string, size: number}} KeptPart
 *
 * @typedef {object} RobustForm `/api/robust`
 * @property {string} origin
 * @property {number} years
 * @property {number} seed
 * @property {string[]} origins
 * @property {Record<string, boolean>} extras libraries that are there
 * @property {Partial<Record<RobustPart, KeptPart>>} kept
 * @property {Record<RobustPart, number[]>} sizes
 * @property {Record<RobustPart, number>} usual
 * @property {Core|null} study
 *
 * @typedef {object} Regret of a strategy, for a harm or under a rival
 * @property {string} strategy
 * @property {string} outcome
 * @property {string} [rival]
 * @property {number} expected
 * @property {number} expected_error
 * @property {number} cvar
 * @property {number} cvar_error
 * @property {number} maximal
 * @property {number} best
 * @property {number} best_error
 * @property {boolean} [chosen]
 * @property {number} [last_doubling]
 * @property {number} [chosen_in]
 *
 * @typedef {object} Studied what both kinds of points have
 * @property {string} key
 * @property {number} size
 * @property {string} origin
 * @property {number} years
 * @property {number} seed
 * @property {string} worlds_from
 * @property {string[]} strategies
 * @property {string[]} outcomes
 * @property {Regret[]} regret
 *
 * @typedef {Studied & {means: Mean[], undominated: string[], totals: Record<string, number[][]>}} Explored points over all assumptions
 * @typedef {{strategy: string, outcome: string, mean: number, mean_error: number}} Mean
 * @typedef {{name: string, phrase: Bilingual, mechanisms: string[]}} Rival
 * @typedef {Studied & {rivals: Rival[]}} Rivals
 *
 * @typedef {{x_low: number, x_high: number, y_low: number, y_high: number, points: number, share: number, sign: "lower"|"higher"|"unclear"}} Cell
 * @typedef {{reference: string, horizon: number, x_factor: string, y_factor: string, cells: Cell[]}} Panel
 *
 * @typedef {object} Core where the sign of the core claim turns
 * @property {string} [key]
 * @property {number} [size]
 * @property {number} points
 * @property {string} origin
 * @property {{name: string, phrase: Bilingual}[]} factors
 * @property {string[]} chief
 * @property {Panel[]} panels
 * @property {Record<string, any>[]} boxes
 * @property {Record<Language, string[]>} verdict
 *
 * @typedef {{density: number, coverage: number, held_out: number|null, held_out_error: number, notes: string[], sentence: string}} Corner
 * @typedef {{box: Record<string, any>|null, share: number, points: number}} BoxAnswer `/api/robust/box`
 */

export {};
