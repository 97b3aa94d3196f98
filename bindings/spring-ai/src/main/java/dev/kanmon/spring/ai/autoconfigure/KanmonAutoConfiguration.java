package dev.kanmon.spring.ai.autoconfigure;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.Guard;
import dev.kanmon.GuardListener;
import dev.kanmon.GuardOptions;
import dev.kanmon.StreamOptions;
import dev.kanmon.micrometer.GuardMeters;
import dev.kanmon.spring.ai.KanmonAdvisor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.ai.chat.client.ChatClientBuilderCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A guard and what stands around it, as the package's documentation says. */
@AutoConfiguration(
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
        beforeName = "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration")
@ConditionalOnBooleanProperty(name = "kanmon.enabled", matchIfMissing = true)
@EnableConfigurationProperties(KanmonProperties.class)
public class KanmonAutoConfiguration {

    /** For Spring. */
    public KanmonAutoConfiguration() {}

    /** The guard; the context closes it. */
    @Bean
    @ConditionalOnMissingBean(Checker.class)
    Guard kanmonGuard(
            KanmonProperties properties,
            ObjectProvider<GuardListener> listeners,
            ObjectProvider<GuardOptionsCustomizer> customizers)
            throws IOException {
        GuardOptions options = properties.guardOptions();
        for (GuardOptionsCustomizer customizer : customizers.orderedStream().toList()) {
            options = customizer.customize(options);
        }
        options =
                options.withListener(GuardListener.of(listeners.orderedStream().toArray(GuardListener[]::new)));
        return properties.model() == null ? Guard.bundled(options) : Guard.load(Path.of(properties.model()), options);
    }

    @Bean
    @ConditionalOnMissingBean
    Checkpoint kanmonCheckpoint(Checker checker, KanmonProperties properties) {
        return properties.applyTo(Checkpoint.of(checker));
    }

    @Bean
    @ConditionalOnMissingBean
    KanmonAdvisor kanmonAdvisor(Checkpoint checkpoint, KanmonProperties properties) {
        KanmonAdvisor advisor =
                KanmonAdvisor.of(checkpoint).withRefusal(properties.refusal()).withStreaming(properties.streaming());
        if (properties.throwRefusals()) {
            advisor = advisor.withExceptions();
        }
        if (properties.streamTokens() != null) {
            advisor = advisor.withStreamOptions(StreamOptions.defaults().withEveryTokens(properties.streamTokens()));
        }
        return properties.order() == null ? advisor : advisor.withOrder(properties.order());
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "kanmon.advise-all", matchIfMissing = true)
    ChatClientBuilderCustomizer kanmonChatClientBuilderCustomizer(KanmonAdvisor advisor) {
        return builder -> builder.defaultAdvisors(advisor);
    }

    /** Health, where Boot has such a thing. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    static class Health {
        @Bean
        @ConditionalOnMissingBean(name = "kanmonHealthIndicator")
        @ConditionalOnEnabledHealthIndicator("kanmon")
        HealthIndicator kanmonHealthIndicator(Checker checker) {
            return new KanmonHealthIndicator(checker);
        }
    }

    /** Meters, where there is a registry for them. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({GuardMeters.class, MeterRegistry.class})
    static class Meters {
        @Bean
        @ConditionalOnBean(MeterRegistry.class)
        @ConditionalOnMissingBean
        GuardMeters kanmonMeters(MeterRegistry registry) {
            return new GuardMeters(registry);
        }
    }
}
