package dev.kanmon.augment.endpoint;

import dev.kanmon.augment.GenerationException;
import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.Message;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * A server that speaks OpenAI's protocol: {@code /chat/completions} for answers, {@code /completions} for probabilities.
 *
 * <p>A prefix goes as the beginning of the assistant's message, which vLLM, SGLang and llama.cpp's server go on with; a server
 * that answers anew has its answer taken as it is.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference">the protocol</a>
 */
final class Endpoint implements TextGenerator {
    /** As many as vLLM gives unless it was started otherwise; OpenAI's own servers give five at most. */
    private static final int[] TOP_LOG_PROBABILITIES = {20, 5};

    private final URI base;
    private final String model;
    private final int parallel;
    private final Connection connection;
    private volatile boolean closed;

    private Endpoint(URI base, String model, int parallel, Connection connection) {
        this.base = base;
        this.model = model;
        this.parallel = parallel;
        this.connection = connection;
    }

    /**
     * A generator that connects with the first request.
     *
     * @param environment the value of an environment variable, or null
     * @param firstDelay before the second try; each later one waits twice as long
     * @throws IllegalArgumentException if the address is malformed or holds a password, or no model is named
     */
    static Endpoint open(
            String location, GeneratorOptions options, UnaryOperator<String> environment, Duration firstDelay) {
        var base = base(location);
        var model = options.model()
                .orElseThrow(() ->
                        new IllegalArgumentException(base + ": no model is named, and a server may have several"));
        var key =
                Optional.ofNullable(environment.apply(options.apiKeyVariable())).filter(k -> !k.isBlank());
        return new Endpoint(
                base, model, options.parallel(), new Connection(key, options.timeout(), options.retries(), firstDelay));
    }

    private static URI base(String location) {
        URI uri;
        try {
            uri = new URI(location);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(location + ": not the address of a server: " + e.getReason(), e);
        }
        if (uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null || uri.getFragment() != null) {
            throw new IllegalArgumentException(
                    "the address of a server has a host and a path only; a key belongs in an environment variable");
        }
        var path = uri.getPath().replaceAll("/+$", "");
        return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + (path.isEmpty() ? "/v1" : path));
    }

    @Override
    public String description() {
        return model + " at " + base.getHost();
    }

    @Override
    public String template(List<Message> messages, String prefix) {
        throw new GenerationException(
                base + ": a server applies the template of its model itself and does not show it");
    }

    @Override
    public synchronized List<String> generate(List<Request> requests) {
        requireOpen();
        var texts = new ArrayList<String>();
        try (var threads =
                Executors.newFixedThreadPool(parallel, Thread.ofVirtual().factory())) {
            var answers = requests.stream()
                    .map(request -> threads.submit(() -> answer(request)))
                    .toList();
            try {
                for (var answer : answers) {
                    texts.add(answer.get());
                }
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw e.getCause() instanceof RuntimeException cause
                        ? cause
                        : new GenerationException(base + ": " + e.getCause(), e);
            } catch (InterruptedException e) {
                threads.shutdownNow();
                Thread.currentThread().interrupt();
                throw new GenerationException(base + ": interrupted", e);
            }
        }
        return List.copyOf(texts);
    }

    private String answer(Request request) {
        var messages = new ArrayList<>(request.messages());
        var sampling = request.sampling();
        var body = JsonObject.builder().put("model", model);
        if (!request.prefix().isEmpty()) {
            messages.add(Message.assistant(request.prefix()));
            // What vLLM and SGLang want to be told; only then, since OpenAI's own servers refuse names they do not
            // know.
            body.put("continue_final_message", true).put("add_generation_prompt", false);
        }
        body.put("messages", JsonArray.of(messages.stream().map(Endpoint::json).toList()))
                .put("temperature", sampling.temperature())
                .put("top_p", sampling.topP())
                .put("max_tokens", sampling.maxTokens())
                .put("seed", sampling.seed());
        if (sampling.topK() > 0) {
            body.put("top_k", sampling.topK());
        }
        if (sampling.minP() > 0) {
            body.put("min_p", sampling.minP());
        }
        if (!sampling.stop().isEmpty()) {
            body.put(
                    "stop",
                    JsonArray.of(sampling.stop().stream().map(JsonString::of).toList()));
        }
        var address = URI.create(base + "/chat/completions");
        try {
            var message = choice(connection.post(address, body.build())).object("message");
            var text = message.members().get("content") instanceof JsonString content ? content.value() : "";
            // Some servers repeat what they went on with.
            boolean repeats = !request.prefix().isEmpty() && text.startsWith(request.prefix());
            return repeats ? text.substring(request.prefix().length()) : text;
        } catch (Connection.RefusedException e) {
            throw new GenerationException(e.getMessage(), e);
        } catch (ModelFormatException e) {
            throw new GenerationException(address + ": the answer is not in OpenAI's form: " + e.getMessage(), e);
        }
    }

    private static JsonObject json(Message message) {
        return JsonObject.builder()
                .put("role", message.role().wire())
                .put("content", message.text())
                .build();
    }

    @Override
    public synchronized double[] firstTokenLogProbabilities(String prompt, List<String> tokens) {
        requireOpen();
        var address = URI.create(base + "/completions");
        try {
            var likeliest = likeliest(address, prompt);
            return tokens.stream()
                    .mapToDouble(token -> likeliest.members().get(token) instanceof JsonNumber number
                            ? Math.min(0, number.doubleValue())
                            : Double.NEGATIVE_INFINITY)
                    .toArray();
        } catch (Connection.RefusedException e) {
            throw new GenerationException(e.getMessage(), e);
        } catch (ModelFormatException e) {
            throw new GenerationException(
                    address + ": the answer has no probabilities in OpenAI's form: " + e.getMessage(), e);
        }
    }

    /** The likeliest first tokens and their logarithmic probabilities: as many as the server gives. */
    private JsonObject likeliest(URI address, String prompt) throws Connection.RefusedException, ModelFormatException {
        for (int i = 0; ; i++) {
            var body = JsonObject.builder()
                    .put("model", model)
                    .put("prompt", prompt)
                    .put("max_tokens", 1)
                    .put("temperature", 1)
                    .put("logprobs", TOP_LOG_PROBABILITIES[i])
                    .build();
            try {
                var tops = choice(connection.post(address, body))
                        .object("logprobs")
                        .array("top_logprobs");
                if (tops.size() > 0 && tops.get(0) instanceof JsonObject first) {
                    return first;
                }
                throw new GenerationException(address + ": the answer has no probabilities of its first token");
            } catch (Connection.RefusedException e) {
                if (e.status() != 400 || i == TOP_LOG_PROBABILITIES.length - 1) {
                    throw e;
                }
            }
        }
    }

    private JsonObject choice(JsonObject answer) throws ModelFormatException {
        var choices = answer.array("choices");
        if (choices.size() > 0 && choices.get(0) instanceof JsonObject first) {
            return first;
        }
        throw new GenerationException(base + ": the answer has no choice");
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(description() + " is closed");
        }
    }

    @Override
    public void close() {
        closed = true;
        connection.close();
    }
}
