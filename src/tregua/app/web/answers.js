// What the server answers of a case: record, claims, methods, bargain, hidden pact. Types only.

/** @import {Bilingual, Language, Notice, Problem, Row, Source} from "./types.js" */

// ---- what is served ----------------------------------------------------------------------------

/**
 * @typedef {object} About `/api/about`
 * @property {string} case
 * @property {Bilingual} title
 * @property {string} version
 * @property {string} digest
 * @property {string} lang
 * @property {string} vega address of Vega
 * @property {{worlds: number, seconds: number, body_bytes: number, upload_bytes: number}} limits
 * @property {string[]} worlds_from
 * @property {boolean} runs whether the case has a script, so that worlds of it can be run
 *
 * @typedef {{cases: {name: string, title: Bilingual, served: boolean}[]}} Cases `/api/cases`
 * @typedef {{id: string, key: string, state: string, done: number, total: number, problems: Problem[]}} RunTold a run, as it is begun
 * @typedef {{done: number, total: number, partial?: any}} Progress
 * @typedef {{name: string, title: string, drawn: string, caption: string, spec: Record<string, any>, data: Record<string, Row[]>, tables: string[], sources: Source[]}} FigureAnswer `/api/figures/NAME`
 */

// ---- the record --------------------------------------------------------------------------------

/**
 * @typedef {object} Observation
 * @property {string} id
 * @property {string} agency
 * @property {string} start
 * @property {string} end
 * @property {string} frequency
 * @property {number} value
 * @property {number} month the value for a month
 * @property {number} year and for a year
 * @property {string} status
 * @property {string} source
 * @property {string} note
 * @property {boolean} usable
 * @property {boolean} verified
 *
 * @typedef {{id: string, date: string, end: string, lane: string, type: string, text: string, actors: string, status: string, source: string, verified: boolean}} Happening
 * @typedef {{date: string, source: string, text: string}} Rule a rule of counting that changed
 *
 * @typedef {object} RecordAnswer `/api/record`
 * @property {string} title
 * @property {Observation[]} rows
 * @property {Happening[]} events
 * @property {Rule[]} rules
 * @property {{name: string, label: string, n: number}[]} series
 * @property {{name: string, label: string, unit: string, axis: string, base: ""|"month"|"year", counted: boolean, country: string, place: string, places: string[], place_labels: Record<string, string>}} shown
 * @property {Record<string, Source & {seen_as: string}>} sources
 */

// ---- claims and methods ------------------------------------------------------------------------

/**
 * @typedef {{middle: number, low?: number, high?: number, reference?: number|null}} Interval on a line from 0 to 100
 * @typedef {{about: string, differs: string, why_none: string, lines: {label: string, text: string, at: Interval|null}[]}} Published
 *
 * @typedef {object} ClaimRow
 * @property {string} number
 * @property {string} anchor
 * @property {string} sentence
 * @property {string} found
 * @property {string} place
 * @property {string} kind
 * @property {string} kind_word
 * @property {string} theme
 * @property {string} reach
 * @property {string} verdict
 * @property {string} word
 * @property {boolean} weighed
 * @property {boolean} qualifies
 * @property {string} pips
 * @property {string} strength
 * @property {string} more
 * @property {string} test
 * @property {string} change
 * @property {string} function
 * @property {string} figure
 * @property {string} interval
 * @property {string} unit
 * @property {string} against
 * @property {number|null} estimate
 * @property {number|null} reference
 * @property {Interval|null} at
 * @property {string[]} rivals
 * @property {string[]} sources
 * @property {string[]} tables
 * @property {Published[]} published
 *
 * @typedef {object} ClaimsAnswer `/api/claims`
 * @property {string} episodes
 * @property {{name: string, title: string, options: [value: string, word: string, n: number][]}[]} filters
 * @property {Record<string, string>} glyphs
 * @property {{name: string, title: string, rows: ClaimRow[]}[]} groups
 * @property {{command: string, version: string, record: string}|null} provenance
 * @property {Source[]} sources
 * @property {{verdict: string, word: string, n: number}[]} tally
 * @property {number} total
 *
 * @typedef {{name: string, number: string, line: number, source: string}} ClaimCode `/api/claims/N/code`
 *
 * @typedef {{asks: string, asked: string, figure: string, met: string, missed: boolean}} Target what was asked of a method, and what it reached
 *
 * @typedef {object} MethodsAnswer `/api/methods`
 * @property {{case: string, digest: string, version: string, observations: number, usable: number, events: number, sources: number, first: number, last: number, parameters: Record<string, number>, worlds_from: string[]}} card
 * @property {{text: string, bibtex: string, cff: string}} cite
 * @property {string} equations
 * @property {{name: string, symbol: string, meaning: string, default: number, low: number, high: number, unit: string, kind: string, source: string}[]} parameters
 * @property {{made: {command: string}, tables: Record<string, string[]>}} scores
 * @property {(Source & {observations: number, events: number})[]} sources
 * @property {Target[]} targets
 */

// ---- the bargain -------------------------------------------------------------------------------

/**
 * @typedef {number|"inf"|"-inf"} Extended a number, or one without bound
 * @typedef {"illustration"|"simulator"} Start
 *
 * @typedef {object} Term a number of the bargain
 * @property {string} name
 * @property {string} label
 * @property {string} about
 * @property {string} symbol
 * @property {string} unit
 * @property {string} group
 * @property {number} low
 * @property {number} high
 * @property {number} step
 * @property {boolean} whole
 * @property {boolean} main
 * @property {boolean} lever
 * @property {Record<Start, number>} start
 *
 * @typedef {object} BargainForm `/api/bargain/form`
 * @property {{name: string, label: string}[]} groups
 * @property {{id: string, label: string, start: Start, set: Record<string, number>, x: string, y: string}[]} presets
 * @property {Term[]} terms
 *
 * @typedef {{lever: string, now: number, needed: number|null, unit: string}} Change what a number alone would have to become
 * @typedef {Change & {needed: number}} PossibleChange
 * @typedef {{name: string, symbol: string, value: Extended, now: Extended|null, passes: boolean|null}} Threshold
 *
 * @typedef {object} Plane
 * @property {[x1: number, x2: number, y1: number, y2: number, binding: string][]} plane
 * @property {[number, number, number, number][]} border
 * @property {[x: number, y: number, binding: string][]} labels
 * @property {{x_name: string, y_name: string, x: number, y: number, x_low: number, x_high: number, y_low: number, y_high: number, share: number, binding: string}} now
 *
 * @typedef {object} BargainAnswer `/api/bargain`
 * @property {string} binding
 * @property {boolean} self_enforcing
 * @property {boolean} holds
 * @property {boolean} hiding_pays
 * @property {Extended} duration
 * @property {Extended} minimal_concession
 * @property {Extended} maximal_concession
 * @property {Extended} margin
 * @property {Change[]} changes
 * @property {Threshold[]} thresholds
 * @property {Plane} plane
 */

// ---- the hidden pact ---------------------------------------------------------------------------

/**
 * @typedef {"none"|"reversible"|"persistent"|"decline"|"escalation"|"spike"} Reading
 * @typedef {(number|null)[]} Gapped a series; null where there is no value
 *
 * @typedef {object} Evidence an indicator at a fall
 * @property {string} indicator
 * @property {string} group
 * @property {[half: number, full: number, double: number]} logs decimal logarithms of the factor, by strength
 * @property {boolean} data
 * @property {unknown} seen
 * @property {Bilingual} words
 * @property {string[]} sources
 *
 * @typedef {object} Fall
 * @property {string} median
 * @property {string} low
 * @property {string} high
 * @property {number} mass
 * @property {number} before
 * @property {number} after
 * @property {number} ratio
 * @property {number} ratio_low
 * @property {number} ratio_high
 * @property {number[]} factors
 * @property {boolean} inside_total
 * @property {Notice} kind
 * @property {Record<Language, string[]>} lines
 * @property {Record<Language, string[]>} together
 * @property {Evidence[]} rows
 * @property {Record<string, any>|null} summary
 *
 * @typedef {object} HiddenMonths columns of equal length
 * @property {string[]} month
 * @property {number[]} suppressed
 * @property {number[]} suppressed_filtered
 * @property {number[]} log_factor
 * @property {number[]} log_factor_filtered
 * @property {number[]} in_force
 * @property {number[]} in_force_filtered
 * @property {Gapped} observed
 * @property {Gapped} level
 * @property {Gapped} level_low
 * @property {Gapped} level_high
 * @property {Gapped} level_filtered
 * @property {Record<Reading, number[]>} p in hindsight
 * @property {Record<Reading, number[]>} f by what was known then
 *
 * @typedef {object} HiddenResult a detection
 * @property {string} name
 * @property {boolean} case whether it is the case's own record
 * @property {{hazard: number, suppressed: number, suppressed_filtered: number}} prior
 * @property {HiddenMonths} months
 * @property {Fall[]} falls
 * @property {Record<string, Source>} sources
 * @property {string[]} counted_by
 * @property {Notice[]} notices
 *
 * @typedef {{name: string, group: string, model: string, reason: string, direct: boolean, question: Notice}} Indicator
 *
 * @typedef {object} Scorecard
 * @property {string} command
 * @property {Row[]} [methods]
 * @property {Row[]} points
 * @property {Target[]} targets
 *
 * @typedef {object} HiddenForm `/api/hidden`
 * @property {string} key
 * @property {boolean} ready
 * @property {number} cap
 * @property {Notice[]} groups
 * @property {Indicator[]} indicators
 * @property {Record<string, Notice>} verdicts
 * @property {{bytes: number, months: number, rows: number}} limits
 * @property {Scorecard} scorecard
 */

export {};
