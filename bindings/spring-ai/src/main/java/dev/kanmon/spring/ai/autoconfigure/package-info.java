/**
 * Kanmon in Spring Boot. With {@code kanmon-spring-ai} and a guard's artifact on the class path, an application has
 * <ul>
 *   <li>a {@link dev.kanmon.Guard}: the bundled one, or the model of {@code kanmon.model};
 *   <li>a {@link dev.kanmon.Checkpoint} with the threshold or policy and the failure mode of the properties;
 *   <li>a {@link dev.kanmon.spring.ai.KanmonAdvisor}, which every {@code ChatClient.Builder} of Spring AI's
 *       auto-configuration has, too, unless {@code kanmon.advise-all} says otherwise;
 *   <li>a health indicator {@code kanmon}, where {@code spring-boot-health} is there;
 *   <li>meters {@code kanmon.*}, where {@code kanmon-micrometer} and a {@code MeterRegistry} are there.
 * </ul>
 *
 * <p>Each gives way to a bean of its type that the application defines; a {@link dev.kanmon.Checker} bean, such as a
 * cascade, takes the guard's place. Beans of the type {@link dev.kanmon.GuardListener} are told what the guard does, and
 * {@link dev.kanmon.spring.ai.autoconfigure.GuardOptionsCustomizer}s change how it is loaded.
 * {@link dev.kanmon.spring.ai.autoconfigure.KanmonProperties} has the properties.
 */
package dev.kanmon.spring.ai.autoconfigure;
