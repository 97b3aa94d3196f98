/**
 * The guard: how likely is an instruction, or an instruction and the reply to it, harmful?
 *
 * {@snippet class="dev.kanmon.GuardExample" region="guard"}
 *
 * <p>A {@link dev.kanmon.Guard} is loaded once and shared by all threads. It reads texts of any length: what does
 * not fit the model is read in overlapping windows, cut between tokens, and the most harmful window decides, unless a
 * {@link dev.kanmon.WindowPolicy} asks for something else, for single sentences or for a limit on the work. The
 * answer does not depend on what else is checked at the same time, on the number of threads, or on how texts are
 * batched, down to the last bit.
 *
 * <p>A verdict says why: {@link dev.kanmon.Verdict#explain} finds the words and passages that carry it, as places in the
 * texts.
 *
 * {@snippet class="dev.kanmon.GuardExample" region="explain"}
 *
 * <p>A {@link dev.kanmon.Cascade} is two guards that answer as one {@link dev.kanmon.Checker}: a small one says what it is sure
 * of, a large one gets the rest.
 *
 * {@snippet class="dev.kanmon.CascadeExample" region="cascade"}
 *
 * <p>A text that is still being written is judged by a {@link dev.kanmon.GuardStream}, which says when to stop it:
 *
 * {@snippet class="dev.kanmon.GuardExample" region="stream"}
 *
 * <p>No argument may be null and no method returns null, unless its documentation says so.
 */
package dev.kanmon;
