package dev.kanmon;

import java.util.Objects;

/**
 * What a guard is asked about: an instruction alone, or an instruction and the reply to it.
 *
 * <p>Texts are Java strings of any length; a lone surrogate counts as U+FFFD. Immutable and null-hostile.
 */
public sealed interface Exchange {

    /** The instruction (the user's side). */
    String instruction();

    /** The reply, or the empty string where there is none. */
    String response();

    /** An instruction that nobody has answered yet. */
    record Instruction(String text) implements Exchange {
        public Instruction {
            Objects.requireNonNull(text, "text");
        }

        @Override
        public String instruction() {
            return text;
        }

        @Override
        public String response() {
            return "";
        }
    }

    /**
     * An instruction and the reply to it. An empty response is judged as no response at all: the model then sees
     * the same tokens as for {@link Instruction}.
     */
    record Reply(String instruction, String response) implements Exchange {
        public Reply {
            Objects.requireNonNull(instruction, "instruction");
            Objects.requireNonNull(response, "response");
        }
    }

    /** Shorthand for {@link Instruction}. */
    static Exchange of(String instruction) {
        return new Instruction(instruction);
    }

    /** Shorthand for {@link Reply}. */
    static Exchange of(String instruction, String response) {
        return new Reply(instruction, response);
    }
}
