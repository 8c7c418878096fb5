// The Lab's large run: the plan in many more worlds, while its fan sharpens.

/** @import {Lab} from "./pages/lab.js" */
/** @import {Scenario} from "./lab_state.js" */

import { LongRun } from "./long_run.js";

/** A plan, in however many worlds. @param {Scenario} scenario */
const plan = (scenario) => JSON.stringify({ ...scenario, worlds: 0 });

/** One large run at a time. */
export class LargeRun {
  /** @param {Lab} lab */
  constructor(lab) {
    this.lab = lab;
    this.run = new LongRun(lab.context.api);
    this.shown = "";
  }

  /** Whether worlds of a run of this plan are shown: no answer of few worlds takes their place. @param {Scenario} scenario */
  shows(scenario) {
    return this.shown === plan(scenario);
  }

  /** Run the plan that is there. @param {number} worlds */
  start(worlds) {
    const { lab } = this;
    const { context, parts: { runner } } = lab;
    const t = context.words;
    if (lab.gesture) lab.commit();
    runner.progress(0, worlds);
    context.announce(t("app_lab.run.begun", { n: t.number(worlds, 0) }));
    const asked = { ...lab.scenario, worlds };
    return this.run.start("/api/lab/run", asked, {
      progress: ({ done, total, partial }) => {
        runner.progress(done, total);
        if (partial && (partial.fan || partial.months) && lab.sharpen(partial, done)) this.shown = plan(asked);
      },
      done: (reply) => {
        runner.progress(null);
        this.shown = plan(asked);
        lab.arrived(reply, asked);
        context.announce(t("app_lab.run.done", { n: t.number(worlds, 0) }));
      },
      failed: (error) => {
        runner.progress(null);
        this.shown = "";
        if (error) lab.refused(error);
      },
    });
  }

  /** A step taken while it is under way breaks it off. */
  halt() {
    this.shown = "";
    if (!this.run.id) return;
    this.run.stop();
    this.lab.parts.runner.progress(null);
  }

  /** The reader breaks it off: the plan is shown in few worlds again. */
  cancel() {
    const { context, live, parts, scenario } = this.lab;
    this.run.stop();
    this.shown = "";
    parts.runner.progress(null);
    context.announce(context.words("app_lab.run.cancelled"));
    live.want(scenario);
  }

  /** Nothing of it is told any more. */
  stop() {
    this.run.stop();
  }
}
