package dev.kanmon.server;

import dev.kanmon.Exchange;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The body of {@code POST /v1/guard}.
 *
 * @param exchange to be judged
 * @param threshold to judge by; empty for the guard's own
 * @param policy whose threshold that is; empty where it is another
 * @param explain whether to say why
 * @param stream whether the reply is to be judged as if it were still being generated
 */
record GuardRequest(
        Exchange exchange, OptionalDouble threshold, Optional<String> policy, boolean explain, boolean stream) {

    /** What the stream found so far. */
    private static final class Builder {
        String instruction;
        String response;
        String policy;
        Double threshold;
        boolean explain;
        boolean stream;

        boolean isWithoutReply() {
            return response == null || response.isEmpty();
        }

        boolean take(String name, JsonInput value) throws ApiError {
            switch (name) {
                case "instruction" -> instruction = value.string();
                case "response" -> response = value.optionalString();
                case "policy" -> policy = value.optionalString();
                case "threshold" -> threshold = value.optionalProbability();
                case "explain" -> explain = value.bool();
                case "stream" -> stream = value.bool();
                default -> {
                    return false;
                }
            }
            return true;
        }
    }

    /** The body of {@code POST /v1/streams}, of which the reply is still to come; the instruction may be missing. */
    static GuardRequest parseStream(byte[] body, Service service) throws ApiError {
        Builder found = new Builder();
        found.instruction = "";
        JsonInput.read(body, true, (name, value) -> switch (name) {
            case "instruction", "policy", "threshold" -> found.take(name, value);
            default -> false;
        });
        return of(found, service);
    }

    static GuardRequest parse(byte[] body, Service service) throws ApiError {
        Builder found = new Builder();
        JsonInput.read(body, true, found::take);
        if (found.instruction == null) {
            throw ApiError.bad("instruction: is missing", "instruction");
        }
        if (found.instruction.isEmpty() && found.isWithoutReply()) {
            throw ApiError.bad("instruction: is empty, expected a text to judge", "instruction");
        }
        if (found.stream && found.explain) {
            throw ApiError.bad("explain: found stream, too; expected one of them", "explain");
        }
        return of(found, service);
    }

    private static GuardRequest of(Builder found, Service service) throws ApiError {
        if (found.policy != null && found.threshold != null) {
            throw ApiError.bad("threshold: found a policy, too; expected one of them", "threshold");
        }
        OptionalDouble threshold = found.policy != null
                ? OptionalDouble.of(service.threshold(found.policy))
                : found.threshold != null ? OptionalDouble.of(found.threshold) : OptionalDouble.empty();
        return new GuardRequest(
                found.isWithoutReply()
                        ? Exchange.of(found.instruction)
                        : Exchange.of(found.instruction, found.response),
                threshold,
                found.threshold != null
                        ? Optional.empty()
                        : Optional.ofNullable(found.policy).or(service::policy),
                found.explain,
                found.stream);
    }
}
