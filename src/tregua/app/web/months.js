// Months as whole numbers, so that a time axis, a drag and a table speak of the same thing.
// Month 0 is January of the year 0; "2019-06" is 24233.

/** @param {string} text "2019-06" or "2019-06-01" @returns {number} */
export function monthIndex(text) {
  const [year, month] = text.split("-").map(Number);
  return year * 12 + month - 1;
}

/** @param {number} index @returns {string} "2019-06" */
export function monthText(index) {
  const year = Math.floor(index / 12);
  return `${String(year).padStart(4, "0")}-${String((index % 12) + 1).padStart(2, "0")}`;
}

/** @param {string} text @returns {boolean} whether a text names a month */
export function isMonth(text) {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

/** @param {number} value @param {number} low @param {number} high @returns {number} */
export function within(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * A straight map of months to pixels; the fan and the timeline share one, so that a month is at the
 * same place in both.
 */
export class MonthScale {
  /**
   * @param {number} first first month shown
   * @param {number} last month after the last one shown
   * @param {number} left pixels @param {number} right pixels
   */
  constructor(first, last, left, right) {
    this.first = first;
    this.last = last;
    this.left = left;
    this.right = right;
    this.step = (right - left) / (last - first);
  }

  /** @param {number} month @returns {number} the left edge of the month */
  x(month) {
    return this.left + (month - this.first) * this.step;
  }

  /** @param {number} x @returns {number} the month that a pixel is in */
  month(x) {
    return Math.floor((x - this.left) / this.step) + this.first;
  }

  /** Years to write under the axis: as many as have room. @param {number} room pixels for one @returns {number[]} months */
  years(room = 56) {
    const every = [1, 2, 5, 10, 20].find((n) => n * 12 * this.step >= room) || 50;
    const out = [];
    for (let year = Math.ceil(this.first / 12); year * 12 < this.last; year += 1) {
      if (year % every === 0) out.push(year * 12);
    }
    return out;
  }
}
