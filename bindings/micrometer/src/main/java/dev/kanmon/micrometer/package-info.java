/**
 * Metrics of guards for Micrometer.
 *
 * {@snippet class="dev.kanmon.micrometer.GuardMetersExample" region="meters"}
 *
 * <table>
 *   <caption>Meters; all have the tag {@code model}, the name of the guard's directory, or of its
 *     file without {@code .gguf}</caption>
 *   <thead><tr><th>name</th><th>kind</th><th>further tags</th><th>what</th></tr></thead>
 *   <tbody>
 *   <tr><td>{@code kanmon.load}</td><td>timer</td><td></td><td>loading a guard</td></tr>
 *   <tr><td>{@code kanmon.check}</td><td>timer, histogram</td><td></td><td>a call that was answered</td></tr>
 *   <tr><td>{@code kanmon.check.exchanges}</td><td>summary, histogram</td><td></td><td>exchanges of a call</td></tr>
 *   <tr><td>{@code kanmon.tokens}</td><td>counter</td><td></td><td>tokens computed</td></tr>
 *   <tr><td>{@code kanmon.verdicts}</td><td>counter</td><td>{@code outcome}: harmless, harmful, incomplete</td>
 *     <td>exchanges judged</td></tr>
 *   <tr><td>{@code kanmon.verdict.probability}</td><td>summary, buckets</td><td></td>
 *     <td>probability of harm in percent</td></tr>
 *   <tr><td>{@code kanmon.verdict.tokens}</td><td>summary, histogram</td><td></td><td>tokens of an exchange</td></tr>
 *   <tr><td>{@code kanmon.verdict.windows}</td><td>summary, histogram</td><td></td><td>windows read of an exchange</td></tr>
 *   <tr><td>{@code kanmon.verdicts.truncated}</td><td>counter</td><td></td><td>exchanges of which tokens were left out</td></tr>
 *   <tr><td>{@code kanmon.failures}</td><td>counter</td><td>{@code kind}: load, check; {@code exception}: the class</td>
 *     <td>exceptions in place of a guard or a verdict</td></tr>
 *   <tr><td>{@code kanmon.fallbacks}</td><td>counter</td><td>{@code kind}: as
 *     {@link dev.kanmon.GuardListener.Fallback.Kind}, in lower case</td><td>things done in another way than the best
 *     one</td></tr>
 *   </tbody>
 * </table>
 *
 * <p>No meter and no tag holds a text that was judged. Histograms are published by registries that can add them up, such
 * as Prometheus'. Everything may be used by several threads at a time, and no argument may be null.
 */
package dev.kanmon.micrometer;
