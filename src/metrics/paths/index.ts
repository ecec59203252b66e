import type { Paths } from '../query/index.ts';
import { answerFunnel } from './funnel.ts';
import { answerRetention } from './retention.ts';

/**
 * Questions about the order in which people do things. Both count people, each once, as who they are known to be now.
 *
 * **Funnel.** The events of a person that can be a step (its name, its filters, and the question's) are put in order of
 * time; those of the same moment in the order of the steps they can be (an event that can be steps 1 and 3 comes after
 * one that can be step 1 alone, and before one that can be step 2). An attempt begins at an event that can be step 1 and
 * lies in the time asked for; it goes on with the first event after it that can be step 2, the first after that which
 * can be step 3, and so on, as long as no more than the window has passed since its beginning: to the millisecond,
 * the end included, and also beyond `to`. So one event is never two steps. A person counts for the attempt that came
 * farthest, and of those for the first to begin: it says which steps were reached, the seconds between them, and the
 * value of the dimension, which is that of the attempt's first event.
 *
 * **Retention.** A person belongs to the interval of the first event in the time asked for that matches `first`, and came
 * back in each interval with an event that matches `again`, not earlier than that first one. Where `first` or `again` is
 * left out any event does: people's own, and those the question names. The first interval is whole, however late in it
 * `from` lies; `overall` leaves out what is not over yet.
 *
 * An event has the dimensions of the visit (traffic source, UTM …) of the session it belongs to.
 */
export const paths: Paths = { funnel: answerFunnel, retention: answerRetention };
