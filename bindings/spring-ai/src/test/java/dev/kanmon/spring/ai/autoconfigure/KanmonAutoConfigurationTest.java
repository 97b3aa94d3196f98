package dev.kanmon.spring.ai.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.FailureMode;
import dev.kanmon.Guard;
import dev.kanmon.RefusedException;
import dev.kanmon.WindowPolicy;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.micrometer.GuardMeters;
import dev.kanmon.spring.ai.FakeModel;
import dev.kanmon.spring.ai.KanmonAdvisor;
import dev.kanmon.spring.ai.WordChecker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class KanmonAutoConfigurationTest {

    private static final String BAD = "a spoon of " + WordChecker.HARMFUL;

    private final ApplicationContextRunner bundled = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    KanmonAutoConfiguration.class,
                    ToolCallingAutoConfiguration.class,
                    ChatClientAutoConfiguration.class))
            .withBean(ChatModel.class, () -> new FakeModel("Hello.", BAD, BAD));

    /** Most of it is the same for a checker that needs no loading. */
    private final ApplicationContextRunner words = bundled.withBean(Checker.class, WordChecker::new);

    @Test
    void whatAnApplicationGetsWithoutAWord() {
        bundled.run(context -> {
            assertThat(context)
                    .hasSingleBean(Guard.class)
                    .hasSingleBean(Checkpoint.class)
                    .hasSingleBean(KanmonAdvisor.class)
                    .hasBean("kanmonHealthIndicator")
                    .doesNotHaveBean(GuardMeters.class);
            Guard guard = context.getBean(Guard.class);
            assertThat(context.getBean(Checkpoint.class).checker()).isSameAs(guard);
            assertThat(guard.info().weights()).isEqualTo(WeightType.F32);
            context.close();
            assertThatThrownBy(() -> guard.check(Exchange.of("Hello"))).isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    void propertiesOfTheGuard() {
        bundled.withPropertyValues(
                        "kanmon.policy=strict", "kanmon.threads=2", "kanmon.weights=int8", "kanmon.fail-mode=open")
                .withBean(
                        GuardOptionsCustomizer.class,
                        () -> options ->
                                options.withWindows(WindowPolicy.windows().withMaxTokens(64)))
                .run(context -> {
                    var info = context.getBean(Guard.class).info();
                    assertThat(info.policy()).contains("strict");
                    assertThat(info.threads()).isEqualTo(2);
                    assertThat(info.weights()).isEqualTo(WeightType.INT8);
                    assertThat(info.maxTokens()).isEqualTo(64);
                    assertThat(context.getBean(Checkpoint.class).failureMode()).isEqualTo(FailureMode.OPEN);
                });
    }

    @Test
    void everyChatClientIsGuarded() {
        words.run(context -> {
            ChatClient client = context.getBean(ChatClient.Builder.class).build();
            assertThat(client.prompt("Good day").call().content()).isEqualTo("Hello.");
            assertThat(client.prompt("Good day").call().content()).isEqualTo(KanmonAdvisor.DEFAULT_REFUSAL);
        });
        words.withPropertyValues("kanmon.advise-all=false").run(context -> {
            ChatClient client = context.getBean(ChatClient.Builder.class).build();
            assertThat(client.prompt(BAD).call().content()).isEqualTo("Hello.");
            assertThat(context).hasSingleBean(KanmonAdvisor.class);
        });
    }

    @Test
    void propertiesOfTheAdvisor() {
        words.withPropertyValues("kanmon.refusal=Nein.", "kanmon.order=7", "kanmon.threshold=0.1")
                .run(context -> {
                    assertThat(context.getBean(KanmonAdvisor.class).getOrder()).isEqualTo(7);
                    ChatClient client =
                            context.getBean(ChatClient.Builder.class).build();
                    assertThat(client.prompt("Good day").call().content()).isEqualTo("Nein.");
                });
        words.withPropertyValues("kanmon.throw-refusals=true", "kanmon.stream-tokens=4", "kanmon.streaming=live")
                .run(context -> {
                    ChatClient client =
                            context.getBean(ChatClient.Builder.class).build();
                    assertThatThrownBy(() -> client.prompt(BAD).call().content())
                            .isInstanceOf(RefusedException.class);
                });
    }

    @Test
    void switchedOff() {
        bundled.withPropertyValues("kanmon.enabled=false").run(context -> {
            assertThat(context).doesNotHaveBean(Checker.class).doesNotHaveBean(KanmonAdvisor.class);
            ChatClient client = context.getBean(ChatClient.Builder.class).build();
            assertThat(client.prompt(BAD).call().content()).isEqualTo("Hello.");
        });
    }

    @Test
    void beansOfTheApplicationComeFirst() {
        Checkpoint checkpoint = Checkpoint.of(new WordChecker()).withThreshold(0.95);
        KanmonAdvisor advisor = KanmonAdvisor.of(checkpoint);
        words.withBean(Checkpoint.class, () -> checkpoint)
                .withBean(KanmonAdvisor.class, () -> advisor)
                .withBean("kanmonHealthIndicator", HealthIndicator.class, () -> null)
                .run(context -> {
                    assertThat(context).doesNotHaveBean(Guard.class);
                    assertThat(context.getBean(Checkpoint.class)).isSameAs(checkpoint);
                    assertThat(context.getBean(KanmonAdvisor.class)).isSameAs(advisor);
                    ChatClient client =
                            context.getBean(ChatClient.Builder.class).build();
                    assertThat(client.prompt(BAD).call().content()).isEqualTo("Hello.");
                });
    }

    @Test
    void mistakesEndTheStart() {
        bundled.withPropertyValues("kanmon.policy=strict", "kanmon.threshold=0.3")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessage(
                                "kanmon.policy and kanmon.threshold: found \"strict\" and 0.3, expected one of them"));
        bundled.withPropertyValues("kanmon.policy=lenient")
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("lenient"));
        bundled.withPropertyValues("kanmon.model=/there/is/no/such/model")
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("/there/is/no/such/model"));
        words.withPropertyValues("kanmon.policy=strict")
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("expected a Guard"));
    }

    @Test
    void healthIsWhetherItJudges() {
        bundled.run(context -> {
            HealthIndicator indicator = context.getBean("kanmonHealthIndicator", HealthIndicator.class);
            var up = indicator.health();
            assertThat(up.getStatus()).isEqualTo(Status.UP);
            assertThat(up.getDetails()).containsKeys("model", "kernels", "weights", "threads", "elapsedMillis");
            context.getBean(Guard.class).close();
            assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
        });
        words.withPropertyValues("management.health.kanmon.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("kanmonHealthIndicator"));
    }

    @Test
    void metersWhereThereIsARegistry() {
        bundled.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            assertThat(context).hasSingleBean(GuardMeters.class);
            context.getBean(Guard.class).check(Exchange.of("Hello"));
            assertThat(context.getBean(MeterRegistry.class).getMeters())
                    .anyMatch(meter -> meter.getId().getName().startsWith("kanmon."));
        });
    }

    @Test
    void withoutTheOptionalJars() {
        words.withClassLoader(new FilteredClassLoader(HealthIndicator.class, GuardMeters.class, MeterRegistry.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(KanmonAdvisor.class)
                        .doesNotHaveBean("kanmonHealthIndicator"));
    }

    @Test
    void editorsKnowEveryProperty() throws Exception {
        String path = "META-INF/spring-configuration-metadata.json";
        List<String> files = new java.util.ArrayList<>();
        for (var url : java.util.Collections.list(getClass().getClassLoader().getResources(path))) {
            try (var in = url.openStream()) {
                files.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        String ours = files.stream()
                .filter(file -> file.contains("\"kanmon.enabled\""))
                .findFirst()
                .orElseThrow();
        assertThat(Arrays.stream(KanmonProperties.class.getRecordComponents()).map(RecordComponent::getName))
                .allSatisfy(name -> assertThat(ours)
                        .contains("\"kanmon."
                                + name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT) + "\""));
        assertThat(ours.split("\"description\"", -1))
                .hasSizeGreaterThan(KanmonProperties.class.getRecordComponents().length);
    }
}
