import type { RunIndex } from './run-index.js';
import type { ExpectedSlot, SlotFacts } from './slot-facts.js';
import type { SlotView } from './slot-view.js';

/** Why a fire has no run of its own. */
export type Reason = Pick<SlotView, 'status' | 'evidence' | 'skip' | 'pause'>;

/** One of the reasons there may be; undefined when it does not apply. */
export type Rule = (slot: ExpectedSlot, index: RunIndex, facts: SlotFacts) => Reason | undefined;
