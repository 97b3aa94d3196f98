package dev.kanmon.tokenizer.regex;

import java.util.List;

/** What a pattern says. */
sealed interface Node {
    /** Nothing. */
    record Empty() implements Node {}

    /** One code point of a set. */
    record One(CodePointSet set) implements Node {}

    /** One part after the other. */
    record Sequence(List<Node> parts) implements Node {}

    /** The first that leads to a match. */
    record Alternation(List<Node> alternatives) implements Node {}

    /** How a repetition chooses: as often as possible first, as seldom as possible first, or as often as possible only. */
    enum Greed {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    /** A part several times; {@code max} is {@link #UNBOUNDED} for no limit. Only single sets repeat possessively. */
    record Repeat(Node part, int min, int max, Greed greed) implements Node {}

    /** Whether the text from here on, or up to here, matches the part. */
    record Look(Node part, boolean ahead, boolean negative) implements Node {}

    /** A place. */
    record Anchor(Place place) implements Node {}

    /** The places that a pattern can ask for. */
    enum Place {
        LINE_START,
        LINE_END,
        TEXT_START,
        TEXT_END,
        TEXT_END_OR_LAST_NEWLINE,
        WORD_BOUNDARY,
        NO_WORD_BOUNDARY
    }

    /** No limit of repetitions. */
    int UNBOUNDED = -1;

    /** Whether the node can match without taking a code point. */
    default boolean nullable() {
        return switch (this) {
            case Empty _, Look _, Anchor _ -> true;
            case One _ -> false;
            case Sequence sequence -> sequence.parts().stream().allMatch(Node::nullable);
            case Alternation alternation -> alternation.alternatives().stream().anyMatch(Node::nullable);
            case Repeat repeat -> repeat.min() == 0 || repeat.part().nullable();
        };
    }
}
