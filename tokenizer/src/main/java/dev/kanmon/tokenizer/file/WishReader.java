package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.tokenizer.Direction;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Padding;
import dev.kanmon.tokenizer.TruncationStrategy;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the {@code truncation} and {@code padding} of a tokenizer.json. */
final class WishReader {
    private WishReader() {}

    static Optional<EncodeOptions> truncation(JsonObject root) throws ModelFormatException {
        var section = root.optionalObject("truncation");
        if (section.isEmpty()) {
            return Optional.empty();
        }
        var truncation = section.get();
        var strategy =
                switch (truncation.string("strategy")) {
                    case "LongestFirst" -> TruncationStrategy.LONGEST_FIRST;
                    case "OnlyFirst" -> TruncationStrategy.ONLY_FIRST;
                    case "OnlySecond" -> TruncationStrategy.ONLY_SECOND;
                    default ->
                        throw truncation
                                .get("strategy")
                                .error("is \"" + truncation.string("strategy")
                                        + "\", expected LongestFirst, OnlyFirst or OnlySecond");
                };
        return Optional.of(EncodeOptions.DEFAULT
                .withMaxLength(Components.natural(truncation, "max_length"))
                .withStrategy(strategy)
                .withStride(Components.natural(truncation, "stride"))
                .withDirection(truncation.has("direction") ? direction(truncation) : Direction.RIGHT));
    }

    static Optional<Padding> padding(JsonObject root) throws ModelFormatException {
        var section = root.optionalObject("padding");
        if (section.isEmpty()) {
            return Optional.empty();
        }
        var padding = section.get();
        var multipleOf = padding.get("pad_to_multiple_of");
        return Optional.of(new Padding(
                length(padding),
                multipleOf == null || multipleOf instanceof JsonNull ? 0 : Components.natural(multipleOf),
                direction(padding),
                Components.natural(padding, "pad_id"),
                Components.natural(padding, "pad_type_id"),
                padding.string("pad_token")));
    }

    private static OptionalInt length(JsonObject padding) throws ModelFormatException {
        if (padding.get("strategy") instanceof JsonString strategy) {
            if (!strategy.value().equals("BatchLongest")) {
                throw strategy.error("is \"" + strategy.value() + "\", expected BatchLongest or {\"Fixed\": length}");
            }
            return OptionalInt.empty();
        }
        return OptionalInt.of(Components.natural(padding.object("strategy"), "Fixed"));
    }

    private static Direction direction(JsonObject section) throws ModelFormatException {
        return switch (section.string("direction")) {
            case "Left" -> Direction.LEFT;
            case "Right" -> Direction.RIGHT;
            default ->
                throw section.get("direction")
                        .error("is \"" + section.string("direction") + "\", expected Left or Right");
        };
    }
}
